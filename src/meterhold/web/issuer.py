"""The token issuer's public keys: fetched, believed for a while, and asked for again when a token names another."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from meterhold.documents.config_http import OidcSection, is_safe_url
from meterhold.domain.errors import Fault, Malformed, Refused
from meterhold.domain.words import Because
from meterhold.usecases.ports import Clock

_log = structlog.get_logger()

MOST_BYTES = 256 * 1024
RETRY_AFTER_S = 5.0
"""How soon an issuer that could not be asked is asked again."""
_LEAST_RSA_BITS = 2048
_ALGORITHM_OF = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
"""By kind of key and curve. A key is good for one algorithm, whatever a token says of itself."""

Keys = Mapping[str, PyJWK]


class IssuerUnavailable(Refused):
    """The issuer's keys cannot be had now: nobody's token can be checked, so nobody comes in with one."""

    def __init__(self) -> None:
        """Say so; why stands in the log, for it may name places."""
        super().__init__(
            Because.ISSUER_UNAVAILABLE, "the token cannot be checked now: its issuer's keys cannot be read"
        )


class Issuer:
    """One issuer's keys."""

    def __init__(self, oidc: OidcSection, clock: Clock) -> None:
        """Raises ``Malformed`` where a file of the section cannot be used."""
        self._oidc = oidc
        self._clock = clock
        self._from_file = None if oidc.jwks_file is None else _keys_in_file(oidc.jwks_file)
        self._trust = _trust(oidc)
        self._fetching = asyncio.Lock()
        self._keys: Keys = {}
        self._read_at: float | None = None
        self._asked_at: float | None = None
        self._failed = False

    async def key(self, kid: str) -> PyJWK | None:
        """The key of this name, or ``None``. Raises ``IssuerUnavailable``."""
        if self._from_file is not None:
            return self._from_file.get(kid)
        if self._must_read(kid):
            async with self._fetching:
                # Others may have asked while this one waited.
                if self._must_read(kid):
                    await self._read()
        if kid not in self._keys and self._failed:
            raise IssuerUnavailable
        return self._keys.get(kid)

    def _must_read(self, kid: str) -> bool:
        """Whether the keys are old, or a new one may have come."""
        if self._read_at is None or self._clock.monotonic() - self._read_at >= self._oidc.keys_for_s:
            return True
        return kid not in self._keys and self._may_ask()

    def _may_ask(self) -> bool:
        every_s = min(RETRY_AFTER_S, self._oidc.refetch_every_s) if self._failed else self._oidc.refetch_every_s
        return self._asked_at is None or self._clock.monotonic() - self._asked_at >= every_s

    async def _read(self) -> None:
        if not self._may_ask():
            raise IssuerUnavailable
        self._asked_at, self._failed = self._clock.monotonic(), True
        try:
            async with httpx.AsyncClient(timeout=self._oidc.timeout_s, verify=self._trust, trust_env=False) as client:
                async with asyncio.timeout(self._oidc.timeout_s):
                    keys = _keys_of(await _document(client, await self._where(client)))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError) as error:
            _log.warning("the token issuer's keys cannot be read", reason=str(error) or type(error).__name__)
            raise IssuerUnavailable from None
        self._keys, self._read_at, self._failed = keys, self._clock.monotonic(), False

    async def _where(self, client: httpx.AsyncClient) -> str:
        if self._oidc.jwks_url is not None:
            return self._oidc.jwks_url
        told = await _document(client, f"{self._oidc.issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != self._oidc.issuer:
            raise ValueError("its discovery document is of another issuer")
        url = told.get("jwks_uri")
        if not isinstance(url, str) or not is_safe_url(url):
            raise ValueError("its discovery document names no jwks_uri that begins with https://")
        return url


async def _document(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """Read a JSON object. A redirection is not followed: it could lead anywhere."""
    async with client.stream("GET", url, headers={"accept": "application/json"}) as response:
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"{url} answers {response.status_code}")
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise ValueError(f"{url} answers with more than {MOST_BYTES} bytes")
    document = json.loads(body)
    if isinstance(document, dict):
        return document
    raise ValueError(f"{url} answers with something else than a JSON object")


def _keys_in_file(file: str) -> Keys:
    try:
        return _keys_of(json.loads(Path(file).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Malformed("certificates", [Fault("http.oidc.jwks_file", f"{file} cannot be used: {reason}")]) from None


def _keys_of(document: Any) -> Keys:  # noqa: ANN401 - JSON
    """The keys that we can use, by name; what we cannot use is somebody else's."""
    listed = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, PyJWK] = {}
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(kid := entry.get("kid"), str) and kid not in found:
            key = _usable(entry)
            if key is not None:
                found[kid] = key
    if not found:
        raise ValueError("holds no key for RS256, ES256 or EdDSA")
    return found


def _usable(entry: Mapping[str, Any]) -> PyJWK | None:
    algorithm = _ALGORITHM_OF.get((str(entry.get("kty")), entry.get("crv")))
    published = "d" not in entry and entry.get("use", "sig") == "sig"
    if algorithm is None or not published or entry.get("alg", algorithm) != algorithm:
        return None
    try:
        key = PyJWK(dict(entry), algorithm)
    except PyJWTError:
        return None
    too_short = algorithm == "RS256" and getattr(key.key, "key_size", 0) < _LEAST_RSA_BITS
    return None if too_short else key


def _trust(oidc: OidcSection) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=oidc.ca)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise Malformed("certificates", [Fault("http.oidc.ca", f"{oidc.ca} cannot be used: {reason}")]) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
