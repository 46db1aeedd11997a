"""Who calls, and what they may do."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from meterhold.domain.errors import Refused
from meterhold.domain.words import Because
from meterhold.usecases.keys import Role, authenticate
from meterhold.usecases.ports import ApiKey, Ports

FRESH_FOR_S = 5.0
"""How long a key that another process revoked may still be honoured."""
_UNKNOWN_FRESH_FOR_S = 0.5
"""How often an unknown key may cost a read of the store."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls."""

    name: str
    key_id: str
    roles: frozenset[str]

    def has(self, role: Role) -> bool:
        """Whether the key bears a role."""
        return role in self.roles


class KeyRing:
    """The API keys as last read, so that not every request reads the store."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._keys: Sequence[ApiKey] = ()
        self._read_at: float | None = None
        self._generation = 0

    def forget(self) -> None:
        """Read again before the next use: a key was made or revoked."""
        self._generation += 1
        self._read_at = None

    async def find(self, presented: str) -> ApiKey | None:
        """Find whose key this is."""
        await self._read_if_older_than(FRESH_FOR_S)
        found = authenticate(self._keys, presented)
        if found is None and await self._read_if_older_than(_UNKNOWN_FRESH_FOR_S):
            found = authenticate(self._keys, presented)
        return found

    async def _read_if_older_than(self, age_s: float) -> bool:
        now = self._ports.clock.monotonic()
        if self._read_at is not None and now - self._read_at < age_s:
            return False
        generation = self._generation
        self._keys = await self._ports.queries.api_keys()
        # What was read while a key was being revoked is used once and read again.
        self._read_at = now if generation == self._generation else None
        return True


class Guard:
    """The dependencies that routes name: each lets callers of certain roles through."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys

    async def reader(self, request: Request) -> Caller:
        """Any key reads."""
        return await self._caller(request, *Role)

    async def dispatcher(self, request: Request) -> Caller:
        """Who sends orders."""
        return await self._caller(request, Role.DISPATCHER)

    async def approver(self, request: Request) -> Caller:
        """Who decides what waits for a person."""
        return await self._caller(request, Role.APPROVER)

    async def technician(self, request: Request) -> Caller:
        """Who stands at a meter."""
        return await self._caller(request, Role.TECHNICIAN)

    async def technician_or_admin(self, request: Request) -> Caller:
        """Who may take a lock off."""
        return await self._caller(request, Role.TECHNICIAN, Role.ADMIN)

    async def admin(self, request: Request) -> Caller:
        """Who keeps keys, the inhibit and the registry."""
        return await self._caller(request, Role.ADMIN)

    async def _caller(self, request: Request, *roles: Role) -> Caller:
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not presented:
            raise Refused(Because.UNAUTHENTICATED, "send an API key: Authorization: Bearer mh_...")
        key = await self.keys.find(presented.strip())
        if key is None:
            raise Refused(Because.UNAUTHENTICATED, "the API key is unknown or revoked")
        if not set(roles).intersection(key.roles):
            raise Refused(Because.FORBIDDEN, f"this needs the role {' or '.join(roles)}")
        return Caller(key.name, key.key_id, frozenset(key.roles))
