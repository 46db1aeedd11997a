"""An operation in the middle of a turn, and the moves that end one part of it or another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from meterhold.domain.commands import RecordTurn
from meterhold.domain.errors import NeverSent, OutcomeUnknown
from meterhold.domain.frame import Frame
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.kept_settings import Setting
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.meter import Meter
from meterhold.domain.next_step import End, LookAgain, Timing
from meterhold.domain.operation import Move, Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.protocol import back_off_s
from meterhold.domain.words import Outcome, Proof
from meterhold.profiles import Profile
from meterhold.usecases.looking import profile_in_use, timing_of
from meterhold.usecases.ports import Ports

_SENT = frozenset({OperationState.INTENDED, OperationState.SENT, OperationState.DELIVERED})


def at_work() -> bool:
    """Nobody was told to go."""
    return False


@dataclass(slots=True)
class Attempt:
    """An operation as it stands, and the moves that the journal does not have yet."""

    ports: Ports
    hold: Hold
    leg: Leg
    meter: Meter
    profile: Profile
    timing: Timing
    operation: Operation
    known_revision: int
    moves: list[Move] = field(default_factory=list)
    settings: tuple[Setting, ...] = ()
    """What the meter was found set to, until the journal has it."""
    leaving: Callable[[], bool] = at_work
    """Whether the process was told to go: then nothing is written that is not on its way."""

    @classmethod
    def at(cls, ports: Ports, hold: Hold, meter: Meter, leaving: Callable[[], bool] = at_work) -> "Attempt | None":
        """Take up what is to be worked on at a leg; nothing where all has ended."""
        leg = hold.leg(meter.meter_id)
        operation = leg.open_operation
        if operation is None:
            return None
        profile = profile_in_use(ports, meter, operation)
        timing = timing_of(profile)
        return cls(ports, hold, leg, meter, profile, timing, operation, operation.revision, leaving=leaving)

    @property
    def required(self) -> Proof | None:
        """The level that the site wants of this model."""
        return self.ports.terms.required_proof.get(self.profile.name)

    @property
    def leak(self) -> LeakWatch | None:
        """The site's rule for water that flows after a restore of ours."""
        rules = self.ports.terms.leak_watch
        if not rules or not self.operation.connects or not self.operation.unresolved:
            return None
        return rules.get(self.profile.name) or rules.get(self.meter.installation.service)

    @property
    def restoring(self) -> bool:
        """Supply is wanted back: a disconnection that is still on its way had better not arrive."""
        return self.hold.status is HoldStatus.RESTORING

    @property
    def blind(self) -> Trigger:
        """What a turn that saw nothing does: what was sent and not seen is in doubt."""
        return Trigger.OUTCOME_LOST if self.operation.state in _SENT else Trigger.LOOK_FAILED

    def now(self) -> datetime:
        """Civil time."""
        return self.ports.clock.now()

    def later(self, seconds: float) -> datetime:
        """Civil time after a while."""
        return self.now() + timedelta(seconds=seconds)

    def due(self) -> bool:
        """Whether the next turn may be taken at once."""
        return not self.operation.ended and self.operation.due_at <= self.now()

    def take(self, move: Move) -> None:
        """Take a step of the table and remember it for the journal."""
        self.operation = self.operation.fire(move)
        self.moves.append(move)

    def put_off(self, step: LookAgain) -> None:
        """Say why nothing is written now."""
        self.take(Move(Trigger.PUT_OFF, self.now(), because=step.because, detail=step.detail, look_again_at=step.at))

    def end(self, step: End) -> None:
        """Bring it to its end."""
        self.take(Move(Trigger.END, self.now(), outcome=step.outcome, because=step.because, detail=step.detail))

    def never_sent(self, failure: NeverSent, left: Sequence[Frame] = ()) -> None:
        """Take the intent back: nothing has left, or what ``left`` was certainly not taken."""
        first = self.operation.writes == 1
        again = self.later(back_off_s(self.operation.failed_looks + 1, self.timing))
        trigger = Trigger.WRITE_NEVER_SENT if first else Trigger.REWRITE_NEVER_SENT
        self.take(
            Move(
                trigger,
                self.now(),
                because=failure.because,
                detail=failure.detail,
                look_again_at=again,
                frames=tuple(left),
            )
        )

    def in_doubt(self, failure: OutcomeUnknown, left: Sequence[Frame] = ()) -> None:
        """Nobody knows what became of the write: the next turn is a look."""
        again = self.later(max(self.timing.settle_s, min(self.timing.poll_s, 1.0)))
        self.take(
            Move(
                Trigger.OUTCOME_LOST,
                self.now(),
                because=failure.because,
                detail=failure.detail,
                look_again_at=again,
                frames=tuple(left),
            )
        )

    async def record(self) -> None:
        """Leave what happened in the journal."""
        if not self.moves:
            return
        armed = self.operation.outcome is Outcome.ARMED
        command = RecordTurn(
            at=self.now(),
            hold_id=self.operation.hold_id,
            meter_id=self.meter.meter_id,
            operation_id=self.operation.operation_id,
            revision=self.known_revision,
            moves=tuple(self.moves),
            terms=self.ports.terms,
            settings=self.settings,
            check_after_s=self.timing.interlock_recheck_s if armed else self.profile.timing.post_check_s,
        )
        await self.ports.journal.submit(command)
