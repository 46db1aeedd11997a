"""Each setting of a configured link reaches its driver."""

from random import Random

import pytest

from meterhold.clock import SteadyClock
from meterhold.documents.config import ModbusLink, MqttLink
from meterhold.drivers import BrokerLink, Framing, ModbusLine, MqttVersion, TcpPeer
from meterhold.drivers.configured import make_link


def modbus(**fields: object) -> ModbusLine:
    """The driver of a Modbus link with these settings."""
    section = ModbusLink.model_validate({"kind": "modbus", "host": "127.0.0.1", **fields})
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
