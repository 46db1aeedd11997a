"""What sections say of points: that they exist, that tests fit them, that names are used and registers are whole."""

from collections.abc import Iterator

from meterhold.domain.words import Identity
from meterhold.profiles.language.definition import Definition
from meterhold.profiles.language.references import REFERENCES
from meterhold.profiles.language.rules.rule import Around, Problem


def known(section: str, profile: Definition, around: Around) -> Iterator[Problem]:
    """A section speaks of points that exist, and makes tests that they can meet."""
    for reference in REFERENCES[section](profile):
        if reference.name not in around.points:
            yield Problem(reference.path, f"there is no point {reference.name!r}")
        elif reference.name in profile.points:
            kind = profile.points[reference.name].kind
            for path, test in reference.tests:
                if misfit := test.misfit(kind):
                    yield Problem(path, misfit)


def used(profile: Definition, _: Around) -> Iterator[Problem]:
    """A point that nothing reads is a slip of the pen: most likely a name that was meant elsewhere."""
    read = {reference.name for find in REFERENCES.values() for reference in find(profile)}
    for name, point in profile.points.items():
        if name not in read and point.quantity is None:
            yield Problem(("points", name), "is used by no section and measures no quantity")


def billed(profile: Definition, _: Around) -> Iterator[Problem]:
    """A billing register is one quantity, once."""
    seen: dict[str, str] = {}
    for n, name in enumerate(profile.registers):
        point = profile.points.get(name)
        if point is None:
            continue
        if point.quantity is None:
            yield Problem(("registers", n), f"point {name!r} has no quantity: a register needs its unit")
        elif point.quantity in seen:
            yield Problem(("registers", n), f"{point.quantity} is already given by {seen[point.quantity]!r}")
        else:
            seen[point.quantity] = name


def identified(profile: Definition, _: Around) -> Iterator[Problem]:
    """A fingerprint rests on a billing register."""
    register = profile.identity.register_
    if profile.identity.strength is Identity.FINGERPRINT and register not in profile.registers:
        yield Problem(("identity", "register"), f"{register!r} is not among the billing registers")


def guarded(profile: Definition, _: Around) -> Iterator[Problem]:
    """A guard works by taking the identity away."""
    if profile.guards and profile.identity.strength is Identity.NONE:
        yield Problem(("guards",), "a guard that fails leaves nobody known, and identity none is that already")
