"""Whose topics are whose: from what a broker brings to what the engine is to know of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from meterhold.engine.engine import Engine

_Topics = dict[tuple[str, str], tuple[str, ...]]
"""By configured link and topic: the meters."""


@dataclass(slots=True)
class Hearing:
    """Knows which meters speak and are commanded on which topics, and tells the engine once there is one."""

    engine: Engine | None = None
    _speak: _Topics = field(default_factory=dict)
    _obey: _Topics = field(default_factory=dict)
    _calls: dict[tuple[str, str], Callable[[], None]] = field(default_factory=dict)

    def learn(self, link: str, meter_id: str, *, speaks_on: Iterable[str], obeys: Iterable[str]) -> None:
        """Learn the topics of a meter."""
        _add(self._speak, link, meter_id, speaks_on)
        _add(self._obey, link, meter_id, obeys)

    def listen(self, link: str, topic: str, call: Callable[[], None]) -> None:
        """Have somebody called when something is said on a topic that is no meter's."""
        self._calls[link, topic] = call

    def message(self, link: str, topic: str) -> None:
        """A device, or somebody else, said something by itself."""
        if (call := self._calls.get((link, topic))) is not None:
            call()
        if self.engine is not None:
            for meter_id in self._speak.get((link, topic), ()):
                self.engine.heard(meter_id)

    def retained_command(self, link: str, topic: str) -> None:
        """A command was found that the broker repeats whenever the device connects."""
        if self.engine is not None:
            for meter_id in self._obey.get((link, topic), ()):
                self.engine.found_command(meter_id, topic)


def _add(known: _Topics, link: str, meter_id: str, topics: Iterable[str]) -> None:
    for topic in topics:
        meters = known.get((link, topic), ())
        if meter_id not in meters:
            known[link, topic] = (*meters, meter_id)
