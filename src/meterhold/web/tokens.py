"""OpenID Connect tokens: who calls by the word of the configured issuer, and in which roles."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from jwt.exceptions import InvalidAudienceError, InvalidIssuerError, InvalidSignatureError, PyJWTError
from jwt.types import Options

from meterhold.documents.config_http import OidcSection
from meterhold.domain.errors import Refused
from meterhold.domain.roles import TOKEN_PREFIX, Role
from meterhold.domain.words import Because
from meterhold.usecases.ports import Clock
from meterhold.web.caller import Caller
from meterhold.web.issuer import Issuer

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""All that is accepted: never ``none``, never a shared secret."""
LONGEST_TOKEN = 16 * 1024
_LONGEST_NAME = 200
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_OUR_CLOCK: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": ["exp", "iss", "aud"]}
"""What the library leaves to us: it would ask the machine's clock, which may jump."""


class TokenReader:
    """Turns a token into a caller, or says why not."""

    def __init__(self, oidc: OidcSection, clock: Clock) -> None:
        """Raises ``Malformed`` where a file of the section cannot be used."""
        self._oidc = oidc
        self._clock = clock
        self._issuer = Issuer(oidc, clock)

    async def caller(self, token: str) -> Caller:
        """Say who calls. Raises ``Refused``, which never repeats the token."""
        claims = await self._claims(token)
        self._check_times(claims)
        roles = self._roles(claims)
        name = claims.get(self._oidc.name_claim)
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise _refused(f"has no usable {self._oidc.name_claim}")
        return Caller(f"{TOKEN_PREFIX}{name}", TOKEN_PREFIX, roles)

    async def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise _refused("is too long")
        try:
            header = jwt.get_unverified_header(token)
        except (PyJWTError, RecursionError):
            raise _refused("is not a signed token") from None
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS or "crit" in header:
            raise _refused(f"must be signed with {', '.join(ALGORITHMS)}")
        key = await self._issuer.key(kid) if isinstance(kid, str) else None
        if key is None:
            raise _refused("is signed with a key that its issuer does not have")
        if key.algorithm_name != algorithm:
            raise _refused("is not signed as its key is to be used")
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._oidc.audience,
                issuer=self._oidc.issuer,
                options=_OUR_CLOCK,
            )
        except InvalidSignatureError:
            raise _refused("is not what its issuer signed") from None
        except InvalidIssuerError:
            raise _refused("is from another issuer") from None
        except InvalidAudienceError:
            raise _refused("is for another audience") from None
        except (PyJWTError, RecursionError):
            raise _refused("lacks a claim, or holds one that cannot be read") from None
        return claims

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now, leeway = self._clock.now(), timedelta(seconds=self._oidc.leeway_s)
        if now >= _moment(claims["exp"]) + leeway:
            raise _refused("has expired")
        for name in ("nbf", "iat"):
            if name in claims and now < _moment(claims[name]) - leeway:
                raise _refused("is not valid yet")

    def _roles(self, claims: Mapping[str, Any]) -> frozenset[str]:
        told = _claim(claims, self._oidc.roles_claim)
        words = told.split() if isinstance(told, str) else told if isinstance(told, list) else []
        ours: Mapping[str, Role] = {str(role): role for role in Role} if self._oidc.roles is None else self._oidc.roles
        roles = frozenset(str(ours[word]) for word in words if isinstance(word, str) and word in ours)
        if not roles:
            raise Refused(Because.FORBIDDEN, "the token bears no role that is known here")
        return roles


def _claim(claims: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - a claim may hold anything
    """A claim by its own name, else by the path that the name may be."""
    if name in claims:
        return claims[name]
    here: Any = claims
    for part in name.split("."):
        here = here.get(part) if isinstance(here, Mapping) else None
    return here


def _moment(seconds: Any) -> datetime:  # noqa: ANN401 - a claim may hold anything
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= _LATEST.timestamp():
        raise _refused("names a time that cannot be read")
    return datetime.fromtimestamp(seconds, UTC)


def _refused(why: str) -> Refused:
    return Refused(Because.UNAUTHENTICATED, f"the token {why}")
