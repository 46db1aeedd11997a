"""The API behind real certificates: who is served, by which protocol, and which files are refused before that."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from meterhold.cli.client import Client
from meterhold.cli.exits import GatewayUnreachable
from meterhold.cli.serving import serving
from meterhold.cli.trust import trust_of
from meterhold.documents.config_http import HttpTlsSection
from meterhold.domain.errors import Malformed
from meterhold.settings import Settings
from meterhold.web.tls import server_context
from tests.support.certificates import Authority

HOST = "127.0.0.1"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who vouches for the gateway."""
    return Authority(tmp_path / "plant")


@pytest.fixture
def section(authority: Authority) -> HttpTlsSection:
    """The gateway's certificate."""
    pair = authority.pair(HOST)
    return HttpTlsSection(certificate=pair.certificate, key=pair.key)


@asynccontextmanager
async def served(section: HttpTlsSection) -> AsyncIterator[str]:
    """Something to ask for, behind this certificate."""
    app = FastAPI()

    @app.get("/healthz")
    async def healthz() -> dict[str, bool]:
        return {"healthy": True}

    async with serving(app, HOST, 0, server_context(section)) as where:
        assert where.startswith(f"https://{HOST}:")
        yield where


async def ask(where: str, context: ssl.SSLContext) -> httpx.Response:
    """Ask over TLS."""
    async with httpx.AsyncClient(verify=context, trust_env=False) as client:
        return await client.get(f"{where}/healthz")


async def test_who_trusts_the_authority_is_served(authority: Authority, section: HttpTlsSection) -> None:
    """And who does not, or speaks plain HTTP, gets nothing."""
    async with served(section) as where:
        answer = await ask(where, ssl.create_default_context(cafile=authority.file))
        assert answer.json() == {"healthy": True}
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await ask(where, ssl.create_default_context())
        async with httpx.AsyncClient(trust_env=False) as plain:
            with pytest.raises(httpx.TransportError):
                await plain.get(f"{where.replace('https', 'http')}/healthz")


async def test_old_protocols_are_not_spoken(authority: Authority, section: HttpTlsSection) -> None:
    """TLS 1.2 is the oldest: a client that knows only 1.1 is turned away, however weak its ciphers may be."""
    async with served(section) as where:
        old = ssl.create_default_context(cafile=authority.file)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
            old.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.ConnectError):
            await ask(where, old)
        newer = ssl.create_default_context(cafile=authority.file)
        newer.maximum_version = ssl.TLSVersion.TLSv1_2
        assert (await ask(where, newer)).status_code == 200
    assert server_context(section).minimum_version is ssl.TLSVersion.TLSv1_2


async def test_where_clients_must_show_a_certificate_a_stranger_is_not_served(
    authority: Authority, section: HttpTlsSection, tmp_path: Path
) -> None:
    """Neither without one, nor with one of another authority."""
    async with served(section.model_copy(update={"client_ca": authority.file})) as where:
        ours, theirs = authority.pair("cis"), Authority(tmp_path / "elsewhere").pair("cis")
        known = ssl.create_default_context(cafile=authority.file)
        known.load_cert_chain(ours.certificate, ours.key)
        assert (await ask(where, known)).status_code == 200
        stranger = ssl.create_default_context(cafile=authority.file)
        with pytest.raises(httpx.TransportError):
            await ask(where, stranger)
        stranger.load_cert_chain(theirs.certificate, theirs.key)
        with pytest.raises(httpx.TransportError):
            await ask(where, stranger)


async def test_the_command_line_trusts_whom_it_is_told_to(authority: Authority, section: HttpTlsSection) -> None:
    """The authority of METERHOLD_CA; without it, not just anybody."""
    async with served(section) as where:

        def ask_as(settings: Settings) -> str:
            with Client(settings.url, None, trust=trust_of(settings)) as client:
                return client._http.get("/healthz").text

        told = Settings(url=where, ca=Path(authority.file))
        assert await asyncio.to_thread(ask_as, told) == '{"healthy":true}'

        def ask_blindly() -> None:
            with Client(where, None, trust=trust_of(Settings(url=where))) as client:
                client.get("/healthz")

        with pytest.raises(GatewayUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            await asyncio.to_thread(ask_blindly)


def faults_of(section: HttpTlsSection) -> list[tuple[str, str]]:
    """Why certificates cannot be used."""
    with pytest.raises(Malformed) as caught:
        server_context(section)
    return [(fault.field, fault.rule) for fault in caught.value.faults]


def test_a_key_that_every_user_may_read_is_refused(section: HttpTlsSection) -> None:
    """With what to do about it; the group may read it."""
    Path(section.key).chmod(0o604)
    ((field, rule),) = faults_of(section)
    assert (field, "chmod o=" in rule) == ("http.tls.key", True)
    Path(section.key).chmod(0o640)
    server_context(section)


def test_every_missing_file_is_named(section: HttpTlsSection, tmp_path: Path) -> None:
    """All at once."""
    nowhere = {"certificate": str(tmp_path / "a"), "client_ca": str(tmp_path / "b")}
    assert [field for field, _ in faults_of(section.model_copy(update=nowhere))] == [
        "http.tls.certificate",
        "http.tls.client_ca",
    ]


def test_files_that_are_no_pair_are_refused(authority: Authority, section: HttpTlsSection, tmp_path: Path) -> None:
    """Another certificate's key, and no certificates at all."""
    other = authority.pair("other.example")
    assert "are no pair" in faults_of(section.model_copy(update={"key": other.key}))[0][1]
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    assert "holds no certificates" in faults_of(section.model_copy(update={"client_ca": str(empty)}))[0][1]


def test_the_command_line_says_which_file_it_cannot_use(tmp_path: Path) -> None:
    """By the variable that names it."""
    with pytest.raises(Malformed, match="METERHOLD_CA"):
        trust_of(Settings(url="https://gateway.example", ca=tmp_path / "nowhere.pem"))
    with pytest.raises(Malformed, match="METERHOLD_CLIENT_CERTIFICATE"):
        trust_of(Settings(url="https://gateway.example", client_certificate=tmp_path / "nowhere.pem"))
    assert trust_of(Settings(url="http://gateway.example", ca=tmp_path / "nowhere.pem")) is None
