"""While a hold lasts the gateway looks: what is wrong is said once, with evidence, and never fought."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhold.domain.alarm import Alarm
from meterhold.domain.commands import AcknowledgeAlarm, Terms
from meterhold.domain.errors import NeverSent, Refused
from meterhold.domain.events import LegRead, MeterWatched
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.watch import WatchRules
from meterhold.domain.words import Because, Decision, Mode, Moment, Outcome, Proof, Quantity, SupplyState
from meterhold.usecases.watching import Came, watch_meter
from tests.fakes.gateway import Gateway, built_in
from tests.fakes.metering import DDS238, SHELLY, SWV, XINTAI, FakeMeter, place
from tests.fakes.world import run

OFF, ON = SupplyState.DISCONNECTED, SupplyState.CONNECTED
HOUR_S = 3600.0


def held(profile: str = SHELLY, *, draws: bool = True, **fields: object) -> tuple[Gateway, FakeMeter, str]:
    """A meter whose suspension was proven and whose post-check is over."""
    gateway = Gateway()
    (meter,) = gateway.install(place(profile, "M-1"))
    meter.draws = draws
    hold_id = gateway.suspend("M-1", **fields).hold_id
    gateway.settle()
    assert gateway.hold(hold_id).status in {HoldStatus.SUSPENDED, HoldStatus.MONITORING}
    return gateway, meter, hold_id


def watched(gateway: Gateway, seconds: float = HOUR_S) -> Came:
    """Let time pass, and take one look."""
    gateway.clock.run_s(seconds)
    return run(watch_meter(gateway.ports, "M-1", None))


def alarms(gateway: Gateway) -> list[Alarm]:
    """The alarms that nobody has acknowledged."""
    return [alarm for alarm in gateway.journal.alarms.values() if alarm.acknowledged_at is None]


def codes(gateway: Gateway) -> list[Because]:
    """What they say."""
    return [alarm.code for alarm in alarms(gateway)]


def acknowledge(gateway: Gateway) -> None:
    """Let a person say that they know of the only alarm."""
    (alarm,) = alarms(gateway)
    run(gateway.journal.submit(AcknowledgeAlarm(gateway.clock.now(), alarm.alarm_id, "M-1", "desk", "seen")))


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


@pytest.mark.parametrize(("profile", "unit"), [(SHELLY, "kWh"), (XINTAI, "m3")])
def test_use_during_a_hold_is_said_above_the_threshold_and_again_when_it_has_doubled(profile: str, unit: str) -> None:
    """Counted from the register after the suspension, whatever the switch says."""
    gateway, meter, hold_id = held(profile)
    watched(gateway)
    meter.total += 0.05
    watched(gateway)
    assert codes(gateway) == []
    meter.total += 1.1
    watched(gateway)
    (alarm,) = alarms(gateway)
    assert (alarm.code, alarm.hold_id) == (Because.USAGE_WHILE_HELD, hold_id)
    assert unit in alarm.detail
    assert unit in alarm.evidence["now"]
    acknowledge(gateway)
    meter.total += 0.9
    watched(gateway)
    assert codes(gateway) == []
    meter.total += 0.4
    watched(gateway)
    assert codes(gateway) == [Because.USAGE_WHILE_HELD]


def test_a_register_that_goes_backwards_is_said() -> None:
    """Of a meter that can say who it is: it was reset, or somebody was at it."""
    gateway, meter, _ = held(XINTAI)
    watched(gateway)
    meter.total -= 20
    for _ in range(3):
        watched(gateway)
    (alarm,) = alarms(gateway)
    assert alarm.code is Because.REGISTER_BACKWARDS
    assert "1234.5" in alarm.evidence["before"]


def test_of_a_meter_without_a_name_a_smaller_register_is_said_and_not_taken_over() -> None:
    """It may be another house's meter: what is known of ours, and its commissioning, stay as they were."""
    gateway, meter, hold_id = held(DDS238)
    watched(gateway)
    before = gateway.meter("M-1")
    meter.total -= 500
    watched(gateway)
    assert codes(gateway) == [Because.REGISTER_BACKWARDS]
    after = gateway.meter("M-1")
    assert (after.last_register, after.actual) == (before.last_register, before.actual)
    assert after.commissioning == before.commissioning
    assert gateway.leg(hold_id).off


@pytest.mark.parametrize("profile", [SHELLY, XINTAI, SWV])
def test_another_meter_in_its_place_is_said(profile: str) -> None:
    """By its serial number or its id; nothing of it is taken for ours."""
    gateway, meter, hold_id = held(profile)
    meter.serial = "00000000000000AA" if profile == XINTAI else "id-other"
    watched(gateway)
    watched(gateway)
    (alarm,) = alarms(gateway)
    assert alarm.code is Because.METER_REPLACED
    assert meter.serial.lower() in alarm.evidence["answered"].lower()
    assert gateway.leg(hold_id).off
    assert len(meter.writes) == 1


def test_a_device_that_stays_silent_is_said_after_a_while_and_once() -> None:
    """The first failures are no news; that it answers again ends the matter, and the next silence is another one."""
    gateway, meter, _ = held(DDS238)
    watched(gateway)
    meter.silent = True
    came = [watched(gateway) for _ in range(8)]
    (alarm,) = alarms(gateway)
    assert alarm.code is Because.DEVICE_SILENT
    assert came == [Came.SAID, *[Came.UNSEEN] * 3, Came.SAID, *[Came.UNSEEN] * 3]
    acknowledge(gateway)
    watched(gateway)
    assert codes(gateway) == []
    meter.silent = False
    watched(gateway)
    assert gateway.meter("M-1").watch.silent_since is None
    meter.silent = True
    for _ in range(6):
        watched(gateway)
    assert codes(gateway) == [Because.DEVICE_SILENT]


def test_silence_is_counted_on_over_a_restart() -> None:
    """Since when it has not answered stands in the journal."""
    gateway, meter, _ = held(DDS238)
    watched(gateway)
    meter.silent = True
    watched(gateway)
    gateway.restart()
    for _ in range(4):
        watched(gateway)
    assert codes(gateway) == [Because.DEVICE_SILENT]


def test_a_link_that_is_down_says_nothing_of_the_meters_behind_it() -> None:
    """It is said of the link, once, and not of each of thousands."""
    gateway, _, _ = held(DDS238)
    gateway.links.down.add("line")
    with pytest.raises(NeverSent):
        watched(gateway, 9 * HOUR_S)
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


def test_an_empty_house_is_proven_off_by_a_register_that_stands_still() -> None:
    """For as long as the profile asks, while the supply side was shown alive; the order's answer stays as it was."""
    gateway, _, hold_id = held(SHELLY, draws=False)
    window_s = built_in()[SHELLY].timing.proof_window_s
    assert window_s is not None
    days = int(window_s / 86_400)
    for _ in range(days * 24):
        watched(gateway)
    assert gateway.leg(hold_id).proof is Proof.STATE_READ
    watched(gateway)
    watched(gateway)
    assert gateway.leg(hold_id).proof is Proof.LOAD_PROVEN
    assert codes(gateway) == []
    gateway.restart()


@pytest.mark.parametrize("disturbed", ["mains", "register", "unseen"])
def test_what_disturbs_the_window_begins_it_anew(disturbed: str) -> None:
    """No supply in the street, something drawn, or nobody looking: then standing still proves nothing."""
    gateway, meter, hold_id = held(SHELLY, draws=False)
    for day in range(12):
        if day == 5 and disturbed == "unseen":
            gateway.clock.run_s(3 * 86_400)
        meter.mains = not (day == 5 and disturbed == "mains")
        meter.total += 0.01 if day == 5 and disturbed == "register" else 0
        watched(gateway, 86_400)
    expected = Proof.STATE_READ
    assert gateway.leg(hold_id).proof is (Proof.LOAD_PROVEN if disturbed == "none" else expected)


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


def test_the_site_says_what_is_much_and_what_is_long() -> None:
    """Thresholds come from the configuration."""
    gateway, meter, _ = held(SHELLY)
    gateway.terms = Terms(watch=WatchRules(usage_threshold_kwh=Decimal(20), silent_after_s=600))
    meter.total += 15
    watched(gateway)
    assert codes(gateway) == []
    meter.silent = True
    watched(gateway)
    watched(gateway, 60)
    assert codes(gateway) == [Because.DEVICE_SILENT]
