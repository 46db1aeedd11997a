"""Modbus protocol data units: what stands between the framing, and how refusals look."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct, unpack_from

MAX_READ = 125
MAX_WRITE = 123
MAX_READ_BITS = 2000
MAX_WRITE_BITS = 1968
COIL_ON = 0xFF00
COIL_OFF = 0x0000

_HEAD = Struct(">BHH")


class Function(IntEnum):
    """The function codes that appear here."""

    READ_COILS = 0x01
    READ_DISCRETE = 0x02
    READ_HOLDING = 0x03
    READ_INPUT = 0x04
    WRITE_COIL = 0x05
    WRITE_REGISTER = 0x06
    WRITE_COILS = 0x0F
    WRITE_REGISTERS = 0x10


WRITES = frozenset({Function.WRITE_COIL, Function.WRITE_REGISTER, Function.WRITE_COILS, Function.WRITE_REGISTERS})


class Refusal(Exception):
    """The device answers with an exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code:02X}")
        self.code = code


ILLEGAL_FUNCTION = 0x01
ILLEGAL_ADDRESS = 0x02
ILLEGAL_VALUE = 0x03
TARGET_SILENT = 0x0B


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is not simply sent at once, once and whole."""

    pdu: bytes
    unit: int | None = None
    delay_s: float = 0.0
    copies: int = 1
    garbled: bool = False
    trickle_s: float = 0.0
    hang_up: bool = False


def refusal_pdu(function: int, code: int) -> bytes:
    """The exception answer."""
    return bytes((function | 0x80, code))


def parse_read(pdu: bytes) -> tuple[int, int]:
    """Start and count of a register read."""
    if len(pdu) != _HEAD.size:
        raise Refusal(ILLEGAL_VALUE)
    _, start, count = _HEAD.unpack(pdu)
    if not 1 <= count <= MAX_READ:
        raise Refusal(ILLEGAL_VALUE)
    return start, count


def parse_write(pdu: bytes) -> tuple[int, tuple[int, ...]]:
    """Start and values of a register write, single or multiple."""
    if len(pdu) < _HEAD.size:
        raise Refusal(ILLEGAL_VALUE)
    function, start, second = _HEAD.unpack_from(pdu)
    if function == Function.WRITE_REGISTER:
        if len(pdu) != _HEAD.size:
            raise Refusal(ILLEGAL_VALUE)
        return start, (second,)
    if not 1 <= second <= MAX_WRITE or len(pdu) != 6 + 2 * second or pdu[5] != 2 * second:
        raise Refusal(ILLEGAL_VALUE)
    return start, unpack_from(f">{second}H", pdu, 6)


def parse_bit_read(pdu: bytes) -> tuple[int, int]:
    """Start and count of a read of bits."""
    if len(pdu) != _HEAD.size:
        raise Refusal(ILLEGAL_VALUE)
    _, start, count = _HEAD.unpack(pdu)
    if not 1 <= count <= MAX_READ_BITS:
        raise Refusal(ILLEGAL_VALUE)
    return start, count


def parse_bit_write(pdu: bytes) -> tuple[int, tuple[bool, ...]]:
    """Start and values of a write of bits, single or multiple."""
    if len(pdu) < _HEAD.size:
        raise Refusal(ILLEGAL_VALUE)
    function, start, second = _HEAD.unpack_from(pdu)
    if function == Function.WRITE_COIL:
        if len(pdu) != _HEAD.size or second not in (COIL_ON, COIL_OFF):
            raise Refusal(ILLEGAL_VALUE)
        return start, (second == COIL_ON,)
    length = (second + 7) // 8
    if not 1 <= second <= MAX_WRITE_BITS or len(pdu) != 6 + length or pdu[5] != length:
        raise Refusal(ILLEGAL_VALUE)
    return start, tuple(bool(pdu[6 + n // 8] >> n % 8 & 1) for n in range(second))


def read_reply(data: bytes, function: int = Function.READ_HOLDING) -> bytes:
    """The answer to a read."""
    return bytes((function, len(data))) + data


def packed(bits: Sequence[bool]) -> bytes:
    """Bits as they stand on the wire: the first one lowest."""
    return sum(bit << n for n, bit in enumerate(bits)).to_bytes((len(bits) + 7) // 8, "little")


def write_reply(pdu: bytes) -> bytes:
    """The answer to a write: its first five bytes, whichever the function."""
    return pdu[:5]
