"""Record that a meter was replaced by another one."""

from meterhold.domain.commands import ExchangeMeter
from meterhold.domain.exchange import Exchange
from meterhold.domain.meter import Meter
from meterhold.usecases.ports import Ports


async def exchange_meter(ports: Ports, meter_id: str, exchange: Exchange) -> Meter:
    """Keep it, and let the holds at the meter go on with the new one. Raises ``Refused`` for what cannot be true."""
    draft = await ports.journal.submit(ExchangeMeter(ports.clock.now(), meter_id, exchange, ports.terms))
    return draft.meter(meter_id)
