"""Raw values, as JSON and registers give them, and exact numbers made of them."""

from decimal import Decimal
from struct import pack, unpack

Raw = bool | int | float | str | list[object]

_DIGITS_OF_F32 = range(6, 9)


def exact(raw: float, scale: Decimal | None, *, single: bool) -> Decimal:
    """The number that the device meant: the shortest one that its binary form stands for, times the scale."""
    text = raw if isinstance(raw, int) else _shortest_single(raw) if single else repr(raw)
    value = Decimal(text)
    return value if scale is None else value * scale


def _shortest_single(value: float) -> str:
    """Fewest digits that a 32-bit float turns back into the same bits: 0.545, not 0.5450000166893005."""
    bits = pack(">f", value)
    for digits in _DIGITS_OF_F32:
        shorter = float(f"{value:.{digits}g}")
        try:
            if pack(">f", shorter) == bits:
                return repr(shorter)
        except OverflowError:
            continue
    return repr(float(f"{value:.9g}"))


def single_from(data: bytes) -> float:
    """A big-endian 32-bit float."""
    value: float = unpack(">f", data)[0]
    return value
