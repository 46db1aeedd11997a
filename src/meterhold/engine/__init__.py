"""When and where work runs: the sweep, one drain a link, and the calendar."""

from meterhold.engine.attending import attend
from meterhold.engine.calendar import CalendarJob
from meterhold.engine.checkpointing import Checkpointing
from meterhold.engine.engine import Engine
from meterhold.engine.forecasts import ForecastFile, ForecastPost
from meterhold.engine.hearing import Hearing
from meterhold.engine.room import room_of, watching

__all__ = [
    "CalendarJob",
    "Checkpointing",
    "Engine",
    "ForecastFile",
    "ForecastPost",
    "Hearing",
    "attend",
    "room_of",
    "watching",
]
