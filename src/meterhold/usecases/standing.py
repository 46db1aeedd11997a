"""How a meter stands: what the gateway wants of it beside what is known, and what lies between the two."""

from dataclasses import dataclass

from meterhold.domain.hold import Attention, Hold
from meterhold.domain.meter import Meter
from meterhold.domain.operation import Operation
from meterhold.domain.words import Because
from meterhold.usecases.ports import Ports


@dataclass(frozen=True, slots=True)
class Standing:
    """A meter with the work that is open there and what waits for a person."""

    meter: Meter
    because: Because | None = None
    """Why it is not where it is wanted."""
    work: tuple[tuple[Hold, Operation], ...] = ()
    attention: tuple[tuple[Hold, Attention], ...] = ()


async def standing_of(ports: Ports, meter: Meter) -> Standing:
    """Read what belongs to a meter; the meter itself is not asked."""
    holds = [hold for hold_id in meter.open_holds if (hold := await ports.queries.hold(hold_id)) is not None]
    legs = [(hold, hold.leg(meter.meter_id)) for hold in holds]
    work = tuple((hold, leg.open_operation) for hold, leg in legs if leg.open_operation is not None)
    attention = tuple(
        (hold, item) for hold in holds for item in hold.attention if item.waiting and item.meter_id == meter.meter_id
    )
    return Standing(meter, await _cause(ports, meter, holds), work, attention)


async def _cause(ports: Ports, meter: Meter, holds: list[Hold]) -> Because | None:
    """What the leg says for which it is wanted elsewhere: that of the work under way before that of the last one."""
    for hold in holds:
        leg = hold.leg(meter.meter_id)
        if leg.busy and leg.because is not None:
            return leg.because
    intended = meter.intended
    if intended.state is None or intended.state is meter.actual.state or intended.hold_id is None:
        return None
    wanting = next((hold for hold in holds if hold.hold_id == intended.hold_id), None)
    wanting = wanting or await ports.queries.hold(intended.hold_id)
    legs = () if wanting is None else wanting.legs
    return next((leg.because for leg in legs if leg.meter_id == meter.meter_id), None)
