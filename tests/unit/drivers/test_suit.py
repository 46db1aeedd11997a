"""A line is treated as the meters on it need, where the configuration does not say otherwise."""

from random import Random
from typing import Any

import pytest

from meterhold.clock import SteadyClock
from meterhold.documents.config import ModbusLink
from meterhold.drivers import ModbusLine
from meterhold.drivers.configured import Ears, make_links
from meterhold.profiles import Line

TAPS = Line(gap_ms=50, timeout_ms=5000, max_connections=1, close_after_use=True, echoes_transaction_id=False)
RELAY = Line(gap_ms=20, timeout_ms=1000)
SERIAL = {"serial": {"device": "/dev/ttyS0"}}


def lines(**links: dict[str, Any]) -> list[ModbusLine]:
    """The lines of a configuration."""
    sections = {name: ModbusLink.model_validate({"kind": "modbus", **link}) for name, link in links.items()}
    site = make_links(sections, SteadyClock(), Random(1), Ears())
    made = [site.driver(name) for name in sections]
    return [line for line in made if isinstance(line, ModbusLine)]


def line_of(**link: Any) -> ModbusLine:  # noqa: ANN401 - a configuration's values
    """The only line."""
    (line,) = lines(one=link)
    return line


def test_a_line_takes_over_what_its_meters_need() -> None:
    """The longest gap and time-out of them, and every caution that one of them wants."""
    line = line_of(host="h", framing="rtu_over_tcp")
    assert (line.suit(RELAY), line.suit(TAPS), line.suit(RELAY)) == ([], [], [])
    assert (line.gap_s, line.timeout_s, line.close_after_use, line.echoes_transaction_id) == (0.05, 5.0, True, False)


def test_a_serial_port_keeps_a_meters_gap() -> None:
    """3.5 characters are the least that a line has; a meter may want more."""
    line = line_of(**SERIAL)
    line.suit(RELAY)
    assert line.gap_s == 0.02


def test_a_gateway_that_speaks_modbus_tcp_paces_its_line_by_itself() -> None:
    """No gap is kept before it, and a meter that does not repeat ids makes the line as careful as a serial one."""
    line = line_of(host="h")
    assert line.suit(RELAY) == []
    assert (line.gap_s, line.paced, line.strict_id) == (0.0, False, True)
    line.suit(TAPS)
    assert (line.gap_s, line.strict_id) == (0.0, False)


@pytest.mark.parametrize(
    ("said", "unmet"),
    [
        ({"gap_ms": 5}, "needs a gap of 50 ms between requests"),
        ({"timeout_s": 2.0}, "may take 5000 ms to answer"),
        ({"close_after_use": False}, "needs its connection closed after use"),
    ],
)
def test_what_the_configuration_says_stays_and_is_told(said: dict[str, Any], unmet: str) -> None:
    """A site may know better; it is told what its meters would need."""
    line = line_of(host="h", framing="rtu_over_tcp", **said)
    assert line.suit(TAPS) == [unmet]
    assert {key: said[key] for key in said} == {
        key: {"gap_ms": line.gap_s * 1000, "timeout_s": line.timeout_s, "close_after_use": line.close_after_use}[key]
        for key in said
    }


def test_ids_that_are_said_to_be_repeated_are_still_asked_for() -> None:
    """And it is told that the meter does not."""
    line = line_of(host="h", echoes_transaction_id=True)
    assert line.suit(TAPS) == ["does not repeat the transaction id"]
    assert line.strict_id


def test_links_to_one_host_share_the_connections_that_a_meter_there_allows() -> None:
    """Though nobody has configured a limit; one that is configured stays."""
    one, two = lines(one={"host": "h", "port": 1}, two={"host": "h", "port": 2})
    assert one.allowance is two.allowance
    assert one.allowance is not None
    assert one.allowance.most == 2
    assert one.suit(TAPS) == []
    assert one.allowance.most == 1
    three, _ = lines(three={"host": "h", "port": 1, "max_connections": 2}, four={"host": "h", "port": 2})
    assert three.suit(TAPS) == ["serves at most 1 at once"]
    assert three.allowance is not None
    assert three.allowance.most == 2
