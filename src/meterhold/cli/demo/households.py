"""The people in the simulated homes: they draw now a little more, now a little less, as people do.

A flow that never changed is one of unknown age to a gateway that hears it through a cache. In a home where somebody
lives it changes.
"""

import asyncio
from itertools import cycle

from meterhold_simulators.fleet import Fleet
from meterhold_simulators.spec import FleetSpec, MeterSpec
from meterhold_simulators.spec_base import ElectricityBase, WaterBase

EVERY_S = 1.5
SHARES = (0.94, 1.0, 1.07, 0.98)


async def live(fleet: Fleet, spec: FleetSpec) -> None:
    """Draw for ever."""
    for share in cycle(SHARES):
        for meter in spec.meters:
            _draw(fleet, meter, share)
        await asyncio.sleep(EVERY_S)


def _draw(fleet: Fleet, meter: MeterSpec, share: float) -> None:
    match meter:
        case ElectricityBase():
            fleet.set_load(meter.id, load_w=meter.load_w * share)
        case WaterBase():
            fleet.set_demand(meter.id, meter.demand_m3_h * share)
