"""What may be written over Modbus. There is no unit id here, so no broadcast: it belongs to the meter."""

from typing import Annotated, Literal, Self

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema, field_validator, model_validator

from meterhold.profiles.language.base import CodecName, Part, PointName
from meterhold.profiles.language.points import ADDRESSES, Address, refuse_manual_number
from meterhold.profiles.wire import Table

_SINGLE = frozenset({5, 6})
_COILS = frozenset({5, 15})
_ALL_BITS = 0xFFFF

LIMIT = "limit"
"""Stands among the values of a write for what an order asks for."""


def _value(value: object) -> object:
    if value == LIMIT or (type(value) is int and 0 <= value <= _ALL_BITS):
        return value
    raise ValueError(f"must be a whole number from 0 to {_ALL_BITS}, or {LIMIT}")


Value = Annotated[
    int | Literal["limit"],
    PlainValidator(_value),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0, "maximum": _ALL_BITS}, {"const": LIMIT}]}),
]
Bits = Annotated[int, Field(ge=0, le=_ALL_BITS)]


class ModbusWriteStep(Part):
    """One Modbus write, with exactly this function."""

    function: Literal[5, 6, 15, 16]
    """5 and 15 write coils, 6 and 16 holding registers; 5 and 6 write exactly one."""
    address: Address
    values: Annotated[tuple[Value, ...], Field(min_length=1, max_length=123)]
    """Registers as they are; coils as 0 or 1 (function 5 sends ``FF00`` for 1). ``limit`` is what an order restricts
    supply to, in counts."""

    @property
    def table(self) -> Table:
        """Which table it writes to."""
        return Table.COIL if self.function in _COILS else Table.HOLDING

    @property
    def end(self) -> int:
        """The first address behind what it writes."""
        return self.address + len(self.values)

    def may_set(self, address: int) -> int:
        """The bits that it may leave as 1 at an address that it writes."""
        value = self.values[address - self.address]
        return value if isinstance(value, int) else _ALL_BITS

    @property
    def takes_limit(self) -> bool:
        """Whether it writes what an order asks for."""
        return LIMIT in self.values

    def filled(self, limit: int | None) -> tuple[int, ...]:
        """The values with a limit, in counts, in its place."""
        if not self.takes_limit:
            return tuple(value for value in self.values if isinstance(value, int))
        if limit is None:
            raise ValueError("a write that takes a limit needs one")
        return tuple(value if isinstance(value, int) else limit for value in self.values)

    @field_validator("address")
    @classmethod
    def _from_zero(cls, address: int, info: ValidationInfo) -> int:
        registers = info.data.get("function") in {6, 16}
        return refuse_manual_number(Table.HOLDING, address) if registers else address

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if self.function in _SINGLE and len(self.values) != 1:
            raise ValueError(f"function {self.function} writes exactly one value")
        if self.function in _COILS and any(value not in {0, 1} for value in self.values):
            raise ValueError("coils are written as 0 or 1")
        if self.address + len(self.values) > ADDRESSES:
            raise ValueError("reaches beyond the last address")
        return self


class MaskedWriteStep(Part):
    """Read one holding register, change some of its bits, write it back. Every bit is named once."""

    function: Literal[6, 16]
    address: Address
    set_: Annotated[Bits, Field(alias="set")] = 0
    """These bits become 1."""
    clear: Bits = 0
    """These bits become 0."""
    keep: Bits = 0
    """These bits go back as they were read."""

    @property
    def table(self) -> Table:
        """Which table it writes to."""
        return Table.HOLDING

    @property
    def end(self) -> int:
        """The first address behind what it writes."""
        return self.address + 1

    def may_set(self, _: int) -> int:
        """The bits that it may leave as 1."""
        return self.set_ | self.keep

    @field_validator("address")
    @classmethod
    def _from_zero(cls, address: int) -> int:
        return refuse_manual_number(Table.HOLDING, address)

    @model_validator(mode="after")
    def _each_bit_once(self) -> Self:
        twice = (self.set_ & self.clear) | (self.set_ & self.keep) | (self.clear & self.keep)
        if twice:
            raise ValueError(f"bits {twice:#06x} stand in more than one of set, clear, keep")
        missing = _ALL_BITS & ~(self.set_ | self.clear | self.keep)
        if missing:
            raise ValueError(f"bits {missing:#06x} stand in none of set, clear, keep: say what becomes of each bit")
        if not self.set_ | self.clear:
            raise ValueError("neither sets nor clears a bit")
        return self


class ComputedWriteStep(Part):
    """Read a point, let a codec make words of it, write those: a key that is made of a serial number."""

    function: Literal[6, 16]
    address: Address
    words: Annotated[int, Field(ge=1, le=123)]
    """How many words the codec makes."""
    codec: CodecName
    point: PointName

    @property
    def table(self) -> Table:
        """Which table it writes to."""
        return Table.HOLDING

    @property
    def end(self) -> int:
        """The first address behind what it writes."""
        return self.address + self.words

    def may_set(self, _: int) -> int:
        """The bits that it may leave as 1: nobody knows."""
        return _ALL_BITS

    @field_validator("address")
    @classmethod
    def _from_zero(cls, address: int) -> int:
        return refuse_manual_number(Table.HOLDING, address)

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if self.function in _SINGLE and self.words != 1:
            raise ValueError(f"function {self.function} writes exactly one value")
        if self.end > ADDRESSES:
            raise ValueError("reaches beyond the last address")
        return self


AnyWriteStep = ModbusWriteStep | MaskedWriteStep | ComputedWriteStep
