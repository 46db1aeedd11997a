"""The look that follows a proven switching: quiet where all stayed as it was, reported and never fought where not."""

from datetime import timedelta

import pytest

from meterhold.domain.commands import RecordIntent
from meterhold.domain.errors import IllegalTransition, Refused
from meterhold.domain.hold import Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation import Intent, Operation, OperationKind
from meterhold.domain.words import Because, Decision, Moment, OrderResult, Outcome, SupplyState
from meterhold.usecases.statement import statement_of
from tests.fakes.gateway import Gateway, built_in
from tests.fakes.metering import DDS238, PROFILES, SHELLY, SWV, XINTAI, FakeMeter, place
from tests.fakes.world import run

OFF, ON = SupplyState.DISCONNECTED, SupplyState.CONNECTED
CHECK_S = 61


def switched(profile: str = SHELLY, *, connect: bool = False) -> tuple[Gateway, FakeMeter, str]:
    """A switching that was just verified; its check comes in a minute."""
    gateway = Gateway()
    (meter,) = gateway.install(place(profile, "M-1"))
    hold_id = gateway.suspend("M-1").hold_id
    gateway.run_s(40)
    if connect:
        gateway.run_s(CHECK_S)
        gateway.restore(hold_id)
        gateway.run_s(40)
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert gateway.leg(hold_id).check is not None
    return gateway, meter, hold_id


def check_of(leg: Leg) -> Operation:
    """The leg's check."""
    assert leg.check is not None
    return leg.check


@pytest.mark.parametrize("connect", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_meter_that_stayed_there_changes_nothing(profile: str, connect: bool) -> None:
    """Neither proof nor windows nor registers; nobody is told, and nothing is written."""
    gateway, meter, hold_id = switched(profile, connect=connect)
    before, writes = gateway.leg(hold_id), len(meter.writes)
    gateway.run_s(CHECK_S)
    after = gateway.leg(hold_id)
    check = check_of(after)
    assert check.ended
    assert check.outcome in {Outcome.VERIFIED, Outcome.UNVERIFIED}
    same = ("outcome", "proof", "actual", "suspended_at", "restored_at", "registers", "because", "reverted_at")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert gateway.waiting(hold_id) == []
    assert len(meter.writes) == writes


@pytest.mark.parametrize("profile", [DDS238, SHELLY, XINTAI])
def test_a_device_that_goes_back_by_itself_is_reported_and_not_fought(profile: str) -> None:
    """A timer, a watchdog: the leg says reverted and what was seen; the order stays as it was answered."""
    gateway, meter, hold_id = switched(profile)
    meter.stand(connected=True)
    gateway.run_s(3600)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.actual) == (Outcome.REVERTED, ON)
    assert len(meter.writes) == 1
    assert gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    assert gateway.suspend_record(hold_id).result is OrderResult.DONE
    (item,) = gateway.waiting(hold_id)
    assert (item.code, item.meter_id) == (Because.VERIFY_MISMATCH, "M-1")
    assert set(item.decisions) == {Decision.RETRY, Decision.FIELD_VISIT, Decision.RESTORE}
    assert leg.reverted_at is not None
    assert gateway.meter("M-1").actual.state is ON


def test_supply_that_flows_though_the_device_says_off_is_reverted_too() -> None:
    """It leaks, or its contacts have welded since."""
    gateway, meter, hold_id = switched(XINTAI)
    meter.stand(connected=True)
    meter.commanded, meter.welded = False, True
    gateway.run_s(CHECK_S)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.because, leg.actual) == (Outcome.REVERTED, Because.LEAKING, ON)


def test_supply_that_is_gone_again_after_a_restore_reopens_nothing() -> None:
    """The hold is restored and stays so; a person hears of it, and an order brings supply back."""
    gateway, meter, hold_id = switched(connect=True)
    meter.stand(connected=False)
    gateway.run_s(3600)
    hold = gateway.hold(hold_id)
    assert hold.status is HoldStatus.RESTORED
    assert gateway.leg(hold_id).outcome is Outcome.REVERTED
    (item,) = gateway.waiting(hold_id)
    assert set(item.decisions) == {Decision.FIELD_VISIT, Decision.ACCEPT_AS_IS}
    assert len(meter.writes) == 2
    gateway.decide(hold_id, Decision.ACCEPT_AS_IS)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED


def test_a_person_may_have_it_switched_off_again() -> None:
    """One more write, proven anew; what it said of the time in between is over."""
    gateway, meter, hold_id = switched()
    meter.stand(connected=True)
    gateway.run_s(CHECK_S)
    first = gateway.leg(hold_id).suspended_at
    gateway.decide(hold_id, Decision.RETRY)
    gateway.run_s(40)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, meter.supplied, len(meter.writes)) == (Outcome.VERIFIED, False, 2)
    assert leg.suspended_at != first
    assert leg.reverted_at is None
    assert gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    assert gateway.waiting(hold_id) == []
    assert not check_of(leg).ended, "and is checked again"


def test_each_time_off_is_kept_with_its_own_registers() -> None:
    """Off, on by itself, and off once more by a person's decision: neither window is lost, nor what was read then."""
    gateway, meter, hold_id = switched()
    first = gateway.leg(hold_id)
    meter.stand(connected=True)
    gateway.run_s(CHECK_S)
    reverted_at = gateway.leg(hold_id).reverted_at
    assert reverted_at is not None
    gateway.decide(hold_id, Decision.RETRY)
    gateway.run_s(40)
    leg = gateway.leg(hold_id)
    (period,) = leg.off_before
    assert (period.suspended_at, period.reverted_at) == (first.suspended_at, reverted_at)
    assert period.registers == first.registers
    assert leg.suspended_at is not None
    assert leg.suspended_at.not_before >= reverted_at.not_after
    assert leg.reverted_at is None
    assert {register.moment for register in leg.registers} == {Moment.BEFORE_SUSPEND, Moment.AFTER_SUSPEND}


def test_a_late_suspension_is_not_sent_for_a_device_that_went_back_either() -> None:
    """``not_after`` bounds every disconnect."""
    gateway, meter, hold_id = switched()
    meter.stand(connected=True)
    gateway.run_s(2 * 86_400)
    with pytest.raises(Refused):
        gateway.decide(hold_id, Decision.RETRY)
    assert len(meter.writes) == 1


def test_a_restore_takes_the_check_s_place() -> None:
    """Nobody wants to know any more whether it stayed off."""
    gateway, meter, hold_id = switched()
    gateway.restore(hold_id)
    assert check_of(gateway.leg(hold_id)).outcome is Outcome.SUPERSEDED
    gateway.settle()
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert (meter.supplied, gateway.waiting(hold_id)) == (True, [])


def test_another_hold_s_suspension_is_no_reversion_of_a_restore() -> None:
    """It cut supply within the minute: what the check then sees is not its to judge."""
    gateway, meter, hold_id = switched(connect=True)
    other_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    assert gateway.leg(other_id).outcome is Outcome.VERIFIED
    assert not meter.supplied
    assert check_of(gateway.leg(hold_id)).outcome is Outcome.SUPERSEDED
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert gateway.waiting(hold_id) == []


def test_a_meter_that_is_silent_when_it_is_checked_stays_as_it_was_proven() -> None:
    """The check gives up after a while, and says so of itself only."""
    gateway, meter, hold_id = switched()
    meter.silent = True
    gateway.run_s(3600)
    leg = gateway.leg(hold_id)
    assert (check_of(leg).outcome, leg.outcome) == (Outcome.UNREACHABLE, Outcome.VERIFIED)
    assert gateway.waiting(hold_id) == []


def test_another_meter_in_its_place_is_said() -> None:
    """Somebody exchanged it within the minute: nothing is known of ours."""
    gateway, meter, hold_id = switched(XINTAI)
    meter.serial = "00000000000000EE"
    meter.stand(connected=True)
    gateway.run_s(3600)
    leg = gateway.leg(hold_id)
    assert (check_of(leg).outcome, leg.outcome, leg.actual) == (Outcome.IDENTITY_MISMATCH, Outcome.VERIFIED, OFF)
    assert [item.code for item in gateway.waiting(hold_id)] == [Because.METER_MISMATCH]


def test_a_meter_that_was_found_off_is_not_checked() -> None:
    """Nothing of ours could go back."""
    gateway = Gateway()
    (meter,) = gateway.install(place(XINTAI, "M-1"))
    meter.stand(connected=False)
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    assert gateway.leg(hold_id).found_off
    assert gateway.leg(hold_id).check is None


def test_a_model_may_need_no_check() -> None:
    """``post_check_s: 0``."""
    gateway = Gateway(profiles={name: profile.with_timing(post_check_s=0) for name, profile in built_in().items()})
    gateway.install(place(SHELLY, "M-1"))
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert gateway.leg(hold_id).check is None


def test_a_closed_hold_is_checked_all_the_same() -> None:
    """A check is no reason not to close, and supply that comes back under a closed account is worth knowing."""
    gateway, meter, hold_id = switched()
    assert gateway.close(hold_id).result is OrderResult.DONE
    meter.stand(connected=True)
    gateway.run_s(CHECK_S)
    assert gateway.hold(hold_id).status is HoldStatus.CLOSED
    assert len(gateway.waiting(hold_id)) == 1


def test_a_check_can_never_write() -> None:
    """Whoever asks: the table has no intent for it."""
    gateway, _, hold_id = switched()
    check = check_of(gateway.leg(hold_id))
    assert check.kind is OperationKind.CHECK
    now = gateway.clock.now()
    command = RecordIntent(now, hold_id, "M-1", check.operation_id, check.revision, (), Intent(now, ("x",)), True)
    with pytest.raises(IllegalTransition):
        run(gateway.journal.submit(command))


def test_a_check_survives_a_restart_and_a_clock_that_jumps() -> None:
    """It lives in the journal."""
    gateway, meter, hold_id = switched()
    meter.stand(connected=True)
    gateway.restart()
    gateway.run_s(CHECK_S)
    assert gateway.leg(hold_id).outcome is Outcome.REVERTED


def test_the_statement_tells_of_switchings_and_where_free_time_ended() -> None:
    """A check is no switching; supply that came back by itself ends the time without charges."""
    gateway, meter, hold_id = switched()
    gateway.run_s(CHECK_S)
    (quiet,) = statement_of(gateway.hold(hold_id), run(gateway.journal.hold_events(hold_id))).legs
    assert len(quiet.suspended_by) == 1
    assert [period.ends_at for period in quiet.not_chargeable] == [None]
    gateway, meter, hold_id = switched()
    meter.stand(connected=True)
    gateway.run_s(CHECK_S)
    (back,) = statement_of(gateway.hold(hold_id), run(gateway.journal.hold_events(hold_id))).legs
    reverted_at = gateway.leg(hold_id).reverted_at
    assert reverted_at is not None
    assert [period.ends_at for period in back.not_chargeable] == [reverted_at.not_after]
    assert [segment.ended_by for segment in back.segments] == ["reverted"]
    assert back.chargeable_because is not None


def test_only_what_the_device_said_since_counts_for_a_bridge_that_repeats_itself() -> None:
    """A bridge hands out what it kept: nothing newer is no proof, and no reversion."""
    gateway, _, hold_id = switched(SWV)
    gateway.run_s(CHECK_S)
    check = check_of(gateway.leg(hold_id))
    assert (check.outcome, check.because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)
    assert check.due_at - check.created_at >= timedelta(seconds=60)
