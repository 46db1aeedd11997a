"""Holds as the HTTP face shows them: with the open alarms of their meters."""

from meterhold.documents.hold import HoldView, view_hold
from meterhold.domain.hold import Hold
from meterhold.usecases.ports import Ports


async def hold_view(ports: Ports, hold: Hold) -> HoldView:
    """Show a hold, and what is wrong at its meters as far as it is the hold's business."""
    meters = await ports.queries.meters([leg.meter_id for leg in hold.legs])
    alarms = (alarm for meter in meters.values() for alarm in meter.alarms)
    return view_hold(hold, [alarm for alarm in alarms if alarm.hold_id in {None, hold.hold_id}])
