"""Registers as they come over the wire, made into values. What makes no sense is ``None``, never a default."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import assert_never

from meterhold.profiles.language.points import ModbusPoint, Order, WordType
from meterhold.profiles.reading.values import Raw, single_from

Take = Callable[[Sequence[int]], Raw | None]
"""Takes a value out of the words of one reply."""

_WORDS_SWAPPED = frozenset({Order.CDAB, Order.DCBA})
_BYTES_SWAPPED = frozenset({Order.BADC, Order.DCBA})


def taker(point: ModbusPoint, start: int) -> Take:
    """Make the function that takes this point out of a reply whose first word is address ``start``."""
    offset = point.address - start
    take = _taker(point, offset)
    sentinel = point.sentinel
    if sentinel is None:
        return take

    def take_unless_sentinel(words: Sequence[int]) -> Raw | None:
        value = take(words)
        return None if value == sentinel else value

    return take_unless_sentinel


def _taker(point: ModbusPoint, offset: int) -> Take:
    read = _reader(offset, point.count, point.order)
    match point.type:
        case WordType.BIT:
            return lambda words: bool(words[offset])
        case WordType.U16 if point.order not in _BYTES_SWAPPED:
            return lambda words: words[offset]
        case WordType.U32 if point.order is Order.ABCD:
            return lambda words: words[offset] << 16 | words[offset + 1]
        case WordType.U16 | WordType.U32 | WordType.U64:
            return lambda words: int.from_bytes(read(words))
        case WordType.S16 | WordType.S32:
            return lambda words: int.from_bytes(read(words), signed=True)
        case WordType.F32:
            return lambda words: _finite(single_from(read(words)))
        case WordType.ASCII:
            return lambda words: _ascii(read(words))
        case WordType.HEX:
            return lambda words: _hex(read(words))
        case other:
            assert_never(other)


def _reader(offset: int, count: int, order: Order) -> Callable[[Sequence[int]], bytes]:
    """Make the function that brings a point's bytes into the order most significant first."""
    positions = range(offset, offset + count)
    if order in _WORDS_SWAPPED:
        positions = positions[::-1]
    byte_order = "little" if order in _BYTES_SWAPPED else "big"
    if byte_order == "little":
        return lambda words: b"".join([words[n].to_bytes(2, "little") for n in positions])
    return lambda words: b"".join([words[n].to_bytes(2, "big") for n in positions])


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _ascii(data: bytes) -> str | None:
    """Printable text, without the padding around it; anything else is no text."""
    text = data.strip(b"\x00 \xff")
    return text.decode("ascii") if text and text.isascii() and text.decode("ascii").isprintable() else None


def _hex(data: bytes) -> str | None:
    """The digits; registers that were never set (all zero, all ones) hold none."""
    return None if not data.strip(b"\x00") or not data.strip(b"\xff") else data.hex().upper()
