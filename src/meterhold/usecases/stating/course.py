"""The course of a leg: when its meter was off, what its registers showed then, and what time is not to be charged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from meterhold.documents.hold import WindowView
from meterhold.documents.render import decimal_text
from meterhold.documents.statement import Period, Reading, RegisterLine, Segment
from meterhold.domain.events import (
    Event,
    LegExchanged,
    LegHandedOver,
    LegRead,
    LegWatched,
    OperationMoved,
    OperationQueued,
)
from meterhold.domain.exchange import Exchange
from meterhold.domain.hold import Hold, Leg, Window
from meterhold.domain.observation import Observation, RegisterReading
from meterhold.domain.operation import Operation, OperationKind
from meterhold.domain.operation_table import Trigger
from meterhold.domain.words import OFF_STATES, Mode, Moment, Outcome, Proof, Quality, Quantity, SupplyState
from meterhold.usecases.stating.switchings import Happened

RESTORED, REVERTED, EXCHANGED, HANDED_OVER, ENDED = "restored", "reverted", "exchanged", "handed_over", "ended"
"""What ends a stretch."""
SUSPENDED, WATCHED = "suspended", "watched"
"""What begins one, beside an exchange."""

Registers = dict[Quantity, RegisterReading]

_MAY_BE_OFF = frozenset({Outcome.VERIFIED, Outcome.UNVERIFIED, Outcome.ARMED})
"""Outcomes after which it is the observed state and its proof that count; any other leaves the leg chargeable."""
_BACK_BY_ITSELF = "supply came back by itself, and was seen then"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time off that has not ended yet."""

    serial: str | None
    began_by: str
    begins: Window
    registers: Registers

    def ended(self, by: str | None, ends: Window | None, registers: Registers) -> Segment:
        """The stretch as the statement shows it."""
        lines = tuple(_lines(self.registers, registers))
        view = None if ends is None else _view(ends)
        return Segment(self.serial, self.began_by, _view(self.begins), by, view, lines)


@dataclass(slots=True)
class Course:
    """What the events of a hold make of one of its legs."""

    leg: Leg
    segments: list[Segment] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    why: str | None = "supply was not suspended"
    """Why it is charged, where it is."""
    _open: _Stretch | None = None
    _free_from: datetime | None = None
    _before_restore: Registers = field(default_factory=dict)
    _operations: dict[str, Operation] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Take one event, if it is about this leg."""
        match event:
            case OperationQueued(operation=operation) if operation.meter_id == self.leg.meter_id:
                self._operations[operation.operation_id] = operation
            case OperationMoved(meter_id=self.leg.meter_id, operation_id=operation_id, move=move):
                operation = self._operations[operation_id].fire(move)
                self._operations[operation_id] = operation
                if move.trigger is Trigger.END:
                    self._ended(operation)
                elif move.trigger is Trigger.LOOKED and operation.watches and move.grade is not None:
                    self._seen_off(move.at, move.grade.actual, move.grade.proof)
            case LegWatched(meter_id=self.leg.meter_id, outcome=Outcome.REVERTED, between=between):
                self._came_back(between or Window(event.at, event.at), {})
            case LegWatched(meter_id=self.leg.meter_id, at=at, actual=actual, proof=proof):
                self._seen_off(at, actual, proof)
            case LegRead(meter_id=self.leg.meter_id):
                self._read(event)
            case LegExchanged(meter_id=self.leg.meter_id, exchange=exchange):
                self._exchanged(exchange)
            case LegHandedOver(meter_id=self.leg.meter_id, at=at, to_hold=heir):
                self._close(HANDED_OVER, Window(at, at), {}, free_until=at)
                self.why = f"hold {heir} keeps the meter off from then on, and has its own statement"
            case _:
                pass

    def finish(self, hold: Hold) -> None:
        """Take the hold's own end: charges resume for all its legs at once."""
        if self._open is not None:
            self._close(None, None, {}, free_until=hold.chargeable_from)
        if self._free_from is not None:
            self.periods.append(Period(self._free_from, hold.chargeable_from))
            self._free_from = None
        if self.leg.mode is Mode.MONITOR_ONLY:
            self.why = "supply was only watched"

    def _ended(self, operation: Operation) -> None:
        if operation.kind is OperationKind.LEAK_CLOSE:
            return
        if operation.watches:
            self._checked(operation)
        elif operation.connects:
            self._restored(operation)
        else:
            self._suspended(operation)

    def _suspended(self, operation: Operation) -> None:
        look, grade = operation.last_look, operation.last_grade
        if operation.outcome not in _MAY_BE_OFF or look is None or grade is None:
            self.why = _not_off(operation)
            return
        trickle = grade.actual is SupplyState.RESTRICTED and operation.target is not SupplyState.RESTRICTED
        if grade.actual not in OFF_STATES or trickle:
            self.why = _not_off(operation)
            return
        if self._open is None:
            before = operation.before or look
            begins = Window(operation.intent.at if operation.intent is not None else before.at, look.at)
            registers = _registers(before) | _registers(look)
            self._open = _Stretch(look.identity.value, SUSPENDED, begins, registers)
        self._seen_off(look.at, grade.actual, grade.proof)

    def _seen_off(self, at: datetime, actual: SupplyState, proof: Proof) -> None:
        """Let charging stop, once supply is known to be off as well as the site wants it."""
        watched = self.leg.mode is Mode.MONITOR_ONLY
        if watched or self._open is None or self._free_from is not None or actual not in OFF_STATES:
            return
        level = self.leg.billing_proof
        if proof.rank < level.rank:
            self.why = f"proof too weak: supply is off by {proof}, and charging stops at {level}"
            return
        self._free_from = at
        self.why = _BACK_BY_ITSELF if self.periods else None

    def _restored(self, operation: Operation) -> None:
        before, look, grade = operation.before, operation.last_look, operation.last_grade
        self._before_restore = {} if before is None else _registers(before)
        back = operation.outcome is Outcome.VERIFIED and grade is not None and grade.actual is SupplyState.CONNECTED
        if back and look is not None:
            begun = operation.intent.at if operation.intent is not None else (before or look).at
            self._close(RESTORED, Window(begun, look.at), _registers(look) | self._before_restore)

    def _checked(self, operation: Operation) -> None:
        look = operation.last_look
        if look is None:
            return
        before = operation.created_at if operation.before is None else operation.before.at
        window = Window(before, look.at)
        if operation.outcome is Outcome.REVERTED and not operation.connects:
            self._came_back(window, _registers(look))
        elif operation.kind is OperationKind.AWAIT_BUTTON and operation.outcome is Outcome.VERIFIED:
            self._close(RESTORED, window, _registers(look) | self._before_restore)

    def _came_back(self, window: Window, registers: Registers) -> None:
        if self._open is not None:
            self._close(REVERTED, window, registers, free_until=window.not_after)
            self.why = _BACK_BY_ITSELF

    def _read(self, event: LegRead) -> None:
        """Begin or end the stretch of a leg that is only watched."""
        moment = Window(event.at, event.at)
        registers = _by_name(
            RegisterReading(register.name, register.value, register.quality, register.at)
            for register in event.registers
        )
        if event.moment is Moment.AFTER_SUSPEND:
            self._open = _Stretch(None, WATCHED, moment, registers)
        else:
            self._close(ENDED, moment, registers)

    def _exchanged(self, exchange: Exchange) -> None:
        """The time off goes on with another meter, and so does the time without charges."""
        if self._open is None:
            return
        moment = Window(exchange.at, exchange.at)
        self._close(EXCHANGED, moment, _by_name(exchange.final))
        self._open = _Stretch(exchange.new_serial, EXCHANGED, moment, _by_name(exchange.initial))

    def _close(
        self, by: str | None, ends: Window | None, registers: Registers, *, free_until: datetime | None = None
    ) -> None:
        """End the stretch. Without ``free_until`` the time without charges goes on until the hold's own end."""
        if self._open is not None:
            self.segments.append(self._open.ended(by, ends, registers))
            self._open = None
        if free_until is not None and self._free_from is not None:
            self.periods.append(Period(self._free_from, free_until))
            self._free_from = None


def course_of(hold: Hold, leg: Leg, events: Happened) -> Course:
    """Follow a leg through the events of its hold."""
    course = Course(leg)
    for _, _, event in events:
        course.take(event)
    course.finish(hold)
    return course


def _not_off(operation: Operation) -> str:
    because = f" because {operation.because}" if operation.because else ""
    return f"the suspension is {operation.outcome}{because}"


def _registers(look: Observation) -> Registers:
    return _by_name(look.registers + look.paired)


def _by_name(readings: Iterable[RegisterReading]) -> Registers:
    return {reading.quantity: reading for reading in readings}


def _lines(start: Registers, end: Registers) -> Iterator[RegisterLine]:
    for name in dict.fromkeys((*start, *end)):
        first, last = start.get(name), end.get(name)
        line = RegisterLine(name, name.unit, _reading(first), _reading(last), None, None)
        if first is not None and last is not None:
            weaker = Quality.UNDATED if Quality.UNDATED in {first.quality, last.quality} else Quality.ACTUAL
            line = replace(line, used=decimal_text(last.value - first.value), quality=weaker)
        yield line


def _reading(reading: RegisterReading | None) -> Reading | None:
    return None if reading is None else Reading(decimal_text(reading.value), reading.quality, reading.at)


def _view(window: Window) -> WindowView:
    return WindowView(window.not_before, window.not_after)
