"""What a rule is."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from meterhold.profiles.language.definition import Definition
from meterhold.profiles.language.references import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, and where."""

    path: Path
    rule: str


Names = Collection[str]
"""The names of all points, whole or not."""
Check = Callable[[Definition, Names], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, and the sections without which it cannot run."""

    needs: tuple[str, ...]
    check: Check
