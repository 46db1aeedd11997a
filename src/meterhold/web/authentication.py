"""Who is let in, and to what."""

from fastapi import Request

from meterhold.domain.errors import Refused
from meterhold.domain.roles import too_much
from meterhold.domain.words import Because
from meterhold.usecases.keys import PREFIX as KEY_PREFIX
from meterhold.usecases.ports import Ports
from meterhold.web.caller import Caller
from meterhold.web.keyring import KeyRing
from meterhold.web.roles import is_free, name_of, roles_of
from meterhold.web.tokens import TokenReader

__all__ = ["Caller", "Guard"]


class Guard:
    """Lets a request in by the table of roles. The whole application depends on it, so no route can be left out."""

    def __init__(self, ports: Ports, tokens: TokenReader | None = None) -> None:
        """``tokens`` reads those of an issuer, where the site has one."""
        self._ports = ports
        self._tokens = tokens
        self.keys = KeyRing(ports)

    async def admit(self, request: Request) -> None:
        """Let nobody in whom the table does not name. Routes that need to know who calls ask for ``caller``."""
        if not is_free(request.method, _template(request)):
            await self._within_limits(request, await self.caller(request))

    async def caller(self, request: Request) -> Caller:
        """Say who calls, if they may."""
        caller = await self._authenticated(request)
        roles = roles_of(request.method, _template(request))
        if not roles:
            raise Refused(Because.FORBIDDEN, "this opens to no role: web/roles.py does not name it")
        if not roles & caller.roles:
            raise Refused(Because.FORBIDDEN, f"this needs the role {' or '.join(sorted(roles))}")
        return caller

    async def _within_limits(self, request: Request, caller: Caller) -> None:
        """Hold a key to its limits at what the path names; of orders, the use case holds it to them."""
        only = caller.scope.only
        if only and name_of(request.method, _template(request)) not in only:
            raise Refused(Because.FORBIDDEN, f"this key opens only {', '.join(only)}")
        meter_id = request.path_params.get("meter_id")
        if meter_id is None or request.method == "GET" or not caller.scope.limits_meters:
            return
        meter = await self._ports.queries.meter(meter_id)
        beyond = None if meter is None else caller.scope.beyond_meter(meter.installation)
        if beyond is not None:
            raise Refused(Because.FORBIDDEN, beyond)

    async def _authenticated(self, request: Request) -> Caller:
        known = getattr(request.state, "caller", None)
        if isinstance(known, Caller):
            return known
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not presented:
            raise Refused(Because.UNAUTHENTICATED, "send an API key: Authorization: Bearer mh_...")
        caller = await self._known(presented.strip())
        for one, other in too_much(caller.roles):
            # A key with both is not made; a token, or a store that somebody else wrote, may say anything.
            raise Refused(Because.FORBIDDEN, f"this caller bears {one} and {other}, which must be two callers")
        request.state.caller = caller
        return caller

    async def _known(self, presented: str) -> Caller:
        if self._tokens is not None and not presented.startswith(f"{KEY_PREFIX}_"):
            return await self._tokens.caller(presented)
        key = await self.keys.find(presented)
        if key is None:
            raise Refused(Because.UNAUTHENTICATED, "the API key is unknown, expired or revoked")
        return Caller(key.name, key.key_id, frozenset(key.roles), key.scope)


def _template(request: Request) -> str:
    """The path that the route was declared with."""
    return str(getattr(request.scope.get("route"), "path", ""))
