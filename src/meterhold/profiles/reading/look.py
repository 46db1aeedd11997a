"""One look: what is asked, and what the answers say. Built once per profile; decoding neither fails nor guesses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from meterhold.domain.observation import IdentitySeen, Interlock, Measured, Observation, RegisterReading
from meterhold.domain.words import Because, Evidence, Identity, Quality, SupplyState
from meterhold.profiles.codec import CodecFailed, Decode
from meterhold.profiles.reading.conditions import Holds
from meterhold.profiles.reading.merge import Span
from meterhold.profiles.reading.readers import LoadReader, PointReader, StateReader
from meterhold.profiles.reading.seen import Seen
from meterhold.profiles.wire import Document, Reply, Words


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that a look of one profile asks and understands."""

    points: tuple[PointReader, ...]
    replies: int
    """How many replies the points are spread over."""
    spans: tuple[Span, ...]
    """What each Modbus reply must cover; empty for MQTT."""
    states: tuple[StateReader, ...]
    loads: tuple[LoadReader, ...]
    load_side: tuple[int, Holds] | None
    supply: tuple[int, Holds] | None
    empty_pipe: tuple[int, Holds] | None
    interlocks: tuple[tuple[int, Holds, Interlock], ...]
    """With the alarms, which forbid nothing."""
    guards: tuple[tuple[int, Holds, str], ...]
    """What must hold, with how it is called in evidence."""
    identity: tuple[Identity, int | None]
    registers: tuple[int, ...]
    decoders: tuple[Decode | None, ...] = ()
    """What makes values of each source's messages: of answers here, of reports when they arrive."""
    questions: int = 0
    """How many of the sources are asked."""
    offline: Callable[[Reply | None], datetime | None] | None = None
    """Takes the reply after all others: since when the device is said to be gone, if it is."""

    def decode(self, replies: Sequence[Reply | None], at: datetime, after: datetime | None) -> Observation:
        """Say what the replies show. ``after``: when the write was delivered that this look is to prove."""
        replies = self._decoded(replies)
        if self.offline is not None:
            replies = self._trusted(replies, self.offline)
            if not replies:
                return Observation(at=at, interlocks=(_OFFLINE,), source=_OFFLINE_LABEL)
        seen = self._take(replies, at, after)
        for point, test, label in self.guards:
            one = seen[point]
            if one is None or not self._is_live(point, one, after) or not test(one.raw):
                return Observation(at=at, source=label)
        used: list[str] = []
        measured = self._measured(seen)
        return Observation(
            at=at,
            state=self._state(seen, at, after, Evidence.DRIVER, used),
            echo_state=self._state(seen, at, after, Evidence.ECHO, used),
            load=self._load(seen, at, after, used),
            load_side_voltage=self._load_side(seen, used),
            supply_healthy=_fresh_answer(self.supply, seen),
            empty_pipe=_fresh_answer(self.empty_pipe, seen) is True,
            identity=self._identity(seen, after),
            interlocks=tuple(
                lock for n, test, lock in self.interlocks if (one := seen[n]) is not None and test(one.raw)
            ),
            registers=self._registers(measured, at),
            measured=tuple(measured.values()),
            source=", ".join(used),
        )

    def points_in(self, replies: Sequence[Reply | None], at: datetime) -> list[tuple[Seen | None, Measured | None]]:
        """Each point with its exact value, as the replies show it, whatever it means: for people who try a profile."""
        seen = self._take(self._decoded(replies), at, None)
        measured = self._measured(seen)
        return [(one, measured.get(n)) for n, one in enumerate(seen)]

    def _decoded(self, replies: Sequence[Reply | None]) -> Sequence[Reply | None]:
        """Answers with their frames read; one that cannot be read is none."""
        if not any(self.decoders[: self.questions]):
            return replies
        given = list(replies)
        for n, decode in enumerate(self.decoders[: self.questions]):
            reply = given[n] if n < len(given) else None
            if decode is None or not isinstance(reply, Document):
                continue
            try:
                given[n] = replace(reply, value=decode(reply.value))
            except CodecFailed:
                given[n] = None
        return given

    def _trusted(
        self, replies: Sequence[Reply | None], offline: Callable[[Reply | None], datetime | None]
    ) -> Sequence[Reply | None]:
        """The replies that are newer than the news that the device is gone; empty where there is none."""
        since = offline(replies[self.replies]) if len(replies) > self.replies else None
        own = replies[: self.replies]
        if since is None:
            return own
        newer = [reply if reply is not None and _is_newer(reply, since) else None for reply in own]
        return newer if any(reply is not None for reply in newer) else ()

    def _take(self, replies: Sequence[Reply | None], at: datetime, after: datetime | None) -> list[Seen | None]:
        """Take every point out of the replies, which stand in the order of the questions."""
        given = [reply if not self.spans or self._covers(reply, n) else None for n, reply in enumerate(replies)]
        given += [None] * (self.replies - len(given))
        seen: list[Seen | None] = []
        for point in self.points:
            reply = given[point.reply]
            one = None if reply is None else point.see(reply)
            if one is not None and point.report is not None and one.reported_for(point.report.valid_within, at, after):
                one = one._replace(fresh=True)
            seen.append(one)
        return seen

    def _is_live(self, point: int, one: Seen, after: datetime | None) -> bool:
        """Whether the device itself said this to us: in answer, by itself, or in a message since the write."""
        if one.fresh or one.produced_at is None:
            return one.fresh
        # Of what it reports by itself, who it is does not change with time.
        return self.points[point].report is not None or (after is not None and one.produced_at > after)

    def _covers(self, reply: Reply | None, n: int) -> bool:
        """Whether a reply is the one that was asked for, whole."""
        if n >= len(self.spans) or not isinstance(reply, Words):
            return False
        span, request = self.spans[n], reply.request
        return (
            request.address == span.address
            and request.table is span.table
            and request.count == span.count == len(reply.values)
        )

    def _measured(self, seen: Sequence[Seen | None]) -> Mapping[int, Measured]:
        """Exact values of all points that measure a quantity."""
        found = {}
        for n, (point, one) in enumerate(zip(self.points, seen, strict=True)):
            if one is not None and point.measures is not None:
                quantity, exact = point.measures
                found[n] = Measured(quantity, exact(one.raw), one.produced_at)
        return found

    def _state(
        self, seen: Sequence[Seen | None], at: datetime, after: datetime | None, evidence: Evidence, used: list[str]
    ) -> SupplyState:
        """The state by all points of one kind. A fault shows through; points that disagree say nothing."""
        found = SupplyState.UNKNOWN
        first = True
        for source in self.states:
            if source.evidence is not evidence:
                continue
            one = seen[source.point]
            state = SupplyState.UNKNOWN
            if one is not None and source.tells(one, at, after):
                state = source.classify(one.raw)
            if state is not SupplyState.UNKNOWN:
                used.append(source.label)
            if state is SupplyState.FAULT:
                return state
            found = state if first or state is found else SupplyState.UNKNOWN
            first = False
        return found

    def _load(self, seen: Sequence[Seen | None], at: datetime, after: datetime | None, used: list[str]) -> bool | None:
        """Any load that counts is a load; none only if every point says so."""
        verdicts = []
        for source in self.loads:
            verdict = self._load_at(source, seen, at, after)
            verdicts.append(verdict)
            if verdict is not None:
                used.append(source.label)
        if True in verdicts:
            return True
        return None if None in verdicts or not verdicts else False

    def _load_at(
        self, source: LoadReader, seen: Sequence[Seen | None], at: datetime, after: datetime | None
    ) -> bool | None:
        one = seen[source.point]
        if one is None or not source.tells(one, at, after):
            return None
        if source.meaningful is not None and _fresh_answer(source.meaningful, seen) is not True:
            return None
        return bool(abs(one.raw) > source.above) if isinstance(one.raw, int | float) else None

    def _load_side(self, seen: Sequence[Seen | None], used: list[str]) -> bool | None:
        alive = _fresh_answer(self.load_side, seen)
        if alive is not None:
            used.append(_LOAD_SIDE)
        return alive

    def _identity(self, seen: Sequence[Seen | None], after: datetime | None) -> IdentitySeen:
        strength, point = self.identity
        one = None if point is None else seen[point]
        if point is None or one is None or not self._is_live(point, one, after):
            return _NOBODY
        return IdentitySeen(strength, None if strength is Identity.FINGERPRINT else str(one.raw))

    def _registers(self, measured: Mapping[int, Measured], at: datetime) -> tuple[RegisterReading, ...]:
        readings = []
        for n in self.registers:
            if one := measured.get(n):
                quality = Quality.UNDATED if one.produced_at is None else Quality.ACTUAL
                readings.append(RegisterReading(one.quantity, one.value, quality, one.produced_at or at))
        return tuple(readings)


_LOAD_SIDE = "load_side"
_OFFLINE = Interlock(Because.DEVICE_OFFLINE, blocks_disconnect=True, blocks_connect=True)
_OFFLINE_LABEL = "availability(offline)"
_NOBODY = IdentitySeen(Identity.NONE, None)


def _is_newer(reply: Reply, since: datetime) -> bool:
    """Whether a device said something after it was said to be gone."""
    return reply.at > since and not (isinstance(reply, Document) and reply.retained)


def _fresh_answer(test: tuple[int, Holds] | None, seen: Sequence[Seen | None]) -> bool | None:
    """Ask a condition of a point; nothing if the device did not supply it for this look."""
    if test is None:
        return None
    point, holds = test
    one = seen[point]
    return None if one is None or not one.fresh else holds(one.raw)
