"""Both framings of Modbus over TCP: the MBAP header, and RTU frames with a CRC."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Protocol

from meterhold_simulators.wire.crc import crc16
from meterhold_simulators.wire.pdu import Function

_MBAP = Struct(">HHHB")
_MAX_MBAP_LENGTH = 254
_RTU_SHORT = 8
_RTU_COUNT_AT = 6
_RTU_AROUND_DATA = 9
_MAX_RTU = 256
_MULTIPLE = (Function.WRITE_COILS, Function.WRITE_REGISTERS)


class BadFrameError(ValueError):
    """The stream cannot be followed any more; only a new connection helps."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: the unit asked, the protocol data unit, and the whole frame."""

    unit: int
    pdu: bytes
    frame: bytes
    transaction: int = 0


class Framing(Protocol):
    """Finds requests in a stream and frames answers."""

    broadcasts: bool
    answers_for_missing: bool

    def requests(self, buffer: bytearray) -> Iterator[Request]:
        """Take all whole requests from the front of the buffer."""

    def frame(self, request: Request, unit: int, pdu: bytes) -> bytes:
        """The answer's bytes."""

    def garble(self, frame: bytes) -> bytes:
        """The answer as a collision on the line leaves it."""


class Mbap:
    """Modbus TCP."""

    broadcasts = False
    answers_for_missing = True

    def requests(self, buffer: bytearray) -> Iterator[Request]:
        """Take all whole requests from the front of the buffer."""
        while len(buffer) > _MBAP.size:
            transaction, protocol, length, unit = _MBAP.unpack_from(buffer)
            if protocol != 0 or not 2 <= length <= _MAX_MBAP_LENGTH:  # noqa: PLR2004 - unit and function at least
                raise BadFrameError("not an MBAP header")
            end = 6 + length
            if len(buffer) < end:
                return
            frame = bytes(buffer[:end])
            del buffer[:end]
            yield Request(unit, frame[7:], frame, transaction)

    def frame(self, request: Request, unit: int, pdu: bytes) -> bytes:
        """The answer's bytes, with the transaction id of the request."""
        return _MBAP.pack(request.transaction, 0, len(pdu) + 1, unit) + pdu

    def garble(self, frame: bytes) -> bytes:
        """A converter passes on what the line gave it: a damaged PDU in a sound header."""
        return frame[:7] + bytes(byte ^ 0x55 for byte in frame[7:])


class Rtu:
    """RTU frames carried over TCP as a transparent converter does."""

    broadcasts = True
    answers_for_missing = False

    def requests(self, buffer: bytearray) -> Iterator[Request]:
        """Take all whole requests from the front of the buffer, skipping bytes until a frame's CRC is right."""
        while len(buffer) >= 4:  # noqa: PLR2004 - unit, function and CRC
            length = _rtu_length(buffer)
            if length > len(buffer):
                return
            frame = bytes(buffer[:length])
            if crc16(frame[:-2]) != frame[-2:]:
                del buffer[0]
                continue
            del buffer[:length]
            yield Request(frame[0], frame[1:-2], frame)

    def frame(self, request: Request, unit: int, pdu: bytes) -> bytes:  # noqa: ARG002 - RTU answers carry no reference
        """The answer's bytes."""
        body = bytes((unit,)) + pdu
        return body + crc16(body)

    def garble(self, frame: bytes) -> bytes:
        """Two answers on top of each other: the CRC is wrong."""
        return bytes(byte ^ 0x55 for byte in frame)


def _rtu_length(buffer: bytearray) -> int:
    """The length of the request that seems to begin here; an unknown function is taken to be all that has come."""
    function = buffer[1]
    if function in _MULTIPLE:
        return _RTU_AROUND_DATA + buffer[_RTU_COUNT_AT] if len(buffer) > _RTU_COUNT_AT else _RTU_AROUND_DATA
    if Function.READ_COILS <= function <= Function.WRITE_REGISTER:
        return _RTU_SHORT
    return min(len(buffer), _MAX_RTU)
