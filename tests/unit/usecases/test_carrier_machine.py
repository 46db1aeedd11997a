"""A sleeping valve, its carrier and orders in any order: never two commands on their way, never a false success."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Action, Outcome, Reason
from tests.fakes.carried import HOURS, sleeping

DO = {True: "on", False: "shut"}


class SleepsAndSpeaks(RuleBasedStateMachine):
    """Whatever hypothesis thinks of, at one valve."""

    def __init__(self) -> None:
        """Begin with a carrier that can or cannot be told to forget."""
        super().__init__()
        self.site = sleeping(withdraws=True)
        self.judged: set[str] = set()

    @rule(withdraws=st.booleans())
    def change_the_profile(self, withdraws: bool) -> None:
        """Another carrier, before anything has happened."""
        if self.site.lab.sent == 0:
            self.site = sleeping(withdraws=withdraws)

    @rule(wait=st.sampled_from([1, 60, 600]))
    def suspend(self, wait: int) -> None:
        """Ask for a suspension."""
        self.site.lab.try_(lambda: self.site.lab.order(Action.SUSPEND, meters=("W-1",), reason=Reason.VACATION))
        self.site.wait(wait)

    @rule(wait=st.sampled_from([1, 60, 600]))
    def restore(self, wait: int) -> None:
        """Ask for supply back."""
        self.site.lab.try_(lambda: self.site.lab.order(Action.RESTORE, meters=("W-1",), may_approve=True))
        self.site.wait(wait)

    @rule(times=st.integers(1, 3), wait=st.sampled_from([10, 120, 3600]))
    def speak(self, times: int, wait: int) -> None:
        """The valve speaks, and does what it then hears."""
        for _ in range(times):
            self.site.speak()
            self.judge()
            self.site.wait(wait)

    @rule(hours=st.sampled_from([0.1, 1, 5, 20]))
    def sleep(self, hours: float) -> None:
        """Time passes without a word."""
        self.site.wait(hours * HOURS)

    @rule(deaf=st.sampled_from([True, False, False]))
    def lose_downlinks(self, deaf: bool) -> None:
        """Radio is bad."""
        self.site.device.deaf = deaf

    @rule(acks=st.sampled_from([True, False, None]))
    def lose_receipts(self, acks: bool | None) -> None:
        """The carrier hears no acknowledgement, or says nothing."""
        self.site.device.acks = acks

    @rule()
    def lose_the_broker_s_receipt(self) -> None:
        """Of the next command."""
        self.site.device.lose_receipt = True

    @rule()
    def restart(self) -> None:
        """Come up from the journal."""
        self.site.lab.restart()

    def judge(self) -> None:
        """What was verified since the last time is so."""
        for hold in self.site.lab.journal.world.holds.values():
            operation = hold.leg("W-1").operation
            if operation is None or operation.operation_id in self.judged or operation.outcome is not Outcome.VERIFIED:
                continue
            self.judged.add(operation.operation_id)
            assert self.site.device.valve == DO[operation.connects], "FALSE SUCCESS"

    @invariant()
    def one_command_at_a_time(self) -> None:
        """Of those that the carrier may still deliver."""
        now = self.site.lab.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        assert len([command for command in self.site.device.queue if str(command["until"]) > now]) <= 1

    @invariant()
    def nothing_outlives_its_order(self) -> None:
        """A disconnection is kept no longer than its hold may be sent."""
        last = {hold.not_after for hold in self.site.lab.journal.world.holds.values()}
        for command in self.site.device.sent:
            if command["do"] == "shut":
                assert str(command["until"]) <= max(last).strftime("%Y-%m-%dT%H:%M:%SZ")

    def teardown(self) -> None:
        """Radio is good again and the valve speaks: supply is what the last hold says, or a person is asked."""
        device = self.site.device
        device.deaf, device.acks, device.lose_receipt = False, True, False
        for _ in range(40):
            self.site.wait(HOURS)
            self.site.speak()
        for hold in self.site.lab.journal.world.holds.values():
            leg = hold.leg("W-1")
            settled = hold.final or hold.status is HoldStatus.SUSPENDED
            assert settled or self.site.lab.waiting(hold.hold_id), f"{hold.hold_id} hangs in {hold.status}"
            if hold.status is HoldStatus.SUSPENDED and leg.off:
                assert device.valve == "shut"
        if not self.site.lab.meter("W-1").open_holds:
            assert device.valve == "on"


SleepsAndSpeaks.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSleepsAndSpeaks = SleepsAndSpeaks.TestCase
