"""Whether a reply answers its request. pymodbus pairs them by place or transaction id and compares nothing else."""

from struct import unpack
from typing import Final

from pymodbus.client.base import ModbusBaseClient
from pymodbus.pdu import ModbusPDU

from meterhold.profiles.wire import ModbusRead, Table

_BIT_TABLES: Final = frozenset({Table.COIL, Table.DISCRETE})
_ECHO_BYTES: Final = 4
"""Every write is answered by its address and its value or count: two words."""


class DoesNotFit(Exception):
    """A frame came that is no answer to the request."""


class RawReply(ModbusPDU):
    """A reply kept as it came; the library's own classes forgive: any coil value is True, what is too long is cut."""

    def __init__(self) -> None:
        """Start empty; the base class's twelve fields are never read."""
        self.data = b""

    def decode(self, data: bytes) -> None:
        """Keep the bytes after the function code."""
        self.data = data

    def __str__(self) -> str:
        # pymodbus formats every reply for its debug log, also where nobody reads it.
        return type(self).__name__


class _Read(RawReply):
    rtu_byte_count_pos = 2


class _Echo(RawReply):
    rtu_frame_size = 8


class _Coils(_Read):
    function_code = 1


class _Discretes(_Read):
    function_code = 2


class _Holdings(_Read):
    function_code = 3


class _Inputs(_Read):
    function_code = 4


class _CoilEcho(_Echo):
    function_code = 5


class _RegisterEcho(_Echo):
    function_code = 6


class _CoilsEcho(_Echo):
    function_code = 15


class _RegistersEcho(_Echo):
    function_code = 16


_RAW: Final = (_Coils, _Discretes, _Holdings, _Inputs, _CoilEcho, _RegisterEcho, _CoilsEcho, _RegistersEcho)


def keep_raw(client: ModbusBaseClient) -> None:
    """Make a client give replies as they came."""
    for reply in _RAW:
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
    data = _data(request, reply)
    count = read.count
    bits = read.table in _BIT_TABLES
    size = (count + 7) // 8 if bits else 2 * count
    if len(data) != size + 1 or data[0] != size:
        raise DoesNotFit(f"{data.hex(' ') or 'nothing'} for {count} {'bits' if bits else 'words'}")
    if bits:
        return tuple([data[1 + number // 8] >> number % 8 & 1 for number in range(count)])
    return unpack(f">{count}H", data[1:])


def check_echo(request: ModbusPDU, reply: ModbusPDU) -> None:
    """Refuse a reply to a write that does not repeat its address and its value or count, byte for byte."""
    data = _data(request, reply)
    expected = request.encode()[:_ECHO_BYTES]
    if data != expected:
        raise DoesNotFit(f"the echo {data.hex(' ') or 'nothing'} for {expected.hex(' ')}")


def _data(request: ModbusPDU, reply: ModbusPDU) -> bytes:
    if reply.function_code != request.function_code:
        raise DoesNotFit(f"function {reply.function_code} for {request.function_code}")
    if reply.dev_id != request.dev_id:
        raise DoesNotFit(f"unit {reply.dev_id} for {request.dev_id}")
    if not isinstance(reply, RawReply):
        raise DoesNotFit(f"{type(reply).__name__} for function {request.function_code}")
    return reply.data
