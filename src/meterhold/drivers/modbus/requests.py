"""From a request as data to pymodbus' own request, or a refusal before any byte leaves."""

from typing import Final

from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteSingleCoilRequest,
)
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from meterhold.domain.errors import NeverSent
from meterhold.domain.words import Because
from meterhold.profiles.wire import ModbusRead, ModbusWrite, Table

WRITE_COIL: Final = 5
WRITE_REGISTER: Final = 6
WRITE_COILS: Final = 15
WRITE_REGISTERS: Final = 16
SINGLE_WRITES: Final = frozenset({WRITE_COIL, WRITE_REGISTER})
COIL_WRITES: Final = frozenset({WRITE_COIL, WRITE_COILS})

_READS: Final[dict[Table, tuple[type[ModbusPDU], int]]] = {
    Table.COIL: (ReadCoilsRequest, 2000),
    Table.DISCRETE: (ReadDiscreteInputsRequest, 2000),
    Table.HOLDING: (ReadHoldingRegistersRequest, 125),
    Table.INPUT: (ReadInputRegistersRequest, 125),
}
_MOST_WRITTEN: Final = {WRITE_COIL: 1, WRITE_REGISTER: 1, WRITE_COILS: 1968, WRITE_REGISTERS: 123}
_ADDRESSES: Final = 0x10000
_MOST_WORD: Final = 0xFFFF
_MOST_BIT: Final = 1
# 0 is a broadcast: every meter on the line would obey and none would answer.
_LOWEST_UNIT: Final = 1
_HIGHEST_UNIT: Final = 255


def read_request(read: ModbusRead) -> ModbusPDU:
    """Make the request that asks for these words or bits."""
    request, most = _READS[read.table]
    _check_place(read.unit, read.address, read.count, most)
    return request(dev_id=read.unit, address=read.address, count=read.count)


def write_request(write: ModbusWrite) -> ModbusPDU:
    """Make the request that writes with exactly the function asked for: function 16 also for a single register."""
    function = write.function
    most = _MOST_WRITTEN.get(function)
    if most is None:
        raise NeverSent(Because.MALFORMED, f"function {function} is no write that this gateway sends")
    _check_place(write.unit, write.address, len(write.values), most)
    _check_values(write)
    if function == WRITE_REGISTERS:
        return WriteMultipleRegistersRequest(
            dev_id=write.unit, address=write.address, registers=list(write.values), count=len(write.values)
        )
    if function == WRITE_REGISTER:
        return WriteSingleRegisterRequest(dev_id=write.unit, address=write.address, registers=list(write.values))
    bits = [value == 1 for value in write.values]
    if function == WRITE_COILS:
        return WriteMultipleCoilsRequest(dev_id=write.unit, address=write.address, bits=bits)
    return WriteSingleCoilRequest(dev_id=write.unit, address=write.address, bits=bits)


def _check_place(unit: int, address: int, count: int, most: int) -> None:
    if not _LOWEST_UNIT <= unit <= _HIGHEST_UNIT:
        raise NeverSent(Because.MALFORMED, f"unit {unit} is not one meter: units are 1 to 255, 0 is a broadcast")
    if not 1 <= count <= most:
        raise NeverSent(Because.MALFORMED, f"{count} values do not fit into one request: 1 to {most} do")
    if not 0 <= address <= _ADDRESSES - count:
        raise NeverSent(Because.MALFORMED, f"address {address} with {count} values leaves the table")


def _check_values(write: ModbusWrite) -> None:
    highest = _MOST_BIT if write.function in COIL_WRITES else _MOST_WORD
    for value in write.values:
        if not 0 <= value <= highest:
            raise NeverSent(Because.MALFORMED, f"value {value} does not fit: 0 to {highest} do")
