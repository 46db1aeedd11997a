"""Raw values as registers and JSON give them, and exact numbers made of them."""

from collections.abc import Callable
from decimal import Decimal
from struct import pack, unpack
from typing import Any

Raw = bool | int | float | str | list[object]

Number = Callable[[Any], Decimal]
"""Makes a raw number (never ``None``) into the exact one that the device meant."""

_DIGITS_OF_F32 = range(6, 9)


def number(scale: Decimal | None, *, single: bool) -> Number:
    """Make the function that turns raw numbers of one point into exact ones, for those that are recorded.

    ``single``: the raw number is a 32-bit float, whose shortest decimal form is meant.
    """
    if single:
        return lambda raw: _scaled(Decimal(_shortest_single(raw)), scale)
    return lambda raw: _scaled(Decimal(repr(raw) if isinstance(raw, float) else raw), scale)


def _scaled(value: Decimal, scale: Decimal | None) -> Decimal:
    return value if scale is None else value * scale


def _shortest_single(value: float) -> str:
    """Fewest digits that a 32-bit float turns back into the same bits: 0.545, not 0.5450000166893005."""
    bits = pack(">f", value)
    for digits in _DIGITS_OF_F32:
        shorter = float(f"{value:.{digits}g}")
        if pack(">f", shorter) == bits:
            return repr(shorter)
    return repr(float(f"{value:.9g}"))


def single_from(data: bytes) -> float:
    """A big-endian 32-bit float."""
    value: float = unpack(">f", data)[0]
    return value
