"""Points: where a value stands on the wire and how it is read."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from meterhold.domain.words import Quantity
from meterhold.profiles.language.base import Kind, Part, Pointer, PointName, Scalar, kind_of
from meterhold.profiles.wire import Table

ADDRESSES = 0x10000
_MANUAL_STYLE = {Table.INPUT: range(30001, 40000), Table.HOLDING: range(40001, 50000)}
_BIT_TABLES = frozenset({Table.COIL, Table.DISCRETE})

Address = Annotated[int, Field(ge=0, lt=ADDRESSES)]
Scale = Annotated[Decimal, Field(gt=0)]


def refuse_manual_number(table: Table, address: int) -> int:
    """Refuse a number as manuals print them: counted from 1, with the table as its first digit."""
    if address in _MANUAL_STYLE.get(table, ()):
        first = _MANUAL_STYLE[table].start
        raise ValueError(
            f"{address} is a manual-style number: write the protocol address, counted from 0 ({address - first}?)"
        )
    return address


class WordType(StrEnum):
    """How registers make a value."""

    BIT = "bit"
    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    U64 = "u64"
    F32 = "f32"
    ASCII = "ascii"
    HEX = "hex"
    """The words as hexadecimal digits: serial numbers in BCD read as they are printed."""


class Order(StrEnum):
    """In which order bytes stand: A is the most significant. Longer values follow the same pattern."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    """Words swapped."""
    BADC = "BADC"
    """Bytes swapped within each word."""
    DCBA = "DCBA"
    """Both."""


_WORDS = {
    WordType.BIT: 1,
    WordType.U16: 1,
    WordType.S16: 1,
    WordType.U32: 2,
    WordType.S32: 2,
    WordType.U64: 4,
    WordType.F32: 2,
}
_WORD_KINDS = {
    WordType.BIT: Kind.FLAG,
    WordType.U16: Kind.WHOLE,
    WordType.S16: Kind.WHOLE,
    WordType.U32: Kind.WHOLE,
    WordType.S32: Kind.WHOLE,
    WordType.U64: Kind.WHOLE,
    WordType.F32: Kind.REAL,
    WordType.ASCII: Kind.TEXT,
    WordType.HEX: Kind.TEXT,
}


class PointBase(Part):
    """What points of both wires have."""

    quantity: Quantity | None = None
    """What is measured here; the unit is in the name, and ``scale`` must bring the raw value to that unit."""
    scale: Scale | None = None
    """What one count is worth."""
    sentinel: Scalar | None = None
    """The raw value with which the device says that it has none."""

    @property
    def kind(self) -> Kind:
        """What sort of value this point has."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _numbers_only(self) -> Self:
        numeric = self.kind in {Kind.WHOLE, Kind.REAL}
        if self.quantity is not None and not numeric:
            raise ValueError(f"a quantity needs a number, not a point that is {self.kind}")
        if self.scale is not None and not numeric:
            raise ValueError(f"scale needs a number, not a point that is {self.kind}")
        if self.sentinel is not None and kind_of(self.sentinel) is not self.kind:
            raise ValueError(f"sentinel {self.sentinel!r} can never match a point that is {self.kind}")
        return self


class ModbusPoint(PointBase):
    """A value in a Modbus table. Addresses are protocol addresses, counted from 0."""

    table: Table
    address: Address
    type: WordType
    order: Order = Order.ABCD
    words: int | None = Field(default=None, ge=1, le=64)
    """How many registers, for ``ascii`` and ``hex``."""

    @field_validator("address")
    @classmethod
    def _from_zero(cls, address: int, info: ValidationInfo) -> int:
        table = info.data.get("table")
        return address if table is None else refuse_manual_number(table, address)

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if (self.table in _BIT_TABLES) is not (self.type is WordType.BIT):
            raise ValueError("type bit goes with table coil or discrete, and nothing else does; in a register use mask")
        if (self.type in _WORDS) is not (self.words is None):
            raise ValueError("words is needed for ascii and hex, and only there")
        if self.address + self.count > ADDRESSES:
            raise ValueError("reaches beyond the last address")
        return self

    @property
    def count(self) -> int:
        """How many registers or bits it takes."""
        return _WORDS.get(self.type, 0) or self.words or 0

    @property
    def kind(self) -> Kind:
        """What sort of value this point has."""
        return _WORD_KINDS[self.type]


class JsonType(StrEnum):
    """What JSON must hold at a pointer; anything else counts as absent."""

    BOOL = "bool"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"


_JSON_KINDS = {
    JsonType.BOOL: Kind.FLAG,
    JsonType.INTEGER: Kind.WHOLE,
    JsonType.NUMBER: Kind.REAL,
    JsonType.TEXT: Kind.TEXT,
    JsonType.LIST: Kind.LIST,
}


class MqttPoint(PointBase):
    """A value in a message."""

    pointer: Pointer | None = None
    """Where in the message; without it the whole message, which may be plain text."""
    topic_level: Annotated[int, Field(ge=0, le=31)] | None = None
    """Instead of a pointer: which level of the message's topic, from 0. For ids that stand in a device's topics."""
    type: JsonType
    question: PointName | None = None
    """Which question brings it; not needed where the profile has one source."""
    report: PointName | None = None
    """Which report brings it; not needed where the profile has one source."""
    cached: bool = False
    """The field may be repeated from a cache: its evidence is as old as its last change, not as the message."""

    @property
    def kind(self) -> Kind:
        """What sort of value this point has."""
        return _JSON_KINDS[self.type]

    @property
    def key(self) -> str:
        """Its pointer as dates of fields are kept; the whole message is the empty one."""
        return self.pointer or ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.question is not None and self.report is not None:
            raise ValueError("comes from a question or from a report, not from both")
        return self

    @model_validator(mode="after")
    def _of_a_topic(self) -> Self:
        if self.topic_level is not None and (self.pointer is not None or self.cached or self.type is not JsonType.TEXT):
            raise ValueError("a level of a topic is text, neither cached nor at a pointer")
        return self
