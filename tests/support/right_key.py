"""A key for each role, and a client that presents the right one: no key may bear them all."""

import re
from collections.abc import Generator, Mapping

import httpx

from meterhold.domain.roles import Role
from meterhold.web.roles import ENDPOINTS, EVERYONE, PREFIX


class RightKey(httpx.Auth):
    """Presents at each endpoint a key of one role that opens it, unless the test has chosen one."""

    def __init__(self, keys: Mapping[Role, str]) -> None:
        """Hold a key for each role."""
        self._keys = keys

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Choose the key."""
        if "authorization" not in request.headers:
            request.headers["Authorization"] = f"Bearer {self._keys[_role_for(request)]}"
        yield request


def _role_for(request: httpx.Request) -> Role:
    """The dispatcher for its own orders, else the role that sees most, else the first that the table names."""
    roles = next((roles for place, roles in ENDPOINTS.items() if _is_at(request, *place)), frozenset({Role.AUDITOR}))
    if Role.AUDITOR in roles and Role.DISPATCHER in roles and "/orders/" in request.url.path and not request.url.query:
        return Role.DISPATCHER
    if request.method != "GET" and roles == EVERYONE:
        return Role.ADMIN
    return Role.AUDITOR if Role.AUDITOR in roles else min(roles, key=list(Role).index)


def _is_at(request: httpx.Request, method: str, template: str) -> bool:
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
    return method == request.method and re.fullmatch(f"({PREFIX})?{pattern}", request.url.path) is not None
