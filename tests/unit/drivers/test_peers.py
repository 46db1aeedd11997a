"""How long a serial line keeps silent between frames."""

import pytest

from meterhold.drivers.modbus import Framing, Parity, SerialPort, TcpPeer


@pytest.mark.parametrize(
    ("baud", "parity", "stop_bits", "gap_ms"),
    [
        (9_600, Parity.NONE, 1, 3.646),
        (9_600, Parity.EVEN, 1, 4.010),
        (9_600, Parity.NONE, 2, 4.010),
        (19_200, Parity.ODD, 1, 2.005),
        (1_200, Parity.NONE, 1, 29.167),
        (38_400, Parity.EVEN, 1, 1.75),
        (115_200, Parity.NONE, 1, 1.75),
    ],
)
def test_the_silence_is_three_and_a_half_characters_or_fixed(
    baud: int, parity: Parity, stop_bits: int, gap_ms: float
) -> None:
    """Of 10 or 11 bits; above 19,200 baud it is 1.75 ms at any speed."""
    assert SerialPort("/dev/ttyS0", baud, parity, stop_bits).gap_s * 1000 == pytest.approx(gap_ms, abs=0.001)


def test_only_mbap_pairs_a_reply_with_its_request() -> None:
    """RTU, through TCP or at a port, has no transaction id."""
    assert TcpPeer("h", 502).pairs
    assert not TcpPeer("h", 502, Framing.RTU_OVER_TCP).pairs
    assert not SerialPort("/dev/ttyS0").pairs


def test_a_peer_is_named_as_an_operator_knows_it() -> None:
    """In messages: host and port, or the device."""
    assert [str(TcpPeer("10.0.0.7", 502)), str(SerialPort("/dev/ttyUSB0"))] == ["10.0.0.7:502", "/dev/ttyUSB0"]
