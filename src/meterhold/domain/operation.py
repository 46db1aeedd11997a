"""An operation: the work to bring one meter to an intended supply state."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from meterhold.domain.errors import IllegalTransition
from meterhold.domain.frame import Frame
from meterhold.domain.observation import Observation
from meterhold.domain.operation_table import OUTCOMES, UNRESOLVED_STATES, OperationState, Trigger, next_state
from meterhold.domain.replacing import replace
from meterhold.domain.words import Because, Outcome, Proof, SupplyState


class OperationKind(StrEnum):
    """What an operation is for."""

    SWITCH = "switch"
    """Bring supply to the intended state."""
    CHECK = "check"
    """Look once more, some time after a proven switching: a device may go back by itself. Never writes."""
    AWAIT_BUTTON = "await_button"
    """Look until the customer has pressed the button of an armed meter. Never writes."""
    LEAK_CLOSE = "leak_close"
    """Part of a restore: disconnect again, because water went on flowing."""


WATCHES = frozenset({OperationKind.CHECK, OperationKind.AWAIT_BUTTON})
"""Operations whose write budget is nothing."""


@dataclass(frozen=True, slots=True)
class Grade:
    """What an observation is worth for a target."""

    proof: Proof
    actual: SupplyState
    confirms: bool
    """The physical effect was observed at the level that is required."""
    shows_old_state: bool
    """The meter is where it was before: a write had no effect (so far)."""
    because: Because | None = None
    stale: bool = False
    """It would confirm, and is older than what it is to confirm."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be written, where, and on what evidence. Durable before the first byte leaves."""

    at: datetime
    writes: tuple[str, ...]
    """Each step as it goes over the wire, readable."""
    number: int = 1
    """Tells this command from the former one, for devices and carriers that want to know."""
    expires_at: datetime | None = None
    """From when on a carrier delivers it no more; ``None`` where nothing keeps it."""
    profile: str = ""
    """The digest of the profile that it was made by, and by which all that follows it is judged."""
    travel_s: float = 0.0
    """How long the device may move once it has the write."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step in an operation's life, as the journal keeps it."""

    trigger: Trigger
    at: datetime
    observation: Observation | None = None
    grade: Grade | None = None
    intent: Intent | None = None
    outcome: Outcome | None = None
    because: Because | None = None
    detail: str = ""
    look_again_at: datetime | None = None
    frames: tuple[Frame, ...] = ()
    """Of what was sent: every write that left, as it left."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as it stands. ``due_at`` is when its next turn may be taken."""

    operation_id: str
    hold_id: str
    meter_id: str
    link: str
    target: SupplyState
    priority: int
    created_at: datetime
    due_at: datetime
    give_up_at: datetime | None
    """Until when nothing having been written may go on; ``None``: a restore never gives up."""
    send_before: datetime | None
    """A write later than this is never sent; ``None``: never too late."""
    after_a_write: bool = False
    """An earlier operation of the hold may have switched the meter."""
    kind: OperationKind = OperationKind.SWITCH
    after_command: int | None = None
    """Of what only looks: the number of the meter's last command then. With another one it is not its to judge."""
    state: OperationState = OperationState.QUEUED
    revision: int = 0
    failed_looks: int = 0
    writes: int = 0
    """Intents recorded and not known to have stayed unsent."""
    acknowledged: bool = False
    refused: Because | None = None
    rests_at: datetime | None = None
    """Until when a device that refused half way may still move: it took a former write of the same command."""
    intent: Intent | None = None
    written_at: datetime | None = None
    """The earliest moment at which the last write may have arrived: what a device supplied later tells of it."""
    written_by: datetime | None = None
    """The latest moment at which it may still have been on its way: from then on the device needs its travel time."""
    before: Observation | None = None
    """The last look before the (latest) write."""
    withdrawn: bool = False
    """The last write was taken back, or that was tried: what arrived before is not known."""
    taken_back: bool = False
    """That is known to have been heard."""
    confirmed_at: datetime | None = None
    """When a look first confirmed the target since the last write."""
    load_seen: bool = False
    """The last look before the (latest) write, or one after it, saw the customer's side draw."""
    last_look: Observation | None = None
    last_grade: Grade | None = None
    """What the last look is worth; ``None`` until one has been taken since the last intent."""
    outcome: Outcome | None = None
    because: Because | None = None
    detail: str = ""
    ended_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """No more turns."""
        return self.state is OperationState.ENDED

    @property
    def unresolved(self) -> bool:
        """A write may have happened whose outcome is not known yet."""
        return self.state in UNRESOLVED_STATES

    @property
    def connects(self) -> bool:
        """Work that brings supply back."""
        return self.target in {SupplyState.CONNECTED, SupplyState.ARMED}

    @property
    def restores(self) -> bool:
        """Work of a restore, whichever way it switches."""
        return self.connects or self.kind is OperationKind.LEAK_CLOSE

    @property
    def watches(self) -> bool:
        """It only looks."""
        return self.kind in WATCHES

    def outlives(self, moment: datetime) -> bool:
        """Whether a carrier keeps its command beyond a moment."""
        kept_until = None if self.intent is None else self.intent.expires_at
        at_carrier = self.state is OperationState.AT_CARRIER and not self.restores
        return at_carrier and kept_until is not None and kept_until > moment

    def fire(self, move: Move) -> "Operation":  # noqa: C901, PLR0911, PLR0912  one arm a trigger is the whole point
        """Take one step of the table; an illegal one raises and changes nothing."""
        state = next_state(self.state, move.trigger)
        moved = replace(self, state=state, revision=self.revision + 1, due_at=move.look_again_at or self.due_at)
        match move.trigger:
            case Trigger.LOOKED:
                return self._looked(moved, move)
            case Trigger.LOOK_FAILED:
                return replace(moved, failed_looks=self.failed_looks + 1, because=move.because, detail=move.detail)
            case Trigger.PUT_OFF:
                return replace(moved, because=move.because, detail=move.detail)
            case Trigger.INTEND:
                return self._intend(moved, move)
            case Trigger.WRITE_NEVER_SENT | Trigger.REWRITE_NEVER_SENT:
                return self._never_sent(moved, move)
            case Trigger.WRITE_SENT:
                return replace(moved, written_by=move.at)
            case Trigger.WITHDRAWN:
                return replace(moved, written_by=move.at, taken_back=True)
            case Trigger.ACKNOWLEDGED:
                # A carrier's receipt says that it has arrived, not when.
                arrived_at = self.written_at if self.state is OperationState.AT_CARRIER else move.at
                return replace(moved, acknowledged=True, written_at=arrived_at, written_by=move.at)
            case Trigger.WRITE_REFUSED:
                refused = move.because or Because.DEVICE_REFUSED
                return replace(moved, refused=refused, rests_at=move.look_again_at, detail=move.detail)
            case Trigger.OUTCOME_LOST:
                return self._outcome_lost(moved, move)
            case Trigger.END:
                return self._end(moved, move)
            case Trigger.CARRIER_TOOK_IT:
                return replace(moved, written_by=self._kept_until(move.at))
            case Trigger.WITHDRAW:
                return replace(moved, withdrawn=True, because=move.because, detail=move.detail)
            case _:
                assert_never(move.trigger)

    def _looked(self, moved: "Operation", move: Move) -> "Operation":
        look = move.observation
        load = look is not None and look.load is True
        moved = replace(moved, last_look=look, last_grade=move.grade, failed_looks=0, because=None)
        if self.watches:
            return replace(moved, before=self.last_look)
        if self.unresolved and self.confirmed_at is None and move.grade is not None and move.grade.confirms:
            moved = replace(moved, confirmed_at=move.at)
        if self.state is OperationState.QUEUED:
            # The last look before the write decides: a house that has gone quiet since proves nothing by being quiet.
            return replace(moved, before=look, load_seen=load)
        return replace(moved, load_seen=self.load_seen or load)

    def _intend(self, moved: "Operation", move: Move) -> "Operation":
        if self.last_look is None or self.last_grade is None:
            raise IllegalTransition("operation without a look", self.state, move.trigger)
        if self.watches:
            raise IllegalTransition("operation that only looks", self.state, move.trigger)
        return replace(
            moved,
            intent=move.intent,
            writes=self.writes + 1,
            written_at=move.at,
            written_by=move.at,
            before=self.last_look,
            # What an earlier write may have been proven by is no proof of this one.
            load_seen=self.last_look.load is True,
            last_grade=None,
            acknowledged=False,
            refused=None,
            rests_at=None,
            withdrawn=False,
            taken_back=False,
            confirmed_at=None,
            because=None,
            detail="",
        )

    def _outcome_lost(self, moved: "Operation", move: Move) -> "Operation":
        match self.state:
            case OperationState.INTENDED:
                written_by: datetime | None = self._kept_until(move.at)
            case OperationState.AT_CARRIER:
                # The carrier has given up, or it has expired there.
                written_by = move.at if self.written_by is None else min(move.at, self.written_by)
            case _:
                written_by = self.written_by
        return replace(
            moved,
            because=move.because or Because.OUTCOME_UNKNOWN,
            detail=move.detail,
            failed_looks=self.failed_looks + 1,
            written_by=written_by,
        )

    def _kept_until(self, at: datetime) -> datetime:
        """Until when what was sent at some moment may still be on its way."""
        expires_at = None if self.intent is None else self.intent.expires_at
        return at if expires_at is None else max(at, expires_at)

    def _never_sent(self, moved: "Operation", move: Move) -> "Operation":
        """Take the last intent back. Which of the two triggers fits depends on whether an earlier write did leave."""
        first = self.writes == 1
        if first is not (move.trigger is Trigger.WRITE_NEVER_SENT):
            raise IllegalTransition(f"operation with {self.writes} writes", self.state, move.trigger)
        return replace(
            moved,
            writes=self.writes - 1,
            intent=None if first else self.intent,
            written_at=None if first else self.written_at,
            written_by=None if first else self.written_by,
            failed_looks=self.failed_looks + 1,
            because=move.because,
            detail=move.detail,
        )

    def _end(self, moved: "Operation", move: Move) -> "Operation":
        """End with an outcome that this state permits; ``verified`` only on a look that confirmed."""
        outcome = move.outcome
        if outcome is None or outcome not in OUTCOMES[self.state]:
            raise IllegalTransition("operation", self.state, f"outcome {outcome}")
        if outcome is Outcome.REVERTED and not self.watches:
            raise IllegalTransition("operation that is no check", self.state, f"outcome {outcome}")
        confirmed = self.last_grade is not None and self.last_grade.confirms
        if outcome is Outcome.VERIFIED and not confirmed:
            raise IllegalTransition("operation without a confirming look", self.state, "outcome verified")
        return replace(moved, outcome=outcome, because=move.because, detail=move.detail, ended_at=move.at)
