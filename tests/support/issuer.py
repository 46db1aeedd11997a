"""A small token issuer on a real socket: a discovery document, its public keys, and tokens as a test wants them."""

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fastapi import FastAPI, Response

from meterhold.cli.serving import serving

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
AUDIENCE = "meterhold"


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key."""
    return rsa.generate_private_key(65537, bits)


def ec_key() -> ec.EllipticCurvePrivateKey:
    """A P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def ed_key() -> ed25519.Ed25519PrivateKey:
    """An Ed25519 key."""
    return ed25519.Ed25519PrivateKey.generate()


def published(kid: str, key: PrivateKey, **more: str) -> dict[str, Any]:
    """A public key as an issuer publishes it."""
    maker = jwt.get_algorithm_by_name(algorithm_of(key))
    shown: dict[str, Any] = json.loads(maker.to_jwk(key.public_key()))
    shown.pop("key_ops", None)
    return shown | {"kid": kid, "use": "sig"} | more


def algorithm_of(key: PrivateKey) -> str:
    """What a key signs with."""
    match key:
        case rsa.RSAPrivateKey():
            return "RS256"
        case ec.EllipticCurvePrivateKey():
            return "ES256"
        case _:
            return "EdDSA"


@dataclass
class Issuer:
    """Who issues, with which keys, and how often it was asked for them."""

    url: str = ""
    keys: dict[str, PrivateKey] = field(default_factory=dict)
    more: list[dict[str, Any]] = field(default_factory=list)
    """Published beside the keys."""
    asked: int = 0
    answer: Callable[[], Response] | None = None
    """Instead of the keys."""
    discovery: dict[str, Any] = field(default_factory=dict)
    """Changes to the discovery document."""

    def token(
        self,
        now: datetime,
        *,
        kid: str = "k1",
        headers: Mapping[str, Any] | None = None,
        **claims: Any,  # noqa: ANN401
    ) -> str:
        """Sign a token that is good for ten minutes, but for what is said otherwise; ``None`` leaves a claim out."""
        sound = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "kim",
            "roles": ["auditor"],
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=10)).timestamp()),
        }
        content = {name: value for name, value in (sound | claims).items() if value is not None}
        key = self.keys[kid]
        said = {name: value for name, value in {"kid": kid, **(headers or {})}.items() if value is not None}
        return jwt.encode(content, key, algorithm=algorithm_of(key), headers=said)

    def app(self) -> FastAPI:
        """What it serves."""
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def discover() -> dict[str, Any]:
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | self.discovery

        @app.get("/keys")
        async def keys() -> Response:
            self.asked += 1
            if self.answer is not None:
                return self.answer()
            listed = [*(published(kid, key) for kid, key in self.keys.items()), *self.more]
            return Response(json.dumps({"keys": listed}), media_type="application/json")

        return app


@asynccontextmanager
async def issuing(*keys: PrivateKey) -> AsyncIterator[Issuer]:
    """Serve an issuer whose keys are called k1, k2, ..."""
    issuer = Issuer(keys={f"k{n}": key for n, key in enumerate(keys, 1)})
    async with serving(issuer.app(), "127.0.0.1", 0) as where:
        issuer.url = where
        yield issuer


def unsigned(now: datetime, url: str) -> str:
    """A token that says of itself that it needs no signature."""
    return f"{_content('none', now, url)}."


def signed_as_a_secret(public: bytes, now: datetime, url: str) -> str:
    """A token that is signed with the public key, as if that were a secret which both sides share."""
    content = _content("HS256", now, url)
    return f"{content}.{_text(hmac.digest(public, content.encode(), 'sha256'))}"


def _content(algorithm: str, now: datetime, url: str) -> str:
    claims = {"iss": url, "aud": AUDIENCE, "sub": "kim", "roles": ["admin"], "exp": int(now.timestamp()) + 600}
    return ".".join(_text(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": "k1"}, claims))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
