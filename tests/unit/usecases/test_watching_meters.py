"""What a held meter tells beside its supply: use, registers, its name, silence, and a register that stands still."""

from decimal import Decimal

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.errors import NeverSent
from meterhold.domain.watch import WatchRules
from meterhold.domain.words import Because, Proof
from meterhold.usecases.watching import Came
from tests.fakes.gateway import built_in
from tests.fakes.metering import DDS238, SHELLY, SWV, XINTAI
from tests.fakes.watching import HOUR_S, acknowledge, alarms, codes, held, watched


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


def test_a_device_that_answers_no_question_and_speaks_by_itself_is_not_silent() -> None:
    """A battery valve asleep: what it said lately is a sign of life."""
    gateway, meter, _ = held(SWV)
    watched(gateway)
    meter.deaf = True
    for _ in range(8):
        assert watched(gateway) is not Came.UNSEEN
    assert codes(gateway) == []


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
