"""Modbus/TCP Security: both sides show a certificate, and a reply that comes in pieces is one reply."""

import asyncio
import ssl
from pathlib import Path

import pytest
from pymodbus.client import AsyncModbusTlsClient
from pymodbus.server import ModbusTlsServer
from pymodbus.simulator import DataType, SimData, SimDevice

from meterhold.clock import SteadyClock
from meterhold.documents.config_links import MutualTlsSection
from meterhold.domain.errors import Malformed, NeverSent, NoAnswer, OutcomeUnknown, WireError
from meterhold.domain.words import Proof
from meterhold.drivers import ModbusLine, TlsPeer
from meterhold.drivers.tls import client_context
from meterhold.profiles.wire import ModbusRead, ModbusWrite, Table
from tests.fakes.modbus_device import HOST, ModbusDevice, Request, stay_silent
from tests.integration.drivers.lines import IS_IT_ON, OFF, SWITCH_ON
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.mosquitto import find_free_port

HOLDING = ModbusRead(1, Table.HOLDING, 7, 2)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Whom both sides believe."""
    return Authority(tmp_path / "certificates")


def our_context(authority: Authority, signer: Authority | None = None) -> ssl.SSLContext:
    """How we present ourselves; by default with a certificate of the same authority."""
    pair = (signer or authority).pair("meterhold")
    return client_context("line-1", MutualTlsSection(ca=authority.file, certificate=pair.certificate, key=pair.key))


def secure_line(
    port: int, context: ssl.SSLContext, *, server_name: str | None = SERVER_NAME, timeout_s: float = 5.0
) -> ModbusLine:
    """A line to a TLS peer."""
    return ModbusLine(
        "line-1", peer=TlsPeer(HOST, port, context, server_name), timeout_s=timeout_s, clock=SteadyClock()
    )


async def test_a_meter_behind_tls_is_read_and_switched(authority: Authority) -> None:
    """With a certificate on each side, everything is as on plain TCP."""
    async with ModbusDevice.running(tls=authority.server_context()) as device:
        line = secure_line(device.port, our_context(authority))
        async with line.turn() as turn:
            assert (await turn.ask(HOLDING)).values == (7, 8)
            assert (await turn.write(SWITCH_ON)).level is Proof.ACKNOWLEDGED
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert len(device.peers) == 1
        await line.stop()


async def test_the_librarys_own_server_is_spoken_to(authority: Authority) -> None:
    """A server that shares nothing with our tests' device understands us, and we it."""
    port = find_free_port()
    registers = SimData(0, values=[11, 22, 33], datatype=DataType.REGISTERS)
    server = ModbusTlsServer(SimDevice(1, simdata=[registers]), address=(HOST, port), sslctx=authority.server_context())
    await server.serve_forever(background=True)
    line = secure_line(port, our_context(authority))
    async with line.turn() as turn:
        assert (await turn.ask(ModbusRead(1, Table.HOLDING, 0, 3))).values == (11, 22, 33)
        await turn.write(ModbusWrite(1, 16, 1, (99,)))
        assert (await turn.ask(ModbusRead(1, Table.HOLDING, 1, 1))).values == (99,)
    await line.stop()
    await server.shutdown()  # type: ignore[no-untyped-call]  # the library leaves it untyped


def in_pieces(request: Request) -> None:
    """Send each byte of the answer by itself."""
    for number, byte in enumerate(request.frame(request.standard())):
        asyncio.get_running_loop().call_later(0.002 * number, request.peer.send, bytes([byte]))


def halves(request: Request) -> None:
    """Send the answer in two pieces, the first of which looks whole but for its length."""
    frame = request.frame(request.standard())
    request.peer.send(frame[:10])
    asyncio.get_running_loop().call_later(0.02, request.peer.send, frame[10:])


async def test_bare_a_reply_in_pieces_is_mangled(authority: Authority) -> None:
    """Without the cure: the library takes the first piece for the reply."""
    async with ModbusDevice.running(halves, tls=authority.server_context("127.0.0.1")) as device:
        bare = AsyncModbusTlsClient(HOST, port=device.port, sslctx=our_context(authority), timeout=1, retries=0)
        await bare.connect()
        try:
            reply = await bare.read_holding_registers(7, count=2, device_id=1)
        except WireError:
            pytest.fail("the library does not raise ours")
        except Exception as error:  # noqa: BLE001 - whatever it says, it is no good answer
            mangled = str(error)
        else:
            mangled = "" if reply.isError() else str(reply.registers)
        bare.close()
    assert mangled != "[7, 8]"


@pytest.mark.parametrize("script", [in_pieces, halves], ids=lambda script: script.__name__)
async def test_a_reply_in_pieces_is_put_together(authority: Authority, script: object) -> None:
    """TLS may cut a reply into records anywhere; its length is counted."""
    assert callable(script)
    async with ModbusDevice.running(script, tls=authority.server_context()) as device:
        line = secure_line(device.port, our_context(authority))
        async with line.turn() as turn:
            assert (await turn.ask(HOLDING)).values == (7, 8)
            assert (await turn.write(SWITCH_ON)).level is Proof.ACKNOWLEDGED
        await line.stop()


async def test_a_piece_alone_is_no_reply(authority: Authority) -> None:
    """What never becomes whole is silence; the request's one deadline ends the waiting."""

    def half(request: Request) -> None:
        request.peer.send(request.frame(request.standard())[:10])

    async with ModbusDevice.running(half, tls=authority.server_context()) as device:
        line = secure_line(device.port, our_context(authority), timeout_s=0.2)
        async with line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(HOLDING)
        await line.stop()


async def test_a_peer_of_another_authority_gets_nothing(authority: Authority, tmp_path: Path) -> None:
    """Whoever stands in for the gateway does not even see our request."""
    stranger = Authority(tmp_path / "stranger")
    async with ModbusDevice.running(tls=stranger.server_context()) as device:
        line = secure_line(device.port, our_context(authority))
        with pytest.raises(NeverSent, match="certificate verify failed"):
            async with line.turn():
                pass
        assert not device.requests
        await line.stop()


async def test_a_peer_of_another_name_gets_nothing(authority: Authority) -> None:
    """A good certificate for another host is no good here; without ``server_name`` the host is the name."""
    async with ModbusDevice.running(tls=authority.server_context()) as device:
        line = secure_line(device.port, our_context(authority), server_name=None)
        with pytest.raises(NeverSent, match="certificate verify failed"):
            async with line.turn():
                pass
        await line.stop()


async def test_a_peer_that_does_not_believe_us_lets_nothing_through(authority: Authority, tmp_path: Path) -> None:
    """The refusal comes after our half of the handshake: nothing reaches the meter, and the peer is left alone."""
    stranger = Authority(tmp_path / "stranger")
    async with ModbusDevice.running(tls=authority.server_context()) as device:
        line = secure_line(device.port, our_context(authority, signer=stranger))
        with pytest.raises((NeverSent, OutcomeUnknown), match="connection"):
            async with line.turn() as turn:
                await turn.write(SWITCH_ON)
        assert not device.requests
        assert not line.up
        await line.stop()


async def test_a_plain_peer_is_no_tls_peer() -> None:
    """A gateway that speaks plain Modbus at the port is given up in time."""
    async with ModbusDevice.running(stay_silent) as device:
        context = ssl.create_default_context()
        line = ModbusLine(
            "line-1",
            peer=TlsPeer(HOST, device.port, context),
            timeout_s=1.0,
            connect_timeout_s=0.3,
            clock=SteadyClock(),
        )
        with pytest.raises(NeverSent, match="no connection to"):
            async with line.turn():
                pass
        await line.stop()


def test_a_file_that_is_missing_or_wrong_is_named(authority: Authority, tmp_path: Path) -> None:
    """Each with the setting that names it; a key under a passphrase asks nobody."""
    ours, other = authority.pair("meterhold"), authority.pair("other")
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nothing")
    good = {"ca": authority.file, "certificate": ours.certificate, "key": ours.key}
    for field, file, rule in [
        ("ca", str(tmp_path / "none.pem"), "cannot read .*none.pem: No such file"),
        ("ca", str(nonsense), "holds no certificates"),
        ("certificate", str(tmp_path / "none.pem"), "cannot read"),
        ("key", other.key, "are no pair: KEY_VALUES_MISMATCH"),
    ]:
        with pytest.raises(Malformed, match=rule) as caught:
            client_context("line-1", MutualTlsSection(**{**good, field: file}))
        place = "certificate" if field == "key" else field
        assert caught.value.faults[0].field == f"links.line-1.tls.{place}"
