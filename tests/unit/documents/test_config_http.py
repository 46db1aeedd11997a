"""The HTTP section: nothing leaves this machine unprotected by an oversight, and tokens are believed of one issuer."""

from pathlib import Path

import pytest

from meterhold.documents.config import load_config, parse_config
from meterhold.domain.errors import Malformed

SITE = """\
schema_version: 1
site: {name: demo, time_zone: Europe/Berlin}
store: {url: "sqlite:///journal.sqlite"}
meters: meters.csv
links: {street-1: {kind: modbus, host: 10.0.0.1}}
"""
TLS = "tls: {certificate: tls/gateway.pem, key: tls/gateway.key}"
OIDC = "issuer: https://login.example/realm, audience: meterhold"


def faults_of(http: str) -> list[tuple[str, str]]:
    """What a section is answered with: field and rule."""
    with pytest.raises(Malformed) as caught:
        parse_config(f"{SITE}http: {http}\n")
    assert all(fault.line for fault in caught.value.faults)
    return [(fault.field, fault.rule) for fault in caught.value.faults]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    """The loopback address needs nothing."""
    assert parse_config(f"{SITE}http: {{host: '{host}'}}\n").http.tls is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "gateway.example", "127.0.0.1.example"])
def test_on_a_network_plain_http_must_be_written_down(host: str) -> None:
    """Without TLS the gateway does not start there, unless somebody says in so many words that it may."""
    ((field, rule),) = faults_of(f"{{host: '{host}'}}")
    assert field == "http"
    assert "plain_on_network: true" in rule
    assert f"plain HTTP on {host}" in rule
    assert parse_config(f"{SITE}http: {{host: '{host}', {TLS}}}\n").http.tls is not None
    assert parse_config(f"{SITE}http: {{host: '{host}', plain_on_network: true}}\n").http.plain_on_network


def test_its_files_count_from_the_configuration(tmp_path: Path) -> None:
    """Certificates, and an issuer's keys."""
    file = tmp_path / "gateway.yaml"
    oidc = f"oidc: {{{OIDC}, jwks_file: keys.json, ca: tls/ca.pem}}"
    file.write_text(f"{SITE}http:\n  {TLS.replace('}', ', client_ca: tls/ca.pem}')}\n  {oidc}\n")
    http = load_config(file).http
    assert http.tls is not None
    assert http.oidc is not None
    assert (http.tls.certificate, http.tls.key) == (f"{tmp_path}/tls/gateway.pem", f"{tmp_path}/tls/gateway.key")
    assert {http.tls.client_ca, http.oidc.ca} == {f"{tmp_path}/tls/ca.pem"}
    assert http.oidc.jwks_file == f"{tmp_path}/keys.json"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ("issuer: http://login.example, audience: m", "http.oidc.issuer", "https://"),
        ("issuer: https://user:word@login.example, audience: m", "http.oidc.issuer", "without a user or password"),
        ("issuer: login.example, audience: m", "http.oidc.issuer", "must be an address"),
        ("issuer: https://login.example", "http.oidc.audience", "is required"),
        (f"{OIDC}, jwks_url: http://login.example/keys", "http.oidc.jwks_url", "https://"),
        (f"{OIDC}, jwks_url: https://a.example/k, jwks_file: k.json", "http.oidc", "exclude each other"),
        (f"{OIDC}, roles: {{operators: king}}", "http.oidc.roles.operators", "must be 'dispatcher'"),
        (f"{OIDC}, leeway_s: 3600", "http.oidc.leeway_s", "less than or equal to 120"),
        (f"{OIDC}, algorithms: [none]", "http.oidc.algorithms", "is not a key"),
    ],
)
def test_an_issuer_is_one_that_can_be_believed(changes: str, field: str, words: str) -> None:
    """Reached over HTTPS, for this audience, into roles that there are; algorithms cannot be chosen."""
    ((place, rule),) = faults_of(f"{{oidc: {{{changes}}}}}")
    assert place == field
    assert words in rule


def test_an_issuer_on_this_machine_may_speak_plain_http() -> None:
    """As may a proxy that holds its keys."""
    oidc = parse_config(f"{SITE}http: {{oidc: {{{OIDC}, jwks_url: 'http://127.0.0.1:9000/k'}}}}\n").http.oidc
    assert oidc is not None
    assert oidc.jwks_url == "http://127.0.0.1:9000/k"
