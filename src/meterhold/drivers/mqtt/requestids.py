"""Ids that pair a reply with its request."""

from random import Random

_HIGHEST = 2**31 - 1
"""A JSON number that every device keeps exact, also in 32 bits."""


class RequestIds:
    """Request ids that one process never gives twice, with a reply topic for each.

    Numbers start at random and the topics carry a random name of the run, so that a reply to a request of an earlier
    run finds nobody.
    """

    __slots__ = ("_last", "_prefix", "_run")

    def __init__(self, topic_prefix: str, random: Random) -> None:
        """Draw the start and the run's name."""
        self._prefix = topic_prefix
        self._last = random.randrange(2**30)
        self._run = f"{random.getrandbits(40):010x}"

    def next(self) -> tuple[int, str]:
        """A request id and the topic prefix of its reply."""
        self._last = self._last + 1 if self._last < _HIGHEST else 1
        return self._last, f"{self._prefix}/{self._run}-{self._last}"
