"""The real clock and the real names: the only home of the machine's time.

The machine's wall clock may jump: set by hand, by a bad time server, by a virtual machine that was paused. Holds are
scheduled in wall time, so a jump that was followed blindly would start or expire them in a flood. ``SteadyClock``
therefore counts from one reading of the wall clock on the monotonic clock, notices when the machine disagrees, and
is not trusted until the disagreement has stood still long enough to be taken over.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

JUMP_LIMIT_S = 2.0
SETTLE_S = 60.0


def machine_time() -> datetime:
    """Read the machine's own wall clock, which may jump."""
    return datetime.now(UTC)


def pause(seconds: float) -> None:
    """Sleep. For the command line, which has no loop while it waits for a gateway."""
    time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Jump:
    """A disagreement between the machine's clock and ours, and since when it has been this large."""

    by_s: float
    since_monotonic: float


class SteadyClock:
    """Civil time that never follows a jump of the machine's clock, until the jump has settled and is taken over."""

    def __init__(
        self,
        *,
        wall: Callable[[], datetime] = machine_time,
        monotonic: Callable[[], float] = time.monotonic,
        limit_s: float = JUMP_LIMIT_S,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._limit_s = limit_s
        self._settle_s = settle_s
        self._anchor = wall()
        self._anchored_at = monotonic()
        self._jump: Jump | None = None

    def now(self) -> datetime:
        """Civil time, UTC: the anchor plus what the monotonic clock has counted since."""
        return self._anchor + timedelta(seconds=self._monotonic() - self._anchored_at)

    def monotonic(self) -> float:
        """Seconds on a clock that only ever goes forward."""
        return self._monotonic()

    def trusted(self) -> bool:
        """Whether civil time may be believed, as of the last ``check``."""
        return self._jump is None

    @property
    def jump(self) -> Jump | None:
        """The jump that has not been settled yet."""
        return self._jump

    def check(self) -> float:
        """Compare with the machine's clock and return by how many seconds it is ahead of ours.

        A difference above the limit withdraws trust; one that goes away by itself gives it back.
        """
        ahead_s = (self._wall() - self.now()).total_seconds()
        if abs(ahead_s) <= self._limit_s:
            self._jump = None
        elif self._jump is None or abs(ahead_s - self._jump.by_s) > self._limit_s:
            self._jump = Jump(ahead_s, self._monotonic())
        return ahead_s

    def take_over(self) -> float | None:
        """Adopt the machine's time once a jump has stood still for the settling time; return the step in seconds.

        ``None``: there is nothing to take over, or not yet. Whoever calls this must let the waits of open work move
        with the clock.
        """
        ahead_s = self.check()
        jump = self._jump
        if jump is None or self._monotonic() - jump.since_monotonic < self._settle_s:
            return None
        self._anchor = self.now() + timedelta(seconds=ahead_s)
        self._anchored_at = self._monotonic()
        self._jump = None
        return ahead_s


_COUNTER_BITS = 12
_RANDOM_BITS = 62
_VERSION_7 = 7
_VARIANT = 0b10


class UuidIds:
    """UUIDs of version 7: the milliseconds first, so that later ones sort later, then a counter, then randomness."""

    def __init__(self, random: Random, now: Callable[[], datetime]) -> None:
        self._random = random
        self._now = now
        self._last = 0

    def new(self) -> str:
        """A name that was never given before; it sorts after all that this process gave."""
        millis = int(self._now().timestamp() * 1000)
        # Half of the counter stays free at the start of a millisecond; beyond it the next one is borrowed, and a
        # clock that stepped back goes on counting from the last name.
        fresh = millis << _COUNTER_BITS | self._random.getrandbits(_COUNTER_BITS - 1)
        self._last = max(fresh, self._last + 1)
        millis, counter = divmod(self._last, 1 << _COUNTER_BITS)
        head = (millis << 4 | _VERSION_7) << _COUNTER_BITS | counter
        tail = _VARIANT << _RANDOM_BITS | self._random.getrandbits(_RANDOM_BITS)
        return str(UUID(int=head << 64 | tail))


def machine_ids() -> UuidIds:
    """Names from the machine's own clock and randomness, for a process that gives only a few."""
    return UuidIds(secrets.SystemRandom(), machine_time)
