"""Whether a reply answers its request. pymodbus pairs them by place or transaction id and compares nothing else."""

from typing import Final

from pymodbus.client.base import ModbusBaseClient
from pymodbus.pdu import ModbusPDU

from meterhold.drivers.modbus.requests import WRITE_COIL, WRITE_COILS, WRITE_REGISTER, WRITE_REGISTERS
from meterhold.profiles.wire import ModbusRead, Table

_BIT_TABLES: Final = frozenset({Table.COIL, Table.DISCRETE})
_BITS_IN_BYTE: Final = 8
_ECHO_BYTES: Final = 4
"""Every write is answered by its address and its value or count: two words."""


class DoesNotFit(Exception):
    """A frame came that is no answer to the request."""


class EchoReply(ModbusPDU):
    """The reply to a write, kept as it came: the library's own classes turn any coil value into True."""

    rtu_frame_size = 8
    echo: bytes = b""

    def decode(self, data: bytes) -> None:
        """Keep the bytes after the function code."""
        self.echo = data


class _CoilEcho(EchoReply):
    function_code = WRITE_COIL


class _RegisterEcho(EchoReply):
    function_code = WRITE_REGISTER


class _CoilsEcho(EchoReply):
    function_code = WRITE_COILS


class _RegistersEcho(EchoReply):
    function_code = WRITE_REGISTERS


def keep_echoes(client: ModbusBaseClient) -> None:
    """Make a client give the replies to writes as they came."""
    for reply in (_CoilEcho, _RegisterEcho, _CoilsEcho, _RegistersEcho):
        client.register(reply)


def exception_code(request: ModbusPDU, reply: ModbusPDU) -> int | None:
    """The exception code of a reply, or None where it is no exception. The one place that asks ``isError``."""
    if not reply.isError():
        return None
    if reply.function_code != request.function_code | 0x80:
        raise DoesNotFit(f"an exception of function {reply.function_code & 0x7F} for {request.function_code}")
    return reply.exception_code


def read_values(read: ModbusRead, request: ModbusPDU, reply: ModbusPDU) -> tuple[int, ...]:
    """The words or bits that were asked for; exactly as many, from the same function of the same unit."""
    _check_origin(request, reply)
    if read.table in _BIT_TABLES:
        bits = reply.bits
        if len(bits) != -(-read.count // _BITS_IN_BYTE) * _BITS_IN_BYTE:
            raise DoesNotFit(f"{len(bits)} bits for {read.count}")
        return tuple(map(int, bits[: read.count]))
    registers = reply.registers
    if len(registers) != read.count:
        raise DoesNotFit(f"{len(registers)} words for {read.count}")
    return tuple(registers)


def check_echo(request: ModbusPDU, reply: ModbusPDU) -> None:
    """Refuse a reply to a write that does not repeat its address and its value or count, byte for byte."""
    _check_origin(request, reply)
    expected = request.encode()[:_ECHO_BYTES]
    if not isinstance(reply, EchoReply) or reply.echo != expected:
        found = reply.echo.hex(" ") if isinstance(reply, EchoReply) else type(reply).__name__
        raise DoesNotFit(f"the echo {found} for {expected.hex(' ')}")


def _check_origin(request: ModbusPDU, reply: ModbusPDU) -> None:
    if reply.function_code != request.function_code:
        raise DoesNotFit(f"function {reply.function_code} for {request.function_code}")
    if reply.dev_id != request.dev_id:
        raise DoesNotFit(f"unit {reply.dev_id} for {request.dev_id}")
