"""What a rule is."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from meterhold.profiles.codec import Codec
from meterhold.profiles.language.definition import Definition
from meterhold.profiles.language.references import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, and where."""

    path: Path
    rule: str


@dataclass(frozen=True, slots=True)
class Around:
    """What rules know beside the profile."""

    points: Collection[str]
    """The names of all points, whole or not."""
    codecs: Mapping[str, Codec]
    """The codecs that are installed."""


Check = Callable[[Definition, Around], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, and the sections without which it cannot run."""

    needs: tuple[str, ...]
    check: Check
