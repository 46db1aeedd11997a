"""How a Modbus frame travels."""

from enum import StrEnum


class Framing(StrEnum):
    """The framings of a line. A serial port comes with a later issue and is RTU as well."""

    TCP = "tcp"
    """MBAP: a transaction id pairs each reply with its request."""
    RTU_OVER_TCP = "rtu_over_tcp"
    """RTU frames through a serial server: nothing pairs a reply with its request but its place in time."""
