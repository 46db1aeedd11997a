"""Settings kept: read before a suspension and after its restore, over real wires; a difference is told, and no more."""

import pytest

from meterhold.domain.events import AlarmRaised, SettingsRead
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.kept_settings import Setting
from meterhold.domain.words import Because, Moment
from tests.integration.gateway.conftest import Open
from tests.support.desk import Desk
from tests.support.homes import Place, dds238, shelly
from tests.support.modbus_homes import lx47le

SETTABLE = [
    (lx47le("E-1"), Setting("over_current", "63.00", "A"), "over_current was 63.00 A and is 31.50 A"),
    (shelly("E-2"), Setting("initial_state", "restore_last"), "initial_state was restore_last and is on"),
]


async def read(desk: Desk, hold_id: str) -> list[SettingsRead]:
    """Every reading of settings in a hold."""
    return [event for _, _, event in await desk.ports.queries.hold_events(hold_id) if isinstance(event, SettingsRead)]


async def alarms(desk: Desk, hold_id: str) -> list[AlarmRaised]:
    """Every alarm of a hold."""
    return [event for _, _, event in await desk.ports.queries.hold_events(hold_id) if isinstance(event, AlarmRaised)]


@pytest.mark.parametrize(("meter", "setting", "said"), SETTABLE, ids=["modbus", "mqtt"])
async def test_a_setting_that_changed_in_the_hold_is_told_and_stops_nothing(
    meter: Place, setting: Setting, said: str, open_site: Open
) -> None:
    """The snapshot from before the write differs from that after the restore: an alarm with evidence, no attention."""
    async with open_site(meter) as here:
        hold = await here.desk.suspended(meter.meter_id)
        (before,) = await read(here.desk, hold.hold_id)
        assert (before.moment, setting in before.settings) == (Moment.BEFORE_SUSPEND, True)
        here.fleet.set_fault(meter.meter_id, "set_otherwise")
        hold = await here.desk.restored(hold.hold_id)
        assert [one.moment for one in await read(here.desk, hold.hold_id)] == [
            Moment.BEFORE_SUSPEND,
            Moment.AFTER_RESTORE,
        ]
        (alarm,) = await alarms(here.desk, hold.hold_id)
        assert (alarm.alarm.code, alarm.alarm.detail) == (Because.SETTINGS_CHANGED, said)
        assert setting.name in alarm.alarm.evidence
        assert not any(item.waiting for item in hold.attention)


@pytest.mark.parametrize("meter", [one[0] for one in SETTABLE], ids=["modbus", "mqtt"])
async def test_settings_that_stayed_raise_nothing(meter: Place, open_site: Open) -> None:
    """Both ends are kept and there is nothing to say."""
    async with open_site(meter) as here:
        hold = await here.desk.suspended(meter.meter_id)
        await here.desk.restored(hold.hold_id)
        first, last = await read(here.desk, hold.hold_id)
        assert first.settings == last.settings
        assert await alarms(here.desk, hold.hold_id) == []


async def test_settings_that_cannot_be_read_stop_neither_end(open_site: Open) -> None:
    """The breaker refuses to tell them: kept as not told, asked no more, and all goes on."""
    async with open_site(lx47le("E-1")) as here:
        here.fleet.set_fault("E-1", "no_settings")
        hold = await here.desk.suspended("E-1")
        (before,) = await read(here.desk, hold.hold_id)
        assert {setting.value for setting in before.settings} == {None}
        hold = await here.desk.restored(hold.hold_id)
        assert hold.status is HoldStatus.RESTORED
        assert await alarms(here.desk, hold.hold_id) == []


async def test_a_meter_without_named_settings_is_asked_nothing_more(open_site: Open) -> None:
    """As many reads as its looks need."""
    async with open_site(dds238("E-1")) as here:
        hold = await here.desk.suspended("E-1")
        await here.desk.restored(hold.hold_id)
        assert await read(here.desk, hold.hold_id) == []
