"""While a hold lasts the gateway looks: what is wrong is said once, with evidence, and never fought."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhold.domain.commands import AcknowledgeAlarm
from meterhold.domain.errors import Refused
from meterhold.domain.events import LegRead, MeterWatched
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Decision, Mode, Moment, Outcome, Proof, Quantity, Reason, SupplyState
from meterhold.usecases.watching import Came
from tests.fakes.gateway import Gateway
from tests.fakes.metering import DDS238, SHELLY, XINTAI, place
from tests.fakes.watching import HOUR_S, acknowledge, alarms, codes, held, watched
from tests.fakes.world import run

OFF, ON = SupplyState.DISCONNECTED, SupplyState.CONNECTED


@pytest.mark.parametrize("profile", [DDS238, SHELLY, XINTAI])
def test_a_meter_that_is_well_leaves_one_line_a_day(profile: str) -> None:
    """Thousands of quiet looks must not flood the journal."""
    gateway, meter, _ = held(profile)
    writes = len(meter.writes)
    before = len(gateway.journal.events)
    came = [watched(gateway) for _ in range(49)]
    told = [event for _, _, event in gateway.journal.events[before:]]
    assert [type(event) for event in told] == [MeterWatched] * 3
    assert came.count(Came.SAID) == 3
    assert (alarms(gateway), len(meter.writes)) == ([], writes)
    gateway.restart()


@pytest.mark.parametrize("profile", [DDS238, SHELLY, XINTAI])
def test_supply_that_comes_back_without_an_order_is_said_once_and_never_fought(profile: str) -> None:
    """One alarm with evidence; the hold shows what is so, a person decides, and nothing is written."""
    gateway, meter, hold_id = held(profile)
    watched(gateway)
    meter.stand(connected=True)
    for _ in range(5):
        watched(gateway)
    (alarm,) = alarms(gateway)
    assert (alarm.code, alarm.hold_id, alarm.meter_id) == (Because.SUPPLY_BACK, hold_id, "M-1")
    assert alarm.evidence["expected"] == "disconnected"
    assert {"seen", "seen_at", "points"} <= set(alarm.evidence)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.actual, leg.off) == (Outcome.REVERTED, ON, False)
    assert leg.reverted_at is not None
    assert leg.reverted_at.not_after - leg.reverted_at.not_before <= timedelta(hours=1)
    (item,) = gateway.waiting(hold_id)
    assert Decision.RETRY in item.decisions
    assert len(meter.writes) == 1
    gateway.restart()


def test_the_check_after_a_switching_and_the_watch_say_the_same_thing_once() -> None:
    """What the post-check has found and said is no news to the watch, even after somebody has acknowledged it."""
    gateway = Gateway()
    (meter,) = gateway.install(place(SHELLY, "M-1"))
    hold_id = gateway.suspend("M-1").hold_id
    gateway.run_s(30)
    meter.stand(connected=True)
    gateway.settle()
    assert gateway.leg(hold_id).outcome is Outcome.REVERTED
    assert codes(gateway) == [Because.SUPPLY_BACK]
    watched(gateway)
    assert codes(gateway) == [Because.SUPPLY_BACK]
    acknowledge(gateway)
    watched(gateway)
    assert codes(gateway) == []


def test_an_acknowledged_matter_is_said_again_only_when_it_newly_happens() -> None:
    """Acknowledged and still so: silence. Seen well and then so again: another alarm."""
    gateway, meter, hold_id = held(DDS238)
    meter.stand(connected=True)
    watched(gateway)
    acknowledge(gateway)
    watched(gateway)
    assert codes(gateway) == []
    meter.stand(connected=False)
    watched(gateway)
    assert codes(gateway) == []
    meter.stand(connected=True)
    watched(gateway)
    assert codes(gateway) == [Because.SUPPLY_BACK]
    assert gateway.leg(hold_id).outcome is Outcome.REVERTED
    assert len(meter.writes) == 1


def test_a_leg_that_is_off_again_by_itself_shows_it_and_keeps_its_question_open() -> None:
    """A person who tried the switch by hand: the hold says where supply is, and somebody still has to decide."""
    gateway, meter, hold_id = held(XINTAI)
    meter.stand(connected=True)
    watched(gateway)
    meter.stand(connected=False)
    watched(gateway)
    leg = gateway.leg(hold_id)
    assert (leg.actual, leg.proof, leg.outcome) == (OFF, Proof.STATE_READ, Outcome.REVERTED)
    assert len(gateway.waiting(hold_id)) == 1


def test_a_weld_is_not_believed_away_by_a_quiet_moment() -> None:
    """The relay says off and current flowed: that the refrigerator pauses proves nothing, and is no second alarm."""
    gateway, meter, hold_id = held(SHELLY, draws=False)
    assert gateway.leg(hold_id).proof is Proof.STATE_READ
    meter.welded, meter.draws = True, True
    meter._closed = True
    watched(gateway)
    assert codes(gateway) == [Because.SUPPLY_BACK]
    acknowledge(gateway)
    for draws in (False, True, False, True):
        meter.draws = draws
        watched(gateway)
        leg = gateway.leg(hold_id)
        assert (leg.actual, leg.because) == (ON, Because.WELDED)
    assert codes(gateway) == []


def test_a_restriction_is_watched_as_one() -> None:
    """Water that trickles as it was asked to is no drift, and what trickles is no forbidden use."""
    gateway = Gateway()
    (meter,) = gateway.install(place(XINTAI, "M-1"))
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    hold = gateway.hold(hold_id)
    leg = replace(hold.legs[0], mode=Mode.RESTRICT, actual=OFF)
    gateway.journal.world.holds[hold_id] = replace(hold, legs=(leg,))
    meter.total += 5
    watched(gateway)
    assert codes(gateway) == []
    meter.stand(connected=True)
    watched(gateway)
    assert codes(gateway) == [Because.SUPPLY_BACK]


def test_a_hold_that_only_watches_has_registers_at_both_ends() -> None:
    """Nothing is switched that would bring a look along, so that one is owed at its begin and at its end."""
    gateway, meter, hold_id = held(SHELLY, mode=Mode.MONITOR_ONLY)
    assert gateway.meter("M-1").watch.owed
    watched(gateway, 0)
    assert not gateway.meter("M-1").watch.owed
    meter.total += 0.5
    gateway.clock.run_s(HOUR_S)
    gateway.restore(hold_id)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert gateway.meter("M-1").watch.owed
    gateway.restart()
    watched(gateway, 1)
    registers = {one.moment: one for one in gateway.leg(hold_id).registers}
    assert set(registers) == {Moment.AFTER_SUSPEND, Moment.BEFORE_RESTORE}
    used = registers[Moment.BEFORE_RESTORE].value - registers[Moment.AFTER_SUSPEND].value
    assert registers[Moment.AFTER_SUSPEND].name is Quantity.ENERGY_IMPORT_KWH or used
    assert used > Decimal("0.5")
    assert watched(gateway) is Came.NOT_HELD
    assert meter.writes == []
    assert sum(isinstance(event, LegRead) for _, _, event in gateway.journal.events) == 2
    gateway.restart()


def test_a_hold_that_only_watches_says_use_and_what_changed() -> None:
    """Many utilities call just this a soft disconnect."""
    gateway, meter, _ = held(DDS238, mode=Mode.MONITOR_ONLY)
    watched(gateway, 0)
    meter.total += 3
    watched(gateway)
    assert codes(gateway) == [Because.USAGE_WHILE_HELD]
    acknowledge(gateway)
    gateway, meter, _ = held(XINTAI, mode=Mode.MONITOR_ONLY)
    meter.draws = False
    watched(gateway, 0)
    meter.stand(connected=False)
    watched(gateway)
    assert codes(gateway) == [Because.STATE_DRIFT]
    assert meter.writes == []


def test_a_meter_that_a_closed_hold_left_off_is_watched_on() -> None:
    """Until it is handed over, the gateway is answerable for it."""
    gateway, meter, hold_id = held(SHELLY)
    gateway.close(hold_id)
    assert gateway.hold(hold_id).status is HoldStatus.CLOSED
    watched(gateway)
    meter.stand(connected=True)
    watched(gateway)
    assert codes(gateway) == [Because.SUPPLY_BACK]
    assert gateway.leg(hold_id).actual is ON
    assert len(meter.writes) == 1


def test_nothing_is_looked_at_where_nothing_is_held_or_somebody_works() -> None:
    """Before a hold begins, while an operation looks for itself, and after the restore."""
    gateway = Gateway()
    (meter,) = gateway.install(place(SHELLY, "M-1"))
    later = gateway.clock.now() + timedelta(hours=2)
    hold_id = gateway.suspend("M-1", starts_at=later).hold_id
    assert watched(gateway) is Came.NOT_HELD
    gateway.clock.run_to(later)
    gateway.once()
    assert gateway.leg(hold_id).open_operation is not None
    assert watched(gateway, 0) in {Came.BUSY, Came.NOT_HELD}
    gateway.settle()
    gateway.restore(hold_id)
    gateway.settle()
    assert watched(gateway) is Came.NOT_HELD
    assert len(meter.writes) == 2


def test_an_alarm_is_acknowledged_once() -> None:
    """The second person is told that somebody was there before."""
    gateway, meter, _ = held(SHELLY)
    meter.stand(connected=True)
    watched(gateway)
    (alarm,) = alarms(gateway)
    acknowledge(gateway)
    kept = gateway.journal.alarms[alarm.alarm_id]
    assert (kept.acknowledged_by, kept.comment) == ("desk", "seen")
    with pytest.raises(Refused, match="already"):
        run(gateway.journal.submit(AcknowledgeAlarm(gateway.clock.now(), alarm.alarm_id, "M-1", "desk", "")))
    gateway.restart()


def test_a_leg_that_is_known_to_be_on_is_no_news_and_is_watched_for_the_rest() -> None:
    """Contradicted and accepted as it is: supply and use are known, silence is not."""
    gateway = Gateway()
    power, water = gateway.install(place(SHELLY, "M-1"), place(XINTAI, "W-1"))
    power.welded = True
    hold_id = gateway.suspend("M-1", "W-1").hold_id
    gateway.settle()
    gateway.decide(hold_id, Decision.ACCEPT_AS_IS)
    assert gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    assert (gateway.leg(hold_id, "M-1").actual, gateway.leg(hold_id, "M-1").outcome) == (ON, Outcome.CONTRADICTED)
    power.total += 1
    watched(gateway)
    assert codes(gateway) == []
    power.silent = True
    for _ in range(6):
        watched(gateway)
    assert codes(gateway) == [Because.DEVICE_SILENT]
    assert (len(power.writes), len(water.writes)) == (1, 1)


def test_a_meter_that_two_holds_keep_off_is_one_alarm() -> None:
    """Both holds show that supply is back; a person is told once."""
    gateway, meter, hold_id = held(SHELLY)
    safety = gateway.suspend("M-1", reason=Reason.SAFETY).hold_id
    gateway.settle()
    assert gateway.leg(safety).off
    watched(gateway)
    meter.stand(connected=True)
    watched(gateway)
    watched(gateway)
    (alarm,) = alarms(gateway)
    assert (alarm.code, alarm.hold_id) == (Because.SUPPLY_BACK, safety)
    assert [gateway.leg(one).actual for one in (hold_id, safety)] == [ON, ON]
    assert len(meter.writes) == 1


def test_a_person_may_have_it_disconnected_again() -> None:
    """By their decision, with an intent of its own; both times off stay on record, and the matter is over."""
    gateway, meter, hold_id = held(XINTAI)
    meter.stand(connected=True)
    watched(gateway)
    gateway.decide(hold_id, Decision.RETRY)
    gateway.settle()
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.off, len(leg.off_before)) == (Outcome.VERIFIED, True, 1)
    assert leg.suspended_at is not None
    assert leg.off_before[0].reverted_at.not_after <= leg.suspended_at.not_before
    assert len(meter.writes) == 2
    watched(gateway)
    assert gateway.meter("M-1").watch.standing == ()
    assert gateway.waiting(hold_id) == []
    assert codes(gateway) == [Because.SUPPLY_BACK], "an alarm stays until somebody says that they know"
    gateway.restart()
