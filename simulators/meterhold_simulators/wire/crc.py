"""CRC-16/MODBUS, from a table."""

_POLYNOMIAL = 0xA001


def _row(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ _POLYNOMIAL if value & 1 else value >> 1
    return value


_TABLE = tuple(_row(value) for value in range(256))


def crc16(data: bytes) -> bytes:
    """The two check bytes that end an RTU frame, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")
