"""Forecasts come in: the newest of each area counts, and what waited for better weather is looked at again."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands import ReceiveForecasts
from meterhold.domain.events import ForecastReceived
from meterhold.domain.policy.weather import Forecast
from meterhold.usecases.ports import Ports
from meterhold.usecases.reviewing import review_deferred


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the forecast of an area."""

    area: str
    taken: bool
    issued_at: datetime
    """Of the forecast that counts now."""


async def receive_forecasts(ports: Ports, forecasts: tuple[Forecast, ...]) -> tuple[Taken, ...]:
    """Take over what is newer than what is known. Raises ``Refused`` where one was issued in the future."""
    draft = await ports.journal.submit(ReceiveForecasts(ports.clock.now(), forecasts))
    new = {event.forecast.area for event in draft.events if isinstance(event, ForecastReceived)}
    if new and ports.terms.policy.looks_at_weather:
        await review_deferred(ports)
    known = draft.site.forecasts
    return tuple(Taken(one.area, one.area in new, known[one.area].issued_at) for one in forecasts)
