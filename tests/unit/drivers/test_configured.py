"""Each setting of a configured link reaches its driver."""

from pathlib import Path
from random import Random
from ssl import TLSVersion

import pytest

from meterhold.clock import SteadyClock
from meterhold.documents.config import ModbusLink, MqttLink
from meterhold.drivers import BrokerLink, Framing, ModbusLine, MqttVersion, SerialPort, TcpPeer, TlsPeer
from meterhold.drivers.configured import Ears, make_link, make_links
from meterhold.drivers.modbus import Parity
from tests.support.certificates import Authority


def modbus(**fields: object) -> ModbusLine:
    """The driver of a Modbus link with these settings."""
    said = {"kind": "modbus", "host": "127.0.0.1", **fields}
    section = ModbusLink.model_validate({key: value for key, value in said.items() if value is not None})
    driver = make_link("line-1", section, SteadyClock(), Random(1))
    assert isinstance(driver, ModbusLine)
    return driver


def test_a_modbus_link_becomes_a_line() -> None:
    """Milliseconds become seconds."""
    line = modbus(
        port=5020,
        framing="rtu_over_tcp",
        timeout_s=0.5,
        gap_ms=7.5,
        turnaround_ms=40,
        late_reply_s=3,
        connect_timeout_s=2,
        close_after_use=True,
        echoes_transaction_id=False,
    )
    assert (line.name, line.peer) == ("line-1", TcpPeer("127.0.0.1", 5020, Framing.RTU_OVER_TCP))
    assert (line.timeout_s, line.gap_s, line.turnaround_s, line.quiet_s) == (0.5, 0.0075, 0.04, 3)
    assert (line.connect_timeout_s, line.close_after_use, line.echoes_transaction_id) == (2, True, False)


def test_only_a_serial_line_has_a_gap_unless_said() -> None:
    """20 ms behind a converter, none on TCP, and what was said goes first."""
    assert modbus(framing="tcp").gap_s == 0
    assert modbus(framing="rtu_over_tcp").gap_s == 0.02
    assert modbus(framing="rtu_over_tcp", gap_ms=0).gap_s == 0


def test_a_serial_section_becomes_a_port_with_its_own_gap() -> None:
    """3.5 characters at least; a longer gap is kept."""
    port = SerialPort("/dev/ttyUSB0", 19_200, Parity.EVEN, 1)
    section = {"device": "/dev/ttyUSB0", "baud": 19_200, "parity": "even"}
    line = modbus(host=None, serial=section)
    assert (line.peer, line.gap_s) == (port, port.gap_s)
    assert modbus(host=None, serial=section, gap_ms=1).gap_s == port.gap_s
    assert modbus(host=None, serial=section, gap_ms=50).gap_s == 0.05


def test_a_tls_section_becomes_a_tls_peer(tmp_path: Path) -> None:
    """With our certificate and the name to expect."""
    authority = Authority(tmp_path)
    ours = authority.pair("meterhold")
    tls = {"ca": authority.file, "certificate": ours.certificate, "key": ours.key, "server_name": "plc.example"}
    peer = modbus(tls=tls).peer
    assert isinstance(peer, TlsPeer)
    assert (peer.host, peer.port, peer.server_name) == ("127.0.0.1", 802, "plc.example")
    assert peer.context.check_hostname
    assert peer.context.minimum_version >= TLSVersion.TLSv1_2


def test_lines_to_one_host_share_its_connections() -> None:
    """Also those that do not repeat the limit; others have none."""
    links = make_links(
        {
            "one": ModbusLink(kind="modbus", host="h", port=502, max_connections=1),
            "two": ModbusLink(kind="modbus", host="h", port=503),
            "other": ModbusLink(kind="modbus", host="i"),
        },
        SteadyClock(),
        Random(1),
        Ears(),
    )
    one, two, other = (links.driver(name) for name in ("one", "two", "other"))
    assert isinstance(one, ModbusLine)
    assert isinstance(two, ModbusLine)
    assert isinstance(other, ModbusLine)
    assert one.allowance is not None
    assert one.allowance is two.allowance
    assert other.allowance is None


async def test_a_divided_broker_has_a_connection_for_each_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with a client_id and reply topics of its own, and all with the configured link's credentials and ears."""
    monkeypatch.setenv("METERHOLD_LINK_BROKER_PASSWORD", "hunter2")
    told: list[tuple[str, str]] = []
    section = MqttLink(kind="mqtt", host="broker.example", shards=2, width=5, client_id="gw", topic_prefix="gw/r")
    ears = Ears(lambda link, topic: told.append((link, topic)), lambda link, topic: told.append((link, topic)))
    links = make_links({"broker": section}, SteadyClock(), Random(1), ears)
    assert links.names() == links.shards("broker") == ("broker#0", "broker#1")
    drivers = [links.driver(name) for name in links.names()]
    for number, driver in enumerate(drivers):
        assert isinstance(driver, BrokerLink)
        assert (driver.name, driver.client_id, driver.topic_prefix) == (
            f"broker#{number}",
            f"gw-{number}",
            f"gw/r/{number}",
        )
        assert (driver.width, driver.password) == (5, "hunter2")
        driver.on_message(f"state/{number}")
        driver.on_retained_command(f"set/{number}")
    assert told == [("broker", topic) for topic in ("state/0", "set/0", "state/1", "set/1")]


def test_a_broker_link_has_its_credentials_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """And everything else from the configuration."""
    monkeypatch.setenv("METERHOLD_LINK_BROKER_USERNAME", "gateway")
    monkeypatch.setenv("METERHOLD_LINK_BROKER_PASSWORD", "hunter2")
    fields = {"protocol": "5", "client_id": "gw", "topic_prefix": "gw/replies", "width": 3, "timeout_s": 9.0}
    section = MqttLink.model_validate({"kind": "mqtt", "host": "broker.example", "keepalive_s": 11, **fields})
    link = make_link("broker", section, SteadyClock(), Random(1))
    assert isinstance(link, BrokerLink)
    assert (link.host, link.port, link.protocol, link.client_id) == ("broker.example", 1883, MqttVersion.V5, "gw")
    assert (link.topic_prefix, link.width, link.timeout_s, link.keepalive_s) == ("gw/replies", 3, 9.0, 11)
    assert (link.username, link.password) == ("gateway", "hunter2")
    assert "hunter2" not in repr(link)
