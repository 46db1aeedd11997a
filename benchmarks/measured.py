"""What a round measured: how many orders ended inside a window of time, and how long each took."""

import time
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Span:
    """How long a round runs: first until it is warm, then while it counts."""

    warm_s: float = 1.0
    counted_s: float = 4.0


@dataclass(frozen=True, slots=True)
class Speed:
    """A round's result."""

    orders_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us_per_order: float
    """Of the measured process alone; the simulators and the kernel's other work not counted."""
    orders: int
    """All that were carried out in the round, those outside the window as well."""


@dataclass(slots=True)
class Stopwatch:
    """Notes each order's end; only those inside the window count for the speed."""

    span: Span
    started_at: float = field(default_factory=time.perf_counter)
    _cpu: list[tuple[float, float]] = field(default_factory=list)
    _ended: list[tuple[float, float]] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether another order should begin."""
        return time.perf_counter() < self.started_at + self.span.warm_s + self.span.counted_s

    def ended(self, began_at: float) -> None:
        """Note that an order that began then has ended now."""
        now = time.perf_counter()
        self._ended.append((now, now - began_at))
        self._cpu.append((now, time.process_time()))

    def speed(self) -> Speed:
        """What the round came to."""
        begin = self.started_at + self.span.warm_s
        end = begin + self.span.counted_s
        took_ms = [took * 1e3 for at, took in self._ended if begin <= at < end]
        if len(took_ms) < 2:
            raise RuntimeError("no orders ended inside the window")
        cpu_s = [cpu for at, cpu in self._cpu if begin <= at < end]
        return Speed(
            orders_per_s=len(took_ms) / self.span.counted_s,
            p50_ms=median(took_ms),
            p99_ms=quantiles(took_ms, n=100)[98],
            cpu_us_per_order=(cpu_s[-1] - cpu_s[0]) / len(took_ms) * 1e6,
            orders=len(self._ended),
        )
