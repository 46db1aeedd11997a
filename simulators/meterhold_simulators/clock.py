"""The simulators' time: one monotonic source, optionally faster than the world's."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

_SOONEST_S = 0.001


def wall_time() -> datetime:
    """The world's time, for journals and payloads that carry one."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SimClock:
    """Simulated seconds: a monotonic source times a scale.

    With `scale` 10 a valve that travels for 10 s is there after one real second.
    """

    source: Callable[[], float]
    scale: float = 1.0
    wall: Callable[[], datetime] = wall_time

    @classmethod
    def of_loop(cls, scale: float = 1.0) -> "SimClock":
        """The running loop's own time, so that a virtual-time loop moves the simulators too."""
        return cls(asyncio.get_running_loop().time, scale)

    def now(self) -> float:
        """Simulated seconds since an arbitrary start."""
        return self.source() * self.scale

    def real_delay_s(self, until: float) -> float:
        """How long the loop must wait for the simulated moment `until`; never zero, so that no timer spins."""
        return max((until - self.now()) / self.scale, _SOONEST_S)
