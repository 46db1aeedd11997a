"""Canaries: secrets that a gateway at work is given, and that must show nowhere."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from meterhold.domain.commands import CreateKey
from meterhold.domain.roles import Role
from meterhold.settings import Credentials, Settings
from meterhold.usecases.ports import ApiKey
from tests.acceptance.conftest import Site

pytestmark = pytest.mark.timeout(120)

PASSWORD, FILED, STORE = "canary-broker-77aa", "canary-filed-88bb", "canary-store-99cc"
STRANGER = "mh_0a1b2c3d4e5f_canary-stranger-66dd"


def token() -> str:
    """What looks like a token, of an issuer that is not there."""
    parts = ({"alg": "ES256", "kid": "canary"}, {"iss": "http://127.0.0.1:1", "sub": "canary-subject-55ee"})
    texts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join((*texts, "canary-signature-44ff"))


def test_a_gateway_at_work_shows_no_secret(site: Site) -> None:
    """Not in its log at its most talkative, its answers, its metrics, its store or what commands print."""
    (site.folder / "config" / "password").write_text(FILED)
    site.env |= {
        "METERHOLD_LINK_BROKER_USERNAME": "gateway",
        "METERHOLD_LINK_BROKER_PASSWORD": PASSWORD,
        "METERHOLD_LOG_LEVEL": "debug",
        "METERHOLD_LOG_FORMAT": "json",
    }

    def believe(document: dict[str, Any]) -> None:
        document["http"]["oidc"] = {"issuer": "http://127.0.0.1:1", "audience": "meterhold"}
        document["links"]["broker"]["password_file"] = "password"

    site.edit("gateway.yaml", believe)
    site.make_key("auditor", "dispatcher")
    key = site.env["METERHOLD_API_KEY"]
    meters, gateway = site.simulate(), site.serve()
    told = []
    with httpx.Client(base_url=f"http://127.0.0.1:{site.port}", trust_env=False) as client:
        for presented in (key, STRANGER, token(), f"Basic {STRANGER}", f"{key}x"):
            for path in (
                "/metrics",
                "/api/v1/holds",
                "/api/v1/holds/H-1",
                f"/api/v1/orders/{STRANGER}",
                "/api/v1/keys",
            ):
                answer = client.get(path, headers={"Authorization": f"Bearer {presented}"})
                # Who puts a key into an address is told of "no order KEY"; the journal keeps it without the secret.
                told.append(f"{answer.headers}{'' if STRANGER in path else answer.text}")
        body = {"password": PASSWORD, "order_id": f"{STRANGER} ", "signature": {"value": STRANGER}}
        sent = client.post("/api/v1/orders", json=body, headers={"Authorization": f"Bearer {key}"})
        told.append(sent.text)
        assert sent.status_code == 422
    for command in (["hold", "list"], ["check"], ["check", "--json"], ["key", "list"], ["order", "show", "nope"]):
        ran = site.run(*command)
        told.append(ran.out + ran.err)
    assert gateway.stop() == 0
    meters.stop()
    told.append(gateway.said)
    assert "sweep" in gateway.said or "serves" in gateway.said
    secrets = [PASSWORD, FILED, key, key.split("_", 2)[2], STRANGER, STRANGER.split("_", 2)[2], "canary-signature-44ff"]
    for secret in secrets:
        assert not [text[:400] for text in told if secret in text], secret
        for file in (site.folder / "var").iterdir():
            assert secret.encode() not in file.read_bytes(), (secret, file.name)


@pytest.mark.parametrize("url", [f"postgresql://kim:{STORE}@127.0.0.1:1/x", f"mysql://kim:{STORE}@h/x", STORE])
@pytest.mark.parametrize("command", [["serve"], ["check"], ["db", "upgrade"], ["key", "list"], ["audit", "verify"]])
def test_a_store_that_cannot_be_had_does_not_show_its_password(site: Site, url: str, command: list[str]) -> None:
    """A sentence and an exit code, no traceback, and not the address."""
    site.env["METERHOLD_STORE_URL"] = url
    ran = site.run(*command)
    assert ran.exit == 3
    assert STORE not in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_what_holds_a_secret_does_not_show_it_when_it_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a debugger, an assertion or a traceback that shows values."""
    monkeypatch.setenv("METERHOLD_API_KEY", STRANGER)
    monkeypatch.setenv("METERHOLD_STORE_URL", f"postgresql://kim:{STORE}@h/x")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    key = ApiKey("k1", "cis", (Role.ADMIN,), "digest-of-the-key", now, None, old_digest="digest-of-the-old-one")
    printed = f"{Settings()!r}{Credentials('gateway', PASSWORD)!r}{key!r}"
    for secret in (STRANGER, STORE, PASSWORD, "digest-of"):
        assert secret not in printed
    assert "secret" not in CreateKey.__slots__
