"""Tokens of an issuer on a real socket: who is let in by its word, who is not, and what happens when it is silent."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from fastapi import Response
from prometheus_client import CollectorRegistry

from meterhold.documents.config_http import OidcSection
from meterhold.domain.errors import Malformed
from meterhold.web import TokenReader, create_app
from meterhold.web.issuer import MOST_BYTES, RETRY_AFTER_S
from tests.fakes.ports import NOON, FakeWorld
from tests.support.issuer import (
    AUDIENCE,
    Issuer,
    PrivateKey,
    algorithm_of,
    ec_key,
    ed_key,
    issuing,
    published,
    rsa_key,
    signed_as_a_secret,
    unsigned,
)

API = "/api/v1"


class Healthy:
    """An engine that is well."""

    def healthy(self) -> bool:
        """Yes."""
        return True


class Site:
    """A gateway that believes an issuer."""

    def __init__(self, issuer: Issuer, **changes: Any) -> None:  # noqa: ANN401 - fields of the section
        """Name the issuer."""
        self.world = FakeWorld()
        self.issuer = issuer
        self.oidc = OidcSection(**{"issuer": issuer.url, "audience": AUDIENCE} | changes)
        self.app = create_app(
            self.world.ports,
            engine_state=Healthy(),
            metrics_registry=CollectorRegistry(),
            tokens=TokenReader(self.oidc, self.world.clock),
        )

    async def ask(self, token: str, method: str = "GET", path: str = "/holds", **body: object) -> httpx.Response:
        """Ask with a token."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.request(
                method, API + path, headers={"Authorization": f"Bearer {token}"}, json=body or None
            )

    def token(self, **changes: Any) -> str:  # noqa: ANN401 - claims
        """A token of now."""
        return self.issuer.token(self.world.clock.now(), **changes)


@pytest.fixture(scope="module")
def rsa() -> PrivateKey:
    """Takes a while to make."""
    return rsa_key()


@pytest.fixture
async def issuer(rsa: PrivateKey) -> AsyncIterator[Issuer]:
    """With a key of each kind: k1 RSA, k2 EC, k3 Ed25519."""
    async with issuing(rsa, ec_key(), ed_key()) as issuer:
        yield issuer


@pytest.mark.parametrize("kid", ["k1", "k2", "k3"])
async def test_who_the_issuer_vouches_for_is_let_in(issuer: Issuer, kid: str) -> None:
    """RS256, ES256 and EdDSA; under a name that no key can bear."""
    site = Site(issuer)
    assert (await site.ask(site.token(kid=kid))).status_code == 200
    answer = await site.ask(site.token(kid=kid, roles=["admin"]), "PUT", "/inhibit", reason="storm")
    assert answer.json()["by"] == "oidc:kim"


async def test_its_roles_are_ours_by_name_or_by_the_table(issuer: Issuer) -> None:
    """In a claim of its own, deeper, under an address as a name, or as a line of words."""
    site = Site(issuer, roles_claim="realm_access.roles", roles={"grid-audit": "auditor"})
    assert (await site.ask(site.token(realm_access={"roles": ["offline", "grid-audit"]}))).status_code == 200
    assert (await site.ask(site.token(realm_access={"roles": ["auditor"]}))).status_code == 403
    site = Site(issuer, roles_claim="https://utility.example/roles")
    assert (await site.ask(site.token(**{"https://utility.example/roles": "x auditor"}))).status_code == 200


async def test_a_role_opens_what_it_opens_to_a_key(issuer: Issuer) -> None:
    """No more."""
    site = Site(issuer)
    assert (await site.ask(site.token(roles=["technician"]), "PUT", "/inhibit", reason="x")).status_code == 403
    assert (await site.ask(site.token(roles=["technician"]), path="/meters")).status_code == 200


def mangled(token: str) -> str:
    """One bit of the signed content is another."""
    header, claims, signature = token.split(".")
    text = base64.urlsafe_b64decode(claims + "==").replace(b'"kim"', b'"kit"')
    return ".".join((header, base64.urlsafe_b64encode(text).decode().rstrip("="), signature))


def confused(site: Site) -> str:
    """Signed with the public key as if it were a shared secret."""
    public = json.dumps(published("k1", site.issuer.keys["k1"]))
    return signed_as_a_secret(public.encode(), NOON, site.issuer.url)


def other_curve(site: Site) -> str:
    """Says RS256 and names an Ed25519 key."""
    return site.token(kid="k1", headers={"kid": "k3"})


def bottomless() -> str:
    """JSON that is nested deeper than any parser goes."""
    return base64.urlsafe_b64encode(b'{"alg":' + b"[" * 5000).decode().rstrip("=")


REFUSED: dict[str, tuple[Callable[[Site], str], int, str]] = {
    "expired": (lambda s: s.token(exp=int((NOON - timedelta(seconds=31)).timestamp())), 401, "has expired"),
    "never expires": (lambda s: s.token(exp=None), 401, "lacks a claim"),
    "not yet valid": (lambda s: s.token(nbf=int((NOON + timedelta(seconds=31)).timestamp())), 401, "not valid yet"),
    "of tomorrow": (lambda s: s.token(iat=int((NOON + timedelta(days=1)).timestamp())), 401, "not valid yet"),
    "a time that is none": (lambda s: s.token(exp="soon"), 401, "the token"),
    "a time beyond time": (lambda s: s.token(exp=1e30), 401, "the token"),
    "wrong issuer": (lambda s: s.token(iss="https://elsewhere.example"), 401, "another issuer"),
    "no issuer": (lambda s: s.token(iss=None), 401, "the token"),
    "issuer with a slash": (lambda s: s.token(iss=s.issuer.url + "/"), 401, "another issuer"),
    "wrong audience": (lambda s: s.token(aud="billing"), 401, "another audience"),
    "no audience": (lambda s: s.token(aud=None), 401, "the token"),
    "altered byte": (lambda s: mangled(s.token()), 401, "not what its issuer signed"),
    "cut signature": (lambda s: s.token()[:-6], 401, "the token"),
    "unknown key": (lambda s: s.token(headers={"kid": "k9"}), 401, "does not have"),
    "no key named": (lambda s: s.token(headers={"kid": None}), 401, "the token"),
    "another's key": (lambda s: s.token(kid="k2", headers={"kid": "k3"}), 401, "not signed as its key"),
    "alg none": (lambda s: unsigned(NOON, s.issuer.url), 401, "must be signed with"),
    "shared secret": (confused, 401, "must be signed with"),
    "alg of another key": (other_curve, 401, "not signed as its key"),
    "critical extension": (lambda s: s.token(headers={"crit": ["b64"], "b64": False}), 401, "the token"),
    "no subject": (lambda s: s.token(sub=None), 401, "no usable sub"),
    "empty subject": (lambda s: s.token(sub=""), 401, "no usable sub"),
    "subject with a line break": (lambda s: s.token(sub="kim\nadmin"), 401, "no usable sub"),
    "no roles": (lambda s: s.token(roles=None), 403, "no role"),
    "empty roles": (lambda s: s.token(roles=[]), 403, "no role"),
    "strange roles": (lambda s: s.token(roles={"admin": True}), 403, "no role"),
    "unknown roles": (lambda s: s.token(roles=["king"]), 403, "no role"),
    "too many roles": (lambda s: s.token(roles=["dispatcher", "approver"]), 403, "must be two callers"),
    "too long": (lambda s: s.token(padding="x" * 20_000), 401, "too long"),
    "bottomless header": (lambda _: f"{bottomless()}.e30.c2ln", 401, "not a signed token"),
    "no token": (lambda _: "abc.def.ghi", 401, "not a signed token"),
    "no token either": (lambda _: "rubbish", 401, "not a signed token"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_token_that_is_not_quite_right_opens_nothing(issuer: Issuer, case: str) -> None:
    """Each says why, and none says what it held."""
    site = Site(issuer)
    make, status, words = REFUSED[case]
    token = make(site)
    answer = await site.ask(token)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text
    assert token.split(".")[-1][:20] not in answer.text or len(token.split(".")[-1]) < 20
    assert not site.world.store.submitted


async def test_the_issuer_s_clock_may_be_a_little_off(issuer: Issuer) -> None:
    """By the leeway, in both directions, and it is the gateway's steady clock that counts."""
    site = Site(issuer, leeway_s=30)
    early, late = int(NOON.timestamp()) - 29, int(NOON.timestamp()) + 30
    assert (await site.ask(site.token(exp=early))).status_code == 200
    assert (await site.ask(site.token(iat=late, nbf=late))).status_code == 200
    token = site.token()
    site.world.clock.pass_by(629)
    assert (await site.ask(token)).status_code == 200
    site.world.clock.pass_by(1)
    assert (await site.ask(token)).status_code == 401


async def test_a_new_key_of_the_issuer_is_found_and_a_flood_asks_once(issuer: Issuer) -> None:
    """An unknown key costs a question, and then no other one for a while."""
    site = Site(issuer, refetch_every_s=30)
    assert (await site.ask(site.token())).status_code == 200
    issuer.keys["k4"] = ed_key()
    assert (await site.ask(site.token(kid="k4"))).status_code == 401
    site.world.clock.pass_by(30)
    assert (await site.ask(site.token(kid="k4"))).status_code == 200
    assert issuer.asked == 2
    for _ in range(20):
        assert (await site.ask(site.token(headers={"kid": "k9"}))).status_code == 401
    assert issuer.asked == 2


async def test_a_key_that_the_issuer_withdrew_stops_within_the_hour(issuer: Issuer) -> None:
    """Keys are read again when they are old, whether or not a token names another."""
    site = Site(issuer, keys_for_s=3600)
    withdrawn = issuer.keys["k3"]
    assert (await site.ask(site.token(kid="k3"))).status_code == 200
    del issuer.keys["k3"]
    site.world.clock.pass_by(3600)
    token = jwt.encode(
        {"iss": issuer.url, "aud": AUDIENCE, "sub": "kim", "roles": ["auditor"], "exp": NOON.timestamp() + 4000},
        withdrawn,
        algorithm=algorithm_of(withdrawn),
        headers={"kid": "k3"},
    )
    assert (await site.ask(token)).status_code == 401
    assert (await site.ask(site.token())).status_code == 200


BROKEN: dict[str, Callable[[], Response]] = {
    "error": lambda: Response("no", 500),
    "redirection": lambda: Response(status_code=302, headers={"location": "/.well-known/openid-configuration"}),
    "no JSON": lambda: Response("<html>"),
    "no object": lambda: Response("[]"),
    "no keys": lambda: Response('{"keys": []}'),
    "bottomless": lambda: Response("[" * 100_000),
    "odd address": lambda: Response('{"keys": {"a": 1}}'),
    "too much": lambda: Response("x" * (MOST_BYTES + 1)),
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_while_the_issuer_cannot_be_asked_its_tokens_open_nothing(issuer: Issuer, kind: str) -> None:
    """503 with a code, not 401: the token may be a good one. Our own keys work, and so do tokens once it answers."""
    site = Site(issuer)
    issuer.answer = BROKEN[kind]
    for _ in range(3):
        answer = await site.ask(site.token())
        assert (answer.status_code, answer.json()["code"]) == (503, "ISSUER_UNAVAILABLE")
        assert "retry-after" in answer.headers
    assert issuer.asked == 1
    issuer.answer = None
    site.world.clock.pass_by(RETRY_AFTER_S)
    assert (await site.ask(site.token())).status_code == 200


async def test_an_issuer_that_is_not_there_is_the_same(issuer: Issuer) -> None:
    """Nobody listens."""
    site = Site(issuer, jwks_url="http://127.0.0.1:1/keys")
    assert (await site.ask(site.token())).json()["code"] == "ISSUER_UNAVAILABLE"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": "http://keys.example/keys"},
        {"jwks_uri": None},
    ],
)
async def test_a_discovery_document_that_leads_astray_is_not_followed(issuer: Issuer, changes: dict[str, Any]) -> None:
    """Of another issuer, or to where anybody can change what comes."""
    issuer.discovery = changes
    site = Site(issuer)
    assert (await site.ask(site.token())).json()["code"] == "ISSUER_UNAVAILABLE"
    assert issuer.asked == 0


async def test_of_the_published_keys_only_sound_ones_are_used(issuer: Issuer) -> None:
    """Too short, for encryption, with their private half, or for another algorithm: they sign nothing here."""
    short, other, leaked = rsa_key(1024), ed_key(), ed_key()
    private = json.loads(jwt.get_algorithm_by_name("EdDSA").to_jwk(leaked))
    issuer.more = [
        published("short", short),
        published("enc", other, use="enc"),
        published("hs", other, alg="HS256"),
        private | {"kid": "leaked"},
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        {"kty": "EC", "crv": "P-384", "kid": "p384"},
        {"kty": "RSA", "kid": "empty"},
    ]
    site = Site(issuer)
    for kid, key in (("enc", other), ("hs", other), ("leaked", leaked)):
        issuer.keys = {**issuer.keys, "signing": key}
        token = site.token(kid="signing", headers={"kid": kid})
        issuer.keys.pop("signing")
        assert "does not have" in (await site.ask(token)).json()["detail"]


async def test_keys_from_a_file_need_no_network(issuer: Issuer, tmp_path: Path) -> None:
    """Read at start; a file with faults keeps the gateway from starting."""
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [published("k3", issuer.keys["k3"])]}))
    site = Site(issuer, jwks_file=str(file))
    assert (await site.ask(site.token(kid="k3"))).status_code == 200
    assert (await site.ask(site.token(kid="k1"))).status_code == 401
    assert issuer.asked == 0
    for content in ("", "{}", '{"keys": [{"kty": "oct"}]}'):
        file.write_text(content)
        with pytest.raises(Malformed, match=r"http\.oidc\.jwks_file"):
            Site(issuer, jwks_file=str(file))


async def test_a_key_is_a_key_where_there_are_tokens_too(issuer: Issuer) -> None:
    """And an unknown one is refused without asking the issuer."""
    site = Site(issuer)
    answer = await site.ask("mh_nope_nope")
    assert (answer.status_code, "API key" in answer.json()["detail"]) == (401, True)
    assert issuer.asked == 0
