"""When and where work runs: the sweep, one drain a link, and the calendar."""

from meterhold.engine.calendar import CalendarJob
from meterhold.engine.engine import Engine

__all__ = ["CalendarJob", "Engine"]
