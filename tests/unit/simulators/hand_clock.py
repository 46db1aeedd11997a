"""A clock that moves when it is told to."""


class HandClock:
    """Monotonic seconds, moved by hand; the fleet is woken by the one who moves it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The present moment."""
        return self.seconds
