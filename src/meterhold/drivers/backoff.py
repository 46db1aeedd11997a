"""How long a peer that failed is left alone."""

_MOST_DOUBLINGS = 16


class Backoff:
    """Waits that double with each failure up to a limit, so that a flapping peer makes no storm."""

    __slots__ = ("_first_s", "_most_s", "failures", "not_before")

    def __init__(self, *, first_s: float = 0.25, most_s: float = 30.0) -> None:
        """Start without a failure."""
        self._first_s = first_s
        self._most_s = most_s
        self.failures = 0
        self.not_before = 0.0
        """The monotonic time before which the peer is not tried again."""

    def failed(self, now: float, *, stretch: float = 1.0) -> float:
        """Note one more failure; return how many seconds to leave the peer alone. ``stretch`` spreads many at once."""
        doublings = min(self.failures, _MOST_DOUBLINGS)
        wait_s = min(self._first_s * (1 << doublings), self._most_s) * stretch
        self.failures += 1
        self.not_before = now + wait_s
        return wait_s

    def succeeded(self) -> None:
        """Forget all failures: the peer did what it is there for."""
        self.failures = 0
        self.not_before = 0.0

    def wait_s(self, now: float) -> float:
        """How many seconds the peer is still left alone; 0 when it may be tried."""
        return max(0.0, self.not_before - now)
