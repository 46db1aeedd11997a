"""A command that somebody left at a broker: kept in the meter's own stream, once."""

import asyncio
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from meterhold.domain.commands import ReportAlarm
from meterhold.domain.errors import UnknownThing
from meterhold.domain.events import AlarmRaised, stream_of
from meterhold.domain.words import Because
from meterhold.engine import Engine
from meterhold.usecases.alarming import report_retained_command
from meterhold.web.metrics import Instruments
from tests.fakes.gateway import Gateway
from tests.fakes.metering import SWV, place
from tests.fakes.world import run


def alarms(gateway: Gateway) -> list[AlarmRaised]:
    """What the journal keeps."""
    return [event for _, _, event in gateway.journal.events if isinstance(event, AlarmRaised)]


def site() -> Gateway:
    """A gateway with one meter."""
    gateway = Gateway()
    gateway.install(place(SWV, "W-1"))
    return gateway


def test_an_alarm_stands_in_the_meter_s_stream_with_topic_and_sentence() -> None:
    """It waits there for a person, and changes nothing else."""
    gateway = site()
    before = gateway.meter("W-1")
    run(report_retained_command(gateway.ports, "W-1", "site/W-1/set"))
    (raised,) = alarms(gateway)
    assert (raised.alarm.code, stream_of(raised)) == (Because.RETAINED_COMMAND, "meter:W-1")
    assert "site/W-1/set" in raised.alarm.detail
    after = gateway.meter("W-1")
    assert after == replace(before, alarms=(raised.alarm,), alarms_raised=1)
    gateway.restart()


def test_a_meter_that_nobody_knows_has_no_alarms() -> None:
    """The registry may have changed meanwhile."""
    with pytest.raises(UnknownThing):
        run(report_retained_command(site().ports, "W-9", "t"))


async def test_a_command_that_is_found_at_each_reconnect_is_said_once() -> None:
    """Once for each meter and topic as long as the process runs; what could not be kept is tried again."""
    gateway = site()
    engine = Engine(gateway.ports)
    gateway.journal.full = True
    engine.found_command("W-1", "site/W-1/set")
    await asyncio.sleep(0)
    gateway.journal.full = False
    for _ in range(3):
        engine.found_command("W-1", "site/W-1/set")
        await asyncio.sleep(0)
    engine.found_command("W-1", "site/W-1/other")
    await asyncio.sleep(0)
    assert len(alarms(gateway)) == 2


def test_alarms_are_counted() -> None:
    """For whoever watches the metrics."""
    gateway, registry = site(), CollectorRegistry()
    alarm = ReportAlarm(gateway.clock.now(), "W-1", Because.RETAINED_COMMAND, "site/W-1/set")
    Instruments(registry).committed([run(gateway.journal.submit(alarm))])
    assert registry.get_sample_value("meterhold_alarms_total", {"code": "RETAINED_COMMAND"}) == 1
