"""Brokers that want to know who we are: TLS, client certificates and passwords, on both versions of the protocol."""

import asyncio
import ssl
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from meterhold.documents.config_links import TlsSection
from meterhold.drivers import MqttVersion
from meterhold.drivers.mqtt.loop import BrokerAddress, PahoConnection
from meterhold.drivers.tls import client_context
from meterhold.profiles.wire import Follow, MqttAsk, MqttLatest
from tests.fakes.mqtt_device import Command, MqttDevice
from tests.integration.drivers.brokers import VERSIONS, linked, rpc, status, until
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.mosquitto import HOST, Broker, BrokerFactory, find_free_port

BOTH = pytest.mark.parametrize("version", VERSIONS)


@dataclass(frozen=True, slots=True)
class SecureBroker:
    """One broker: our way in wants a certificate, the devices' own is plain."""

    ours: Broker
    devices: Broker
    authority: Authority

    def link_settings(self, signer: Authority | None = None, *, certificate: bool = True) -> dict[str, Any]:
        """How we come in."""
        pair = (signer or self.authority).pair("meterhold")
        tls = TlsSection(ca=self.authority.file)
        if certificate:
            tls = TlsSection(ca=self.authority.file, certificate=pair.certificate, key=pair.key)
        return {"tls": client_context("broker", tls), "server_name": SERVER_NAME}


@pytest.fixture
def secure(broker_factory: BrokerFactory, tmp_path: Path) -> SecureBroker:
    """A broker that serves us only with a certificate of the right authority."""
    authority = Authority(tmp_path / "certificates")
    server = authority.pair(SERVER_NAME)
    plain = find_free_port()
    ours = broker_factory(
        f"cafile {authority.file}",
        f"certfile {server.certificate}",
        f"keyfile {server.key}",
        "require_certificate true",
        "use_identity_as_username true",
        f"listener {plain} {HOST}",
        "allow_anonymous true",
    )
    return SecureBroker(ours, Broker(tmp_path, port=plain), authority)


@BOTH
async def test_many_turns_go_through_tls(secure: SecureBroker, version: MqttVersion) -> None:
    """Each question gets its own reply, however many replies come in one record."""

    async def repeat(command: Command) -> None:
        await command.reply(command.body["method"])

    async with (
        MqttDevice.running(secure.devices, "plug", repeat) as device,
        linked(secure.ours, version, **secure.link_settings()) as link,
    ):

        async def ask(number: int) -> None:
            async with link.turn() as turn:
                reply = await turn.ask(MqttAsk(device.rpc, rpc(f"m{number}"), status(device).reply))
                assert reply.value["result"] == f"m{number}"

        await asyncio.gather(*map(ask, range(200)))
    assert "u'meterhold'" in secure.ours.log


@BOTH
async def test_a_burst_leaves_nothing_in_the_buffer_of_tls(secure: SecureBroker, version: MqttVersion) -> None:
    """What TLS has decrypted already wakes nobody: it must be read all the same."""
    heard: list[str] = []
    async with (
        MqttDevice.running(secure.devices, "valve") as device,
        linked(secure.ours, version, on_message=heard.append, **secure.link_settings()) as link,
    ):
        link.follow([Follow(device.state)])
        async with link.turn() as turn:
            await turn.ask(status(device))
            await asyncio.gather(*(device.say(device.state, {"n": number}) for number in range(500)))
            await until(lambda: len(heard) == 500)
            latest = await turn.ask(MqttLatest(device.state))
        assert latest.value == {"n": 499}


@BOTH
async def test_a_long_message_fits_through_tls(secure: SecureBroker, version: MqttVersion) -> None:
    """Longer than a record of TLS, in both directions."""

    async def repeat(command: Command) -> None:
        await command.reply(command.body["pad"])

    async with (
        MqttDevice.running(secure.devices, "plug", repeat) as device,
        linked(secure.ours, version, **secure.link_settings()) as link,
        link.turn() as turn,
    ):
        pad = "x" * 50_000
        body = f'{{"id":{{request_id}},"src":"{{reply_to}}","method":"m","pad":"{pad}"}}'
        reply = await turn.ask(MqttAsk(device.rpc, body, status(device).reply))
        assert reply.value["result"] == pad


@pytest.mark.parametrize("who", ["nobody", "a stranger"])
async def test_who_shows_no_good_certificate_does_not_come_in(secure: SecureBroker, who: str, tmp_path: Path) -> None:
    """The link stays down, and the broker is not stormed."""
    stranger = Authority(tmp_path / "stranger")
    settings = secure.link_settings(stranger, certificate=who == "a stranger")
    with suppress(TimeoutError):
        async with asyncio.timeout(1.0), linked(secure.ours, **settings):
            pytest.fail("the broker let us in")
    assert secure.ours.log.count("New connection") <= 6


async def test_a_broker_of_another_authority_learns_nothing(secure: SecureBroker, tmp_path: Path) -> None:
    """Neither who we are nor a password."""
    pretender = SecureBroker(secure.ours, secure.devices, Authority(tmp_path / "other"))
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(1.0),
            linked(secure.ours, username="us", password="hunter2", **pretender.link_settings()),
        ):
            pytest.fail("we let ourselves be served by anybody")
    assert "gateway" not in secure.ours.log


def passwords(folder: Path) -> Path:
    """Mosquitto's own file of passwords, with one for us."""
    file = folder / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "gateway", "hunter2"], check=True, timeout=20)
    return file


@BOTH
async def test_a_password_lets_us_in(broker_factory: BrokerFactory, tmp_path: Path, version: MqttVersion) -> None:
    """With the right one; with a wrong one the link stays down."""
    broker = broker_factory(f"password_file {passwords(tmp_path)}", anonymous=False)
    async with linked(broker, version, username="gateway", password="hunter2") as link:
        assert link.up
    with suppress(TimeoutError):
        async with asyncio.timeout(0.7), linked(broker, version, username="gateway", password="wrong"):
            pytest.fail("the broker let us in")


async def test_messages_that_share_a_record_are_all_read(tmp_path: Path) -> None:
    """A broker may pack many into one record of TLS; after the first, nothing wakes the loop any more."""
    authority = Authority(tmp_path / "certificates")
    heard: list[bytes] = []
    messages = [bytes([number]) for number in range(250)]

    class Ear:
        def received(self, topic: str, payload: bytes | bytearray, *, retained: bool, mid: int) -> None:
            heard.append(bytes(payload))

        def ended(self, reason: str) -> None:
            pytest.fail(reason)

    class Packer(asyncio.Protocol):
        transport: asyncio.Transport

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            if data[0] == 0x10:
                accepted = b"\x20\x02\x00\x00"
                self.transport.write(accepted + b"".join(b"\x30\x04\x00\x01t" + message for message in messages))

    ours = SecureBroker(Broker(tmp_path), Broker(tmp_path), authority).link_settings()["tls"]
    assert isinstance(ours, ssl.SSLContext)
    server = await asyncio.get_running_loop().create_server(Packer, HOST, 0, ssl=authority.server_context())
    address = BrokerAddress(
        host=HOST,
        port=server.sockets[0].getsockname()[1],
        client_id="us",
        version=MqttVersion.V3_1_1,
        username=None,
        password=None,
        keepalive_s=60,
        largest_packet=1_000,
        tls=ours,
        server_name=SERVER_NAME,
    )
    connection = PahoConnection(address, Ear(), manual_ack=False, clean_start=True)
    await connection.open(10.0)
    await until(lambda: len(heard) == len(messages))
    assert heard == messages
    connection.drop()
    server.close()
