"""How a Modbus frame travels through TCP."""

from enum import StrEnum


class Framing(StrEnum):
    """The framings of a TCP peer. A serial port is always RTU, TLS always MBAP."""

    TCP = "tcp"
    """MBAP: a transaction id pairs each reply with its request."""
    RTU_OVER_TCP = "rtu_over_tcp"
    """RTU frames through a serial server: nothing pairs a reply with its request but its place in time."""
