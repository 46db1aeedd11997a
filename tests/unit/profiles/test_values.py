"""Words and JSON made into values: orders, signs, scales, sentinels, and what is no value at all."""

from decimal import Decimal
from struct import pack, unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.profiles.language.points import JsonType, ModbusPoint, MqttPoint, Order, WordType
from meterhold.profiles.reading import messages, registers
from meterhold.profiles.reading.values import number
from meterhold.profiles.wire import Table


def point(
    kind: WordType, order: Order = Order.ABCD, words: int | None = None, sentinel: int | str | None = None
) -> ModbusPoint:
    """A point at address 10."""
    return ModbusPoint(table=Table.HOLDING, address=10, type=kind, order=order, words=words, sentinel=sentinel)


@pytest.mark.parametrize(
    ("kind", "order", "words", "value"),
    [
        (WordType.U16, Order.ABCD, (0x0102,), 0x0102),
        (WordType.U16, Order.BADC, (0x0102,), 0x0201),
        (WordType.S16, Order.ABCD, (0xFFFE,), -2),
        (WordType.U32, Order.ABCD, (0x0102, 0x0304), 0x01020304),
        (WordType.U32, Order.CDAB, (0x0102, 0x0304), 0x03040102),
        (WordType.U32, Order.BADC, (0x0102, 0x0304), 0x02010403),
        (WordType.U32, Order.DCBA, (0x0102, 0x0304), 0x04030201),
        (WordType.S32, Order.CDAB, (0xFFFE, 0xFFFF), -2),
        (WordType.U64, Order.ABCD, (0, 0, 1, 2), 0x10002),
        (WordType.U64, Order.CDAB, (2, 1, 0, 0), 0x10002),
        (WordType.F32, Order.ABCD, (0x3F80, 0x0000), 1.0),
        (WordType.F32, Order.DCBA, (0x1E85, 0x0B3F), unpack(">f", bytes.fromhex("3F0B851E"))[0]),
    ],
)
def test_orders_and_types(kind: WordType, order: Order, words: tuple[int, ...], value: float) -> None:
    """Each order is what its letters say, for each type."""
    assert registers.taker(point(kind, order), 8)((0, 0, *words)) == value


@pytest.mark.parametrize("words", [(0x7FC0, 0), (0x7F80, 0), (0xFF80, 0)])
def test_a_float_that_is_no_number_is_no_value(words: tuple[int, ...]) -> None:
    """NaN and infinity compare like small numbers or large ones: neither may ever become a load."""
    assert registers.taker(point(WordType.F32), 10)(words) is None


def test_texts_from_registers() -> None:
    """Serial numbers come as ASCII or as digits; registers that were never set hold none."""
    ascii_ = registers.taker(point(WordType.ASCII, words=3), 10)
    assert ascii_((0x4142, 0x3132, 0x0000)) == "AB12"
    assert ascii_((0x4142, 0x07FF, 0x0001)) is None
    assert ascii_((0, 0, 0)) is None
    digits = registers.taker(point(WordType.HEX, words=2), 10)
    assert digits((0x0012, 0x34AB)) == "001234AB"
    assert digits((0, 0)) is None
    assert digits((0xFFFF, 0xFFFF)) is None


def test_a_sentinel_is_no_value() -> None:
    """What the device sends for "not available" is absent, everything else is not."""
    take = registers.taker(point(WordType.U16, sentinel=0xFFFF), 10)
    assert take((0xFFFF,)) is None
    assert take((0xFFFE,)) == 0xFFFE


def field(kind: JsonType, pointer: str = "/a/b", sentinel: int | str | None = None) -> MqttPoint:
    """A point in a message."""
    return MqttPoint(pointer=pointer, type=kind, sentinel=sentinel)


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        (JsonType.BOOL, True, True),
        (JsonType.BOOL, 1, None),
        (JsonType.BOOL, "true", None),
        (JsonType.NUMBER, 0, 0),
        (JsonType.NUMBER, 0.5, 0.5),
        (JsonType.NUMBER, False, None),
        (JsonType.NUMBER, "0", None),
        (JsonType.NUMBER, float("nan"), None),
        (JsonType.NUMBER, None, None),
        (JsonType.NUMBER, 10**400, 10**400),
        (JsonType.INTEGER, 7, 7),
        (JsonType.INTEGER, 7.0, None),
        (JsonType.INTEGER, True, None),
        (JsonType.TEXT, "ON", "ON"),
        (JsonType.TEXT, "", None),
        (JsonType.TEXT, 1, None),
        (JsonType.LIST, ["x"], ["x"]),
        (JsonType.LIST, "x", None),
    ],
)
def test_json_of_the_wrong_type_is_no_value(kind: JsonType, value: object, taken: object) -> None:
    """A value counts only in the type that the profile says; a missing one never has a default."""
    take = messages.taker(field(kind))
    assert take({"a": {"b": value}}) == taken
    assert type(take({"a": {"b": value}})) is type(taken)


@pytest.mark.parametrize("document", [None, "text", 3, [], {}, {"a": None}, {"a": []}, {"a": "b"}, {"b": 1}])
def test_a_field_that_is_not_there_is_no_value(document: object) -> None:
    """Whatever shape the message has, a missing field is only missing."""
    assert messages.taker(field(JsonType.NUMBER))(document) is None


def test_pointers_reach_lists_and_odd_keys() -> None:
    """JSON pointers follow RFC 6901."""
    assert messages.taker(field(JsonType.NUMBER, "/list/1/x"))({"list": [0, {"x": 5}]}) == 5
    assert messages.taker(field(JsonType.NUMBER, "/list/2"))({"list": [0, 1]}) is None
    assert messages.taker(field(JsonType.NUMBER, "/switch:0/a~1b/c~0d"))({"switch:0": {"a/b": {"c~d": 1}}}) == 1
    assert messages.taker(field(JsonType.TEXT, "/a", sentinel="none"))({"a": "none"}) is None


@pytest.mark.parametrize(
    ("raw", "scale", "single", "text"),
    [
        (123456, "0.01", False, "1234.56"),
        (7133, None, False, "7133"),
        (12345.678, "0.001", False, "12.345678"),
        (unpack(">f", pack(">f", 0.545))[0], None, True, "0.545"),
        (unpack(">f", pack(">f", 1000000.0))[0], None, True, "1000000.0"),
        (unpack(">f", pack(">f", 123456.79))[0], None, True, "123456.79"),
    ],
)
def test_registers_are_exact(raw: float, scale: str | None, *, single: bool, text: str) -> None:
    """Billing gets the digits that the meter shows, not those of a binary fraction."""
    assert str(number(None if scale is None else Decimal(scale), single=single)(raw)) == text


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_single_float_survives_its_shortest_form(value: float) -> None:
    """The decimal form of a 32-bit float turns back into the same bits."""
    assert pack(">f", float(number(None, single=True)(value))) == pack(">f", value)
