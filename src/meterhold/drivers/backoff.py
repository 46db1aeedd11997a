"""How long a peer that failed is left alone."""

_MOST_DOUBLINGS = 16


class Backoff:
    """Waits that double with each failure up to a limit, so that a flapping peer makes no storm.

    A peer that comes and goes is well again and again: its failures are forgotten only once it has been well for
    ``steady_s``.
    """

    __slots__ = ("_first_s", "_most_s", "_steady_s", "_well_since", "failures", "not_before")

    def __init__(self, *, first_s: float = 0.25, most_s: float = 30.0, steady_s: float = 10.0) -> None:
        """Start without a failure."""
        self._first_s = first_s
        self._most_s = most_s
        self._steady_s = steady_s
        self._well_since: float | None = None
        self.failures = 0
        """How many failures are remembered."""
        self.not_before = 0.0
        """The monotonic time before which the peer is not tried again."""

    def failed(self, now: float, *, stretch: float = 1.0) -> float:
        """Note one more failure; return how many seconds to leave the peer alone. ``stretch`` spreads many at once."""
        self._end_of_well(now)
        return self._wait(now, self.failures, stretch)

    def slipped(self, now: float) -> float:
        """Note that a peer which was well has left us: unless it did so lately, it may be tried again at once."""
        self._end_of_well(now)
        return self._wait(now, self.failures - 1, 1.0)

    def succeeded(self, now: float) -> None:
        """Note that the peer does what it is there for."""
        if self._well_since is None:
            self._well_since = now
        self.not_before = 0.0

    def forget(self) -> None:
        """Forget all failures."""
        self.failures = 0
        self.not_before = 0.0

    def wait_s(self, now: float) -> float:
        """How many seconds the peer is still left alone; 0 when it may be tried."""
        return max(0.0, self.not_before - now)

    def _end_of_well(self, now: float) -> None:
        if self._well_since is not None and now - self._well_since >= self._steady_s:
            self.failures = 0
        self._well_since = None

    def _wait(self, now: float, doublings: int, stretch: float) -> float:
        wait_s = 0.0
        if doublings >= 0:
            wait_s = min(self._first_s * (1 << min(doublings, _MOST_DOUBLINGS)), self._most_s) * stretch
        self.failures += 1
        self.not_before = now + wait_s
        return wait_s
