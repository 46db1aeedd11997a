"""The links of a configuration: serial lines, TLS, shards, and what contradicts itself."""

from pathlib import Path

import pytest

from meterhold.documents.config import ModbusLink, MqttLink, load_config, parse_config
from meterhold.domain.errors import Malformed

HEAD = """\
schema_version: 1
site: {name: demo, time_zone: Europe/Berlin}
store: {url: "sqlite:///var/journal.sqlite"}
meters: meters.csv
links:
"""


def faults_of(links: str) -> list[tuple[str, str]]:
    """What links are answered with: field and rule."""
    with pytest.raises(Malformed) as caught:
        parse_config(HEAD + links)
    return [(fault.field, fault.rule) for fault in caught.value.faults]


def link_of(text: str) -> ModbusLink | MqttLink:
    """The one link."""
    return parse_config(f"{HEAD}  one: {text}\n").links["one"]


def test_a_serial_line_needs_only_its_device() -> None:
    """Everything else is what most meters come with."""
    link = link_of("{kind: modbus, serial: {device: /dev/ttyUSB0}}")
    assert isinstance(link, ModbusLink)
    assert link.serial is not None
    assert (link.serial.baud, link.serial.parity, link.serial.stop_bits) == (9600, "none", 1)
    assert (link.where, link.gap_s) == ("/dev/ttyUSB0", 0)


def test_the_port_follows_tls() -> None:
    """502 and 802, 1883 and 8883, and what is said goes first."""
    files = "ca: a.pem, certificate: b.pem, key: c.pem"
    assert [
        link_of(text).port
        for text in (
            "{kind: modbus, host: h}",
            f"{{kind: modbus, host: h, tls: {{{files}}}}}",
            "{kind: mqtt, host: h}",
            "{kind: mqtt, host: h, tls: {}}",
            "{kind: mqtt, host: h, tls: {}, port: 1884}",
        )
    ] == [502, 802, 1883, 8883, 1884]


def test_certificates_count_from_the_file(tmp_path: Path) -> None:
    """As all relative paths do; what is not said stays unsaid."""
    file = tmp_path / "gateway.yaml"
    tls = "tls: {ca: tls/ca.pem, certificate: tls/us.pem, key: /run/us.key}"
    file.write_text(f"{HEAD}  one: {{kind: modbus, host: h, {tls}}}\n  two: {{kind: mqtt, host: h, tls: {{}}}}\n")
    config = load_config(file)
    one, two = config.links["one"].tls, config.links["two"].tls
    assert one is not None
    assert (one.ca, one.certificate, one.key) == (f"{tmp_path}/tls/ca.pem", f"{tmp_path}/tls/us.pem", "/run/us.key")
    assert two is not None
    assert (two.ca, two.certificate, two.key) == (None, None, None)


@pytest.mark.parametrize(
    ("link", "field", "rule"),
    [
        ("{kind: modbus}", "", "needs a host, or serial for a line at this machine"),
        (
            "{kind: modbus, host: h, port: 502, serial: {device: /dev/ttyS0}}",
            "",
            "host is for TCP, not for a serial line; port is for TCP, not for a serial line",
        ),
        (
            "{kind: modbus, host: h, framing: rtu_over_tcp, tls: {ca: a, certificate: b, key: c}}",
            "",
            "TLS carries Modbus TCP, not RTU",
        ),
        ("{kind: modbus, host: h, tls: {ca: a, certificate: b}}", ".tls.key", "is required"),
        ("{kind: mqtt, host: h, tls: {certificate: b}}", ".tls", "certificate and key belong together"),
        (
            "{kind: modbus, serial: {device: ttyUSB0}}",
            ".serial.device",
            r"'ttyUSB0' does not have the form ^/[^\x00]+$",
        ),
        ("{kind: modbus, serial: {device: /dev/a, parity: mark}}", ".serial.parity", None),
        ("{kind: modbus, serial: {device: /dev/a, baud: 1}}", ".serial.baud", "must be greater than or equal to 300"),
        ("{kind: modbus, host: h, max_connections: 0}", ".max_connections", "must be greater than or equal to 1"),
        ("{kind: mqtt, host: h, shards: 65}", ".shards", "must be less than or equal to 64"),
        ("{kind: mqtt, host: h, tls: {key_password: x}}", ".tls.key_password", None),
    ],
)
def test_what_contradicts_itself_is_a_fault(link: str, field: str, rule: str | None) -> None:
    """With the field and the rule; nothing is left to be guessed."""
    ((found, why),) = faults_of(f"  one: {link}\n")
    assert found == f"links.one{field}"
    assert rule is None or why == rule


def test_two_links_may_not_share_a_line() -> None:
    """Neither a device nor a TCP port, also where the port follows from TLS."""
    tls = "tls: {ca: a, certificate: b, key: c}"
    assert faults_of(f"""\
  one: {{kind: modbus, serial: {{device: /dev/ttyS0}}}}
  two: {{kind: modbus, serial: {{device: /dev/ttyS0, baud: 300}}}}
  three: {{kind: modbus, host: h, {tls}}}
  four: {{kind: modbus, host: h, port: 802}}
  five: {{kind: modbus, host: h}}
""") == [
        ("links.two", "is the same line as one: their requests would collide"),
        ("links.four", "is the same line as three: their requests would collide"),
    ]


def test_the_links_that_the_documentation_shows_are_good() -> None:
    """The example of the operating guide, as it stands there."""
    guide = (Path(__file__).parents[3] / "docs" / "operating.md").read_text(encoding="utf-8")
    example = next(block for block in guide.split("```yaml\n")[1:] if block.startswith("links:\n")).split("```")[0]
    links = parse_config(HEAD.removesuffix("links:\n") + example).links
    assert set(links) == {"cellar", "substation", "street-1", "street-2", "broker"}


def test_a_host_has_one_limit_of_connections() -> None:
    """Links that say nothing share what another says; two that say different things contradict each other."""
    one = "  one: {kind: modbus, host: h, max_connections: 2}\n"
    assert parse_config(HEAD + one + "  two: {kind: modbus, host: h, port: 503}\n").links
    assert faults_of(one + "  two: {kind: modbus, host: h, port: 503, max_connections: 3}\n") == [
        ("links.two.max_connections", "is 2 at one, and both lead to one host")
    ]
