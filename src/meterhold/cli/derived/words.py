"""Raw values as registers hold them."""

from collections.abc import Iterator, Mapping
from struct import pack
from typing import Any

from meterhold.cli.derived.raws import Raws
from meterhold.profiles.language.definition import ModbusDefinition
from meterhold.profiles.language.points import ModbusPoint, Order, WordType
from meterhold.profiles.wire import Table

Place = tuple[Table, int]
"""A table, and an address in it."""


def image(definition: ModbusDefinition, raws: Raws) -> Mapping[Place, int]:
    """Every register that a point is made of."""
    return {
        (point.table, point.address + n): word
        for name, point in definition.points.items()
        for n, word in enumerate(_words(point, raws[name]))
    }


def _words(point: ModbusPoint, raw: Any) -> list[int]:  # noqa: ANN401 - a raw value
    if point.type is WordType.BIT:
        return [int(raw)]
    data = _bytes(point, raw)
    byte_order = "little" if point.order in {Order.BADC, Order.DCBA} else "big"
    words = list(_pairs(data, byte_order))
    return words[::-1] if point.order in {Order.CDAB, Order.DCBA} else words


def _pairs(data: bytes, byte_order: Any) -> Iterator[int]:  # noqa: ANN401 - a literal of int.from_bytes
    for n in range(0, len(data), 2):
        yield int.from_bytes(data[n : n + 2], byte_order)


def _bytes(point: ModbusPoint, raw: Any) -> bytes:  # noqa: ANN401 - a raw value
    size = 2 * point.count
    match point.type:
        case WordType.F32:
            return pack(">f", raw)
        case WordType.ASCII:
            return str(raw).encode("ascii").ljust(size, b"\0")[:size]
        case WordType.HEX:
            return bytes.fromhex(str(raw).rjust(2 * size, "0"))
        case WordType.S16 | WordType.S32:
            return int(raw).to_bytes(size, "big", signed=True)
        case _:
            return int(raw).to_bytes(size, "big")
