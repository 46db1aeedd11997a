"""Alarms: what is wrong at a meter outside any work on it, and that a person knows of one."""

from meterhold.domain.alarm import Alarm
from meterhold.domain.commands import AcknowledgeAlarm, ReportAlarm
from meterhold.domain.errors import UnknownThing
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because
from meterhold.usecases.ports import Ports


async def report_retained_command(ports: Ports, meter_id: str, topic: str) -> None:
    """Keep that a retained command was found on a topic that the meter obeys. We never send one."""
    because = Because.RETAINED_COMMAND
    alarm = ReportAlarm(ports.clock.now(), meter_id, because, f"{sentence(because)}: {topic}", topic)
    await ports.journal.submit(alarm)


async def acknowledge_alarm(ports: Ports, alarm_id: str, by: str, comment: str) -> Alarm:
    """Keep that a person knows of an alarm. Raises ``UnknownThing``, or ``Refused`` where somebody did so before."""
    alarm = await ports.queries.alarm(alarm_id)
    if alarm is None:
        raise UnknownThing(Because.NOT_FOUND, f"there is no alarm {alarm_id!r}")
    command = AcknowledgeAlarm(ports.clock.now(), alarm_id, alarm.meter_id, by, comment)
    return (await ports.journal.submit(command)).alarms[alarm_id]
