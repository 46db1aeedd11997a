"""The HTTP face in ``gateway.yaml``: where it listens, its certificates, and whose tokens it believes."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from meterhold.documents.config_fields import File, Host, Port, Seconds, StrictSection
from meterhold.domain.roles import Role


def is_loopback(host: str) -> bool:
    """Whether a host can only be this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_safe_url(url: str) -> bool:
    """Whether nobody on the way can read or change what comes from there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _safe_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or not parts.hostname or parts.fragment:
        raise ValueError("must be an address such as https://login.example, without a user or password")
    if not is_safe_url(url):
        raise ValueError("must begin with https:// (http:// only on the loopback address)")
    return url


Url = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_safe_url)]
Claim = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,200}$")]
"""The name of a claim; ``realm_access.roles`` is ``roles`` in ``realm_access``."""


class HttpTlsSection(StrictSection):
    """TLS of the API."""

    certificate: File
    """The gateway's own, with what connects it to its authority."""
    key: File
    """Of the certificate, without a passphrase; nobody but the gateway's user and group may read it."""
    client_ca: File | None = None
    """Where it is said, clients must show a certificate of this authority, beside their key or token."""


class OidcSection(StrictSection):
    """OpenID Connect: whose tokens are believed. RS256, ES256 and EdDSA, and nothing else."""

    issuer: Url
    """Exactly as it stands in the tokens."""
    audience: Annotated[str, Field(min_length=1, max_length=500)]
    jwks_url: Url | None = None
    """Where the issuer's keys are; without it and without a file its discovery document says so."""
    jwks_file: File | None = None
    """The issuer's keys in a file, for a gateway that cannot reach it. Read at start."""
    ca: File | None = None
    """Who vouches for the issuer's server; the system's authorities, if not said."""
    roles_claim: Claim = "roles"
    roles: dict[str, Annotated[Role, Field(strict=False)]] | None = None
    """What the issuer calls our roles, to ours; if not said it calls them as we do."""
    name_claim: Claim = "sub"
    """Who the caller is, beside the issuer. It must never be given to another person: ``sub`` never is."""
    leeway_s: Annotated[float, Field(ge=0, le=120, allow_inf_nan=False)] = 30
    """How far the issuer's clock may be from ours."""
    timeout_s: Seconds = 5
    keys_for_s: Annotated[float, Field(ge=60, le=86_400, allow_inf_nan=False)] = 3600
    """How long the issuer's keys are believed before they are read again."""
    refetch_every_s: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] = 30
    """How often, at most, a token with an unknown key may cost a question to the issuer."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.jwks_url is not None and self.jwks_file is not None:
            raise ValueError("jwks_url and jwks_file exclude each other")
        return self


class HttpSection(StrictSection):
    """Where the API listens, and how callers are known beside their keys."""

    host: Host = "127.0.0.1"
    port: Port = 8480
    tls: HttpTlsSection | None = None
    oidc: OidcSection | None = None
    plain_on_network: bool = False
    """Keys and orders may cross a network unprotected: only where something else protects it, and never lightly."""

    @model_validator(mode="after")
    def _protected(self) -> Self:
        if self.tls is None and not is_loopback(self.host) and not self.plain_on_network:
            raise ValueError(
                f"would speak plain HTTP on {self.host}, keys and all: give it tls, or write plain_on_network: true"
                " where something else protects that network"
            )
        return self


def placed_http(http: HttpSection, at: Callable[[str | None], str | None]) -> HttpSection:
    """Let the section's files be where ``at`` says."""
    update: dict[str, object] = {}
    if http.tls is not None:
        files = {name: at(getattr(http.tls, name)) for name in ("certificate", "key", "client_ca")}
        update["tls"] = http.tls.model_copy(update=files)
    if http.oidc is not None:
        files = {name: at(getattr(http.oidc, name)) for name in ("jwks_file", "ca")}
        update["oidc"] = http.oidc.model_copy(update=files)
    return http.model_copy(update=update)
