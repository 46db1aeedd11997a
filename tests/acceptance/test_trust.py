"""A site that trusts nobody by default, with the installed program: TLS, rotated keys, signed orders."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import Site
from tests.support.certificates import Authority
from tests.support.signing import private_key, private_pem, public_pem

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def secured(site: Site, tmp_path: Path) -> Site:
    """A site whose API speaks TLS, with a key for each kind of caller."""
    authority = Authority(tmp_path / "plant")
    pair = authority.pair("127.0.0.1")

    def secure(document: dict[str, Any]) -> None:
        document["http"]["tls"] = {"certificate": pair.certificate, "key": pair.key}

    site.edit("gateway.yaml", secure)
    site.env |= {"METERHOLD_URL": f"https://127.0.0.1:{site.port}", "METERHOLD_CA": authority.file}
    site.make_keys()
    return site


def order(order_id: str) -> str:
    """An order to pause a home whose gateway is simulated."""
    return json.dumps(
        {
            "schema_version": 1,
            "order_id": order_id,
            "action": "suspend",
            "issued_at": datetime.now(UTC).isoformat(),
            "meters": ["W-1001"],
            "reason": "seasonal",
            "starts_at": "2099-01-01T08:00:00+01:00",
        }
    )


def test_a_secured_site_from_the_command_line(secured: Site, tmp_path: Path) -> None:
    """Whom nobody vouches for is not believed; a key is rotated under load of work; orders must be signed and are."""
    gateway = secured.serve()
    assert f"https://127.0.0.1:{secured.port}" in gateway.said
    blind = Site(secured.folder, secured.port, {k: v for k, v in secured.env.items() if k != "METERHOLD_CA"})
    assert "CERTIFICATE_VERIFY_FAILED" in blind.run("hold", "list").err
    assert blind.run("--ca", secured.env["METERHOLD_CA"], "hold", "list").exit == 0
    elsewhere = blind.run("--url", "https://127.0.0.1:1", "hold", "list")
    assert (elsewhere.exit, "https://127.0.0.1:1" in elsewhere.err) == (3, True)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{secured.port}/healthz", trust_env=False)

    listed = secured.run("key", "list", "--json").json
    (desk,) = (key for key in listed if key["name"] == "tester")
    old = Site(secured.folder, secured.port, dict(secured.env))
    rotated = secured.run("key", "rotate", desk["key_id"], "--overlap", "1h", "--json").json
    secured.env["METERHOLD_API_KEY"] = rotated["key"]
    assert [one.run("hold", "list").exit for one in (old, secured)] == [0, 0]
    at_once = secured.run("key", "rotate", desk["key_id"], "--overlap", "0", "--json").json
    assert "UNAUTHENTICATED" in old.run("hold", "list").err
    secured.env["METERHOLD_API_KEY"] = at_once["key"]
    assert secured.run("key", "rotate", desk["key_id"], "--overlap", "soon").exit == 2
    again = secured.run("key", "create", "tester", "--role", "auditor")
    assert (again.exit, "NAME_TAKEN" in again.err) == (1, True)
    too_much = secured.run("key", "create", "x", "--role", "dispatcher", "--role", "admin")
    assert (too_much.exit, "must be two callers" in too_much.err) == (2, True)
    minted = secured.run("key", "create", "y", "--role", "approver")
    assert (minted.exit, "FORBIDDEN" in minted.err) == (1, True)
    probe = secured.run("key", "create", "probe", "--role", "auditor", "--limit", "only=GET /metrics", "--json").json
    limited = Site(secured.folder, secured.port, secured.env | {"METERHOLD_API_KEY": probe["key"]})
    assert "FORBIDDEN" in limited.run("hold", "list").err

    pem, pub = tmp_path / "cis.pem", tmp_path / "cis.pub"
    pem.write_bytes(private_pem(private_key(7)))
    pub.write_text(public_pem(private_key(7)))
    assert secured.run("originator", "add", "tester", "t-1", str(pub)).exit == 0
    unsigned = secured.run("order", "submit", "-", stdin=order("S-1"))
    assert (unsigned.exit, "SIGNATURE" in unsigned.err) == (1, True)
    options = ("--key", str(pem), "--key-id", "t-1", "--sender", "tester")
    signed = secured.run("order", "sign", "-", *options, "--counter", "1", stdin=f"{order('S-1')}\n{order('S-2')}\n")
    assert signed.exit == 0, signed.err
    first, second = signed.out.splitlines()
    taken = secured.run("order", "submit", "-", "--json", stdin=first)
    assert (taken.exit, taken.json["result"]) == (0, "open"), taken.err
    assert secured.run("order", "submit", "-", stdin=second).exit == 1, "holds on one meter may not overlap"
    stale = secured.run("order", "sign", "-", *options, "--counter", "2", stdin=order("S-3")).out
    refused = secured.run("order", "submit", "-", stdin=stale)
    assert (refused.exit, "a counter that was used" in refused.err) == (1, True)
    assert secured.run("originator", "revoke", "tester", "t-1").exit == 0
    assert "t-1" in secured.run("originator", "list").out
    assert gateway.stop() == 0


def test_certificates_that_cannot_be_used_keep_the_gateway_from_starting(secured: Site) -> None:
    """Serve and check say the same, with what to do about it."""
    file = secured.folder / "plant" / "127.0.0.1.key"
    file.chmod(0o644)
    for command in ("serve", "check"):
        ran = secured.run(command)
        assert ran.exit == 2
        told = " ".join((ran.out + ran.err).split())
        assert "chmod" in told


def test_a_gateway_does_not_speak_plain_http_on_a_network(site: Site) -> None:
    """Unless somebody writes that it may; and then its log says so."""
    site.edit("gateway.yaml", lambda document: document["http"].update(host="0.0.0.0"))
    for command in ("serve", "check"):
        ran = site.run(command)
        assert ran.exit == 2
        assert "plain_on_network" in ran.out + ran.err
    site.edit("gateway.yaml", lambda document: document["http"].update(plain_on_network=True))
    gateway = site.serve()
    assert gateway.stop() == 0
    assert "plain HTTP on a network" in gateway.said
