"""However orders, time, restarts, stops and decisions follow each other: no window sees more leave than the threshold.

The referee is separate code: it sees each intent at the moment at which it is kept and counts for itself.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from meterhold.domain.errors import Refused
from meterhold.domain.events import Event, HoldApproved, OperationMoved
from meterhold.domain.hold import Hold
from meterhold.domain.limits import Limits
from meterhold.domain.operation_table import Trigger
from meterhold.domain.words import Action, Reason
from tests.fakes.metering import SHELLY, place
from tests.fakes.second_person import WINDOW, Street
from tests.fakes.world import START

LIMITS = Limits(off_by_sender=3, off_by_area=4, off_by_fleet=5, load_off_kw=10_000.0)
SENDERS = ("cis", "billing", "thief")
AREAS = ("north", "south")
HOMES = 60
NUMBERS = st.lists(st.integers(1, HOMES), min_size=1, max_size=6, unique=True)
FEW = st.lists(st.integers(1, HOMES), min_size=2, max_size=3, unique=True)
_NEXT_WINDOW_S = 4200
PILE = timedelta(hours=3)
"""Suspensions are planned for every third hour, so that those of several windows begin at one moment."""


class AnySchedule(RuleBasedStateMachine):
    """Two areas, three senders, and whatever hypothesis thinks of."""

    def __init__(self) -> None:
        """Build the street, and count what leaves."""
        super().__init__()
        self.street = Street.of(0, LIMITS)
        places = [
            replace(place(SHELLY, f"M-{n}", service_point=f"SP-{n}"), area=AREAS[n % 2]) for n in range(1, HOMES + 1)
        ]
        self.street.meters += self.street.gateway.install(*places)
        self.released: set[str] = set()
        self.left: list[tuple[datetime, str, str]] = []
        """When, for whom and where an unreleased disconnection left."""
        self.watch = self.street.gateway.journal.watch
        self.street.gateway.journal.watch = self.count

    def count(self, event: Event) -> None:
        """Referee each intent."""
        self.watch(event)
        match event:
            case HoldApproved():
                self.released.add(event.hold_id)
            case OperationMoved() if event.move.trigger is Trigger.INTEND and event.hold_id not in self.released:
                hold = self.street.gateway.hold(event.hold_id)
                operation = hold.leg(event.meter_id).operation
                assert operation is not None
                if not operation.connects:
                    self.note(event.at, hold, event.meter_id)
            case _:
                pass

    def note(self, at: datetime, hold: Hold, meter_id: str) -> None:
        """Hold I6: no window that ends now has seen more than the thresholds."""
        assert not hold.waits_for, "a write of a hold that waits for a second person"
        assert hold.suspend_key is not None
        area = self.street.gateway.meter(meter_id).installation.area or ""
        self.left.append((at, hold.suspend_key.sender, area))
        inside = [(sender, where) for moment, sender, where in self.left if moment > at - WINDOW]
        assert len(inside) <= LIMITS.off_by_fleet
        assert sum(sender == hold.suspend_key.sender for sender, _ in inside) <= LIMITS.off_by_sender
        assert sum(where == area for _, where in inside) <= LIMITS.off_by_area

    @rule(numbers=NUMBERS, sender=st.sampled_from(SENDERS), planned=st.booleans())
    def suspend(self, numbers: list[int], sender: str, planned: bool) -> None:
        """Ask for suspensions, now or for the next pile."""
        gateway = self.street.gateway
        now = gateway.clock.now()
        pile = now + PILE - (now - START) % PILE
        for number in numbers:
            gateway.order(
                Action.SUSPEND,
                meters=(f"M-{number}",),
                sender=sender,
                reason=Reason.VACATION,
                starts_at=pile if planned else now,
            )

    @rule(numbers=FEW, sender=st.sampled_from(SENDERS))
    def stay_below(self, numbers: list[int], sender: str) -> None:
        """Ask for no more than a window lets through, and wait for the next one: it all begins at one moment."""
        self.suspend(numbers, sender, planned=True)
        self.work(_NEXT_WINDOW_S)

    @rule(numbers=FEW, jump_s=st.sampled_from([0, 7200, -7200]))
    def try_a_jump(self, numbers: list[int], jump_s: int) -> None:
        """Ask for what a window lets through, and let the clock jump."""
        self.suspend(numbers, "thief", planned=False)
        self.work(60)
        self.jump(jump_s)

    @precondition(lambda self: self.street.gateway.journal.world.holds)
    @rule(pick=st.integers(0, 99))
    def restore(self, pick: int) -> None:
        """Bring something back, so that it can be asked for again."""
        names = sorted(self.street.gateway.journal.world.holds)
        self.street.gateway.restore(names[pick % len(names)])

    @rule(seconds=st.sampled_from([1, 600, 3300, 4200, 4200, 7200]))
    def work(self, seconds: int) -> None:
        """Let time pass."""
        self.street.gateway.run_s(seconds)
        self.street.follow()

    @rule(on=st.sampled_from([True, False, False]))
    def inhibit(self, on: bool) -> None:
        """The kill switch: what was held up wants to leave all at once when it is lifted."""
        self.street.gateway.inhibit(on=on)

    @rule()
    def restart(self) -> None:
        """Nothing survives but the events."""
        self.street.gateway.restart()
        self.street.gateway.journal.watch = self.count

    def jump(self, seconds: int) -> None:
        """The machine's clock jumps; the referee's does not."""
        self.street.jump_s(seconds)
        self.left = [(at + timedelta(seconds=seconds), sender, area) for at, sender, area in self.left]

    @precondition(lambda self: any(a.waiting for a in self.street.gateway.journal.world.approvals.values()))
    @rule(pick=st.integers(0, 99), granted=st.booleans(), by=st.sampled_from(["kim", *SENDERS]))
    def decide(self, pick: int, granted: bool, by: str) -> None:
        """A second person decides, or somebody tries to be one."""
        waiting = [a for a in self.street.gateway.journal.world.approvals.values() if a.waiting]
        approval = waiting[pick % len(waiting)]
        try:
            self.street.decide(approval, granted=granted, by=by)
        except Refused:
            return
        assert by not in approval.parties, "who asked has decided"

    @invariant()
    def what_waits_is_off_by_nothing_of_ours(self) -> None:
        """A hold that waits has no write of its own, unless one of its meters went before the threshold was met."""
        for hold in self.street.gateway.journal.world.holds.values():
            if hold.waits_for and not hold.final:
                assert not hold.intended_once


AnySchedule.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestAnySchedule = AnySchedule.TestCase
