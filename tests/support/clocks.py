"""A real clock that a test may push forward, so that half a minute's wait is over at once."""

import time
from datetime import datetime, timedelta

from meterhold.clock import SteadyClock, machine_time


class PushedClock(SteadyClock):
    """The machine's time plus what it was pushed by; wall and monotonic time go together, so that no jump shows."""

    def __init__(self) -> None:
        """Start with the machine's time."""
        self._pushed_s = 0.0
        super().__init__(wall=self._wall_time, monotonic=lambda: time.monotonic() + self._pushed_s)

    def push(self, seconds: float) -> None:
        """Let so much time have passed."""
        self._pushed_s += seconds

    def _wall_time(self) -> datetime:
        return machine_time() + timedelta(seconds=self._pushed_s)


class SetClock(SteadyClock):
    """A real clock of a machine whose wall clock a test may set; what was set has to stand for a while to count."""

    def __init__(self, settle_s: float) -> None:
        """Start with the machine's time."""
        self._set_by = timedelta()
        super().__init__(wall=self._wall_time, settle_s=settle_s)

    def set_by(self, step: timedelta) -> None:
        """Set the wall clock of the machine."""
        self._set_by += step

    def _wall_time(self) -> datetime:
        return machine_time() + self._set_by
