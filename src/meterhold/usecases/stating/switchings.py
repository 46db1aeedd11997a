"""The work at a meter, as its events tell it: what was permitted, what left, what was seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from meterhold.documents.render import decimal_text
from meterhold.documents.statement import PointSeen, Seen, Sent, Switching, Written
from meterhold.domain.events import Event, OperationMoved, OperationQueued
from meterhold.domain.frame import Frame
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Grade, Move, Operation
from meterhold.domain.operation_table import Trigger
from meterhold.domain.words import Identity, Outcome, Proof

Happened = Sequence[tuple[int, datetime, Event]]
"""Events in their order, each with its number and its time."""

_ANSWERS = {
    Trigger.WRITE_NEVER_SENT: "never_sent",
    Trigger.REWRITE_NEVER_SENT: "never_sent",
    Trigger.WRITE_SENT: "sent",
    Trigger.CARRIER_TOOK_IT: "sent",
    Trigger.ACKNOWLEDGED: "acknowledged",
    Trigger.WRITE_REFUSED: "refused",
    Trigger.OUTCOME_LOST: "lost",
    Trigger.WITHDRAWN: "withdrawn",
}
_PERMITS = frozenset({Trigger.INTEND, Trigger.WITHDRAW})
_DECIDED = _PERMITS | {Trigger.END}
"""What a look before it decided."""


@dataclass(slots=True)
class Told:
    """An operation as the events tell it."""

    operation: Operation
    moves: list[Move] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome | None:
        """How it ended, if it has."""
        return None if self._end is None else self._end.outcome

    @property
    def _end(self) -> Move | None:
        return next((move for move in self.moves if move.trigger is Trigger.END), None)

    def switching(self) -> Switching:
        """How the work went."""
        looks = [move for move in self.moves if move.observation is not None and move.grade is not None]
        look = looks[-1] if looks else None
        end = self._end
        return Switching(
            operation_id=self.operation.operation_id,
            kind=self.operation.kind,
            target=self.operation.target,
            began_at=self.operation.created_at,
            outcome=self.outcome,
            because=None if end is None else end.because,
            detail="" if end is None else end.detail,
            proof=look.grade.proof if look and look.grade else Proof.NONE,
            identity=look.observation.identity.strength if look and look.observation else Identity.NONE,
            evidence=look.observation.source if look and look.observation else "",
            written=tuple(self._written()),
            seen=tuple(_seen(self.moves)),
            ended_at=None if end is None else end.at,
        )

    def _written(self) -> Iterator[Written]:
        written: Written | None = None
        n = 0
        for move in self.moves:
            if move.trigger in _PERMITS and move.intent is not None:
                if written is not None:
                    yield written
                n += 1
                intent_id = f"{self.operation.operation_id}.{n}"
                # Until something else is on record, nobody knows whether it left.
                lost = _ANSWERS[Trigger.OUTCOME_LOST]
                written = Written(intent_id, move.intent.at, move.intent.writes, (), lost)
            elif written is not None:
                sent = written.sent + tuple(_sent(frame) for frame in move.frames)
                written = replace(written, sent=sent, answer=_answer(move.trigger, written.answer))
        if written is not None:
            yield written


def tell(events: Happened) -> tuple[Told, ...]:
    """Every operation that the events tell of, in the order of their planning."""
    told: dict[str, Told] = {}
    for _, _, event in events:
        match event:
            case OperationQueued(operation=operation):
                told[operation.operation_id] = Told(operation)
            case OperationMoved(operation_id=operation_id, move=move):
                told[operation_id].moves.append(move)
            case _:
                pass
    return tuple(told.values())


def _answer(trigger: Trigger, so_far: str) -> str:
    """What is known of a write after one more step; that it was acknowledged is not forgotten by a look that fails."""
    if trigger is Trigger.OUTCOME_LOST and so_far == _ANSWERS[Trigger.ACKNOWLEDGED]:
        return so_far
    return _ANSWERS.get(trigger, so_far)


def _sent(frame: Frame) -> Sent:
    return Sent(frame.to, frame.sent, frame.answer, frame.qos, frame.retained)


def _seen(moves: Sequence[Move]) -> Iterator[Seen]:
    """The looks that decided a write or the outcome, and those that showed something new."""
    before: Grade | None = None
    for n, move in enumerate(moves):
        if move.observation is None or move.grade is None:
            continue
        if move.grade != before or _decided(moves[n + 1 :]):
            yield _look(move.at, move.observation, move.grade)
        before = move.grade


def _decided(following: Iterable[Move]) -> bool:
    """Whether the next step that is not another look is a write or the end."""
    for move in following:
        if move.trigger is Trigger.LOOKED:
            return False
        if move.trigger in _DECIDED:
            return True
    return False


def _look(at: datetime, seen: Observation, grade: Grade) -> Seen:
    return Seen(
        at=at,
        actual=grade.actual,
        proof=grade.proof,
        confirms=grade.confirms,
        because=grade.because,
        state=seen.state,
        echo_state=seen.echo_state,
        load=seen.load,
        load_side_voltage=seen.load_side_voltage,
        supply_healthy=seen.supply_healthy,
        identity=seen.identity.strength,
        identity_value=seen.identity.value,
        evidence=seen.source,
        measured=tuple(
            PointSeen(one.quantity, decimal_text(one.value), one.quantity.unit, one.produced_at)
            for one in seen.measured
        ),
    )
