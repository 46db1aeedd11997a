"""Who calls."""

from dataclasses import dataclass

from meterhold.domain.roles import Role
from meterhold.domain.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, in which roles, within which limits."""

    name: str
    """The authenticated id: of two callers it is never the same."""
    key_id: str
    roles: frozenset[str]
    scope: Scope = EVERYTHING

    def has(self, role: Role) -> bool:
        """Whether the caller bears a role."""
        return role in self.roles
