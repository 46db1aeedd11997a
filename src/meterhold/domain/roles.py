"""What a caller may be, and what nobody may be at once."""

from collections.abc import Collection, Iterator
from enum import StrEnum
from itertools import combinations


class Role(StrEnum):
    """What a key or a token is for. No role has it all, and the table of endpoints says what each has."""

    DISPATCHER = "dispatcher"
    """Sends orders, and reads what became of its own."""
    APPROVER = "approver"
    """Decides what waits for a person; of orders, sends restores only."""
    TECHNICIAN = "technician"
    """Works at meters: locks, live reads, verification, exchange."""
    AUDITOR = "auditor"
    """Reads everything and changes nothing."""
    ADMIN = "admin"
    """Keeps keys, the inhibit, the registry and others' locks."""


APART = (
    frozenset({Role.DISPATCHER, Role.APPROVER}),
    frozenset({Role.DISPATCHER, Role.ADMIN}),
    frozenset({Role.APPROVER, Role.ADMIN}),
)
"""Who asks for a disconnection, who decides on it and who hands out keys are three: no caller is two of them."""


TOKEN_PREFIX = "oidc:"  # noqa: S105 - the beginning of a name, no secret
"""How the callers of the token issuer are named; no key may be."""


def person_of(name: str) -> str:
    """Whom a caller's name speaks of: a person may bear a key and a token, and is one person all the same."""
    return name.casefold().removeprefix(TOKEN_PREFIX)


def too_much(roles: Collection[str]) -> Iterator[tuple[str, str]]:
    """Name the roles that one caller may not bear together."""
    for pair in combinations(sorted(roles), 2):
        if frozenset(pair) in APART:
            yield pair
