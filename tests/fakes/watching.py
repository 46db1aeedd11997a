"""A held meter, looks of the watch at it, and the alarms that they raise."""

from meterhold.domain.alarm import Alarm
from meterhold.domain.commands import AcknowledgeAlarm
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because
from meterhold.usecases.watching import Came, watch_meter
from tests.fakes.gateway import Gateway
from tests.fakes.metering import SHELLY, FakeMeter, place
from tests.fakes.world import run

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
