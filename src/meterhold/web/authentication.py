"""Who calls, and what they may do."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from meterhold.domain.errors import Refused
from meterhold.domain.roles import Role
from meterhold.domain.words import Because
from meterhold.usecases.keys import authenticate
from meterhold.usecases.ports import ApiKey, Ports
from meterhold.web.roles import is_free, roles_of

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
    """Lets a request in by the table of roles. The whole application depends on it, so no route can be left out."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys

    async def admit(self, request: Request) -> None:
        """Let nobody in whom the table does not name. Routes that need to know who calls ask for ``caller``."""
        if not is_free(request.method, _template(request)):
            await self.caller(request)

    async def caller(self, request: Request) -> Caller:
        """Say who calls, if they may."""
        caller = await self._authenticated(request)
        roles = roles_of(request.method, _template(request))
        if not roles:
            raise Refused(Because.FORBIDDEN, "this opens to no role: web/roles.py does not name it")
        if not roles & caller.roles:
            raise Refused(Because.FORBIDDEN, f"this needs the role {' or '.join(sorted(roles))}")
        return caller

    # Until every router has moved to the table.
    reader = dispatcher = approver = technician = technician_or_admin = admin = caller

    async def _authenticated(self, request: Request) -> Caller:
        known = getattr(request.state, "caller", None)
        if isinstance(known, Caller):
            return known
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not presented:
            raise Refused(Because.UNAUTHENTICATED, "send an API key: Authorization: Bearer mh_...")
        key = await self.keys.find(presented.strip())
        if key is None:
            raise Refused(Because.UNAUTHENTICATED, "the API key is unknown or revoked")
        caller = Caller(key.name, key.key_id, frozenset(key.roles))
        request.state.caller = caller
        return caller


def _template(request: Request) -> str:
    """The path that the route was declared with."""
    return str(getattr(request.scope.get("route"), "path", ""))
