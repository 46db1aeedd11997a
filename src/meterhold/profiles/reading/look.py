"""One look: what is asked, and what the answers say. Built once per profile; decoding neither fails nor guesses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from meterhold.domain.observation import IdentitySeen, Interlock, Measured, Observation, RegisterReading
from meterhold.domain.words import Evidence, Identity, Quality, Quantity, SupplyState
from meterhold.profiles.reading.conditions import Holds
from meterhold.profiles.reading.merge import Span
from meterhold.profiles.reading.values import Raw, exact
from meterhold.profiles.wire import Document, MqttAsk, Reply, Words


@dataclass(frozen=True, slots=True)
class PointReader:
    """How one point is taken from the replies."""

    name: str
    reply: int
    """Which reply of the look brings it."""
    take: Callable[[Any], Raw | None]
    pointer: str | None
    cached: bool
    quantity: Quantity | None
    scale: Decimal | None
    single: bool
    """It is a 32-bit float."""


class Seen(NamedTuple):
    """A point's value in one look, and what is known of its age."""

    raw: Raw
    produced_at: datetime | None
    """The earliest moment at which the device is known to have supplied it."""
    fresh: bool
    """It was supplied for this look, and not from a cache."""


@dataclass(frozen=True, slots=True)
class StateReader:
    """A point that tells the state."""

    point: int
    evidence: Evidence
    classify: Callable[[Any], SupplyState]


@dataclass(frozen=True, slots=True)
class LoadReader:
    """A point that tells the load."""

    point: int
    above: float
    valid_within: timedelta | None
    meaningful: tuple[int, Holds] | None


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that a look of one profile asks and understands."""

    points: tuple[PointReader, ...]
    spans: tuple[Span, ...]
    """What each Modbus reply must cover; empty for MQTT."""
    states: tuple[StateReader, ...]
    loads: tuple[LoadReader, ...]
    supply: tuple[int, Holds] | None
    empty_pipe: tuple[int, Holds] | None
    interlocks: tuple[tuple[int, Holds, Interlock], ...]
    identity: tuple[Identity, int | None]
    registers: tuple[int, ...]

    def decode(self, replies: Sequence[Reply], at: datetime, after: datetime | None) -> Observation:
        """Say what the replies show. ``after``: when the write was delivered that this look is to prove."""
        seen = self._take(replies)
        used: list[str] = []
        values = self._values(seen)
        return Observation(
            at=at,
            state=self._state(seen, after, Evidence.DRIVER, used),
            echo_state=self._state(seen, after, Evidence.ECHO, used),
            load=self._load(seen, at, after, used),
            supply_healthy=_fresh_answer(self.supply, seen),
            empty_pipe=_fresh_answer(self.empty_pipe, seen) is True,
            identity=self._identity(seen),
            interlocks=tuple(
                lock for n, test, lock in self.interlocks if (one := seen[n]) is not None and test(one.raw)
            ),
            registers=self._registers(seen, values, at),
            measured=tuple(
                Measured(quantity, value, one.produced_at)
                for n, (quantity, value) in values.items()
                if (one := seen[n]) is not None
            ),
            source=", ".join(used),
        )

    def _take(self, replies: Sequence[Reply]) -> list[Seen | None]:
        """Take every point out of the replies, which stand in the order of the questions."""
        given: list[Reply | None] = [
            reply if not self.spans or self._covers(reply, n) else None for n, reply in enumerate(replies)
        ]
        return [
            None if reader.reply >= len(given) or (reply := given[reader.reply]) is None else _seen(reader, reply)
            for reader in self.points
        ]

    def _covers(self, reply: Reply, n: int) -> bool:
        """Whether a reply is the one that was asked for, whole."""
        if n >= len(self.spans) or not isinstance(reply, Words):
            return False
        span, request = self.spans[n], reply.request
        return (
            request.address == span.address
            and request.table is span.table
            and request.count == span.count == len(reply.values)
        )

    def _values(self, seen: Sequence[Seen | None]) -> Mapping[int, tuple[Quantity, Decimal]]:
        """Exact values of all points that measure a quantity."""
        values = {}
        for n, reader in enumerate(self.points):
            one = seen[n]
            if reader.quantity is not None and one is not None and isinstance(one.raw, int | float):
                values[n] = (reader.quantity, exact(one.raw, reader.scale, single=reader.single))
        return values

    def _state(
        self, seen: Sequence[Seen | None], after: datetime | None, evidence: Evidence, used: list[str]
    ) -> SupplyState:
        """The state by all points of one kind. A fault shows through; points that disagree say nothing."""
        found = SupplyState.UNKNOWN
        first = True
        for source in self.states:
            if source.evidence is not evidence:
                continue
            one = seen[source.point]
            state = SupplyState.UNKNOWN
            if one is not None and self._tells_state(source, one, after):
                state = source.classify(one.raw)
            if state is SupplyState.FAULT:
                used.append(f"{self.points[source.point].name}({evidence})")
                return state
            if state is not SupplyState.UNKNOWN:
                used.append(f"{self.points[source.point].name}({evidence})")
            found = state if first or state is found else SupplyState.UNKNOWN
            first = False
        return found

    def _tells_state(self, source: StateReader, one: Seen, after: datetime | None) -> bool:
        if one.fresh:
            return True
        if not self.points[source.point].cached:
            return False
        return after is None or (one.produced_at is not None and one.produced_at > after)

    def _load(self, seen: Sequence[Seen | None], at: datetime, after: datetime | None, used: list[str]) -> bool | None:
        """Any load that counts is a load; none only if every point says so."""
        verdicts = []
        for source in self.loads:
            verdict = self._load_at(source, seen, at, after)
            verdicts.append(verdict)
            if verdict is not None:
                used.append(f"{self.points[source.point].name}({Evidence.LOAD})")
        if True in verdicts:
            return True
        return None if None in verdicts or not verdicts else False

    def _load_at(
        self, source: LoadReader, seen: Sequence[Seen | None], at: datetime, after: datetime | None
    ) -> bool | None:
        one = seen[source.point]
        if one is None or not _recent(one, source.valid_within, at, after):
            return None
        if source.meaningful is not None and _fresh_answer(source.meaningful, seen) is not True:
            return None
        return bool(abs(one.raw) > source.above) if isinstance(one.raw, int | float) else None

    def _identity(self, seen: Sequence[Seen | None]) -> IdentitySeen:
        strength, point = self.identity
        one = None if point is None else seen[point]
        if one is None or not one.fresh:
            return _NOBODY
        return IdentitySeen(strength, None if strength is Identity.FINGERPRINT else str(one.raw))

    def _registers(
        self, seen: Sequence[Seen | None], values: Mapping[int, tuple[Quantity, Decimal]], at: datetime
    ) -> tuple[RegisterReading, ...]:
        readings = []
        for n in self.registers:
            one = seen[n]
            if one is not None and n in values:
                quality = Quality.UNDATED if one.produced_at is None else Quality.ACTUAL
                readings.append(RegisterReading(*values[n], quality, one.produced_at or at))
        return tuple(readings)


_NOBODY = IdentitySeen(Identity.NONE, None)


def _seen(reader: PointReader, reply: Reply) -> Seen | None:
    """Take one point, or nothing if the reply is not one that could bring it."""
    match reply:
        case Words():
            raw = None if reader.pointer is not None else reader.take(reply.values)
            return None if raw is None else Seen(raw, reply.at, fresh=True)
        case Document():
            raw = None if reader.pointer is None else reader.take(reply.value)
            if raw is None or reader.pointer is None:
                return None
            if reader.cached:
                return Seen(raw, reply.changed_at.get(reader.pointer), fresh=False)
            asked = isinstance(reply.request, MqttAsk) and not reply.retained
            return Seen(raw, None if reply.retained else reply.at, fresh=asked)


def _recent(one: Seen, valid_within: timedelta | None, at: datetime, after: datetime | None) -> bool:
    """Whether a value is evidence for now: supplied for this look, or known to have changed lately enough."""
    if one.fresh:
        return True
    if one.produced_at is None or valid_within is None:
        return False
    return one.produced_at > after if after is not None else at - one.produced_at <= valid_within


def _fresh_answer(test: tuple[int, Holds] | None, seen: Sequence[Seen | None]) -> bool | None:
    """Ask a condition of a point; nothing if the device did not supply it for this look."""
    if test is None:
        return None
    point, holds = test
    one = seen[point]
    return None if one is None or not one.fresh else holds(one.raw)
