"""What is wrong at a meter outside any work on it: said in the meter's own stream."""

from meterhold.domain.commands import ReportAlarm
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because
from meterhold.usecases.ports import Ports


async def report_retained_command(ports: Ports, meter_id: str, topic: str) -> None:
    """Keep that a retained command was found on a topic that the meter obeys. We never send one."""
    because = Because.RETAINED_COMMAND
    alarm = ReportAlarm(ports.clock.now(), meter_id, because, f"{sentence(because)}: {topic}")
    await ports.journal.submit(alarm)
