"""A register map as a table of points, and reads over it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from struct import pack
from typing import Generic, TypeVar

from meterhold_simulators.wire.pdu import ILLEGAL_ADDRESS, Refusal

S = TypeVar("S")

# 0.29 kWh in hundredths is 28.999...: the step before must not show.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Point(Generic[S]):
    """Registers at an address: how many, and their bytes as they stand on the wire."""

    address: int
    width: int
    encode: Callable[[S], bytes]


def u16(address: int, value: Callable[[S], float]) -> Point[S]:
    """An unsigned register; values saturate rather than wrap."""
    return Point(address, 1, lambda source: min(max(round(value(source)), 0), 0xFFFF).to_bytes(2, "big"))


def s16(address: int, value: Callable[[S], float]) -> Point[S]:
    """A signed register."""
    return Point(address, 1, lambda source: pack(">h", min(max(round(value(source)), -0x8000), 0x7FFF)))


def u32(address: int, value: Callable[[S], float]) -> Point[S]:
    """Two registers, high word first; a counter shows whole steps only, and wraps."""
    return Point(address, 2, lambda source: (int(value(source) + _ROUNDING) & 0xFFFFFFFF).to_bytes(4, "big"))


def f32_dcba(address: int, value: Callable[[S], float]) -> Point[S]:
    """A float whose four bytes stand in reverse order."""
    return Point(address, 2, lambda source: pack("<f", value(source)))


class RegisterMap(Generic[S]):
    """All points of a model; inside `zeros`, registers without a meaning read 0, elsewhere they are refused."""

    def __init__(self, points: Iterable[Point[S]], zeros: range) -> None:
        self._at = {point.address + offset: (point, offset) for point in points for offset in range(point.width)}
        self._zeros = zeros

    def read(self, source: S, start: int, count: int) -> bytes:
        """The bytes of `count` registers."""
        data = bytearray()
        address, end = start, start + count
        while address < end:
            found = self._at.get(address)
            if found is None:
                if address not in self._zeros:
                    raise Refusal(ILLEGAL_ADDRESS)
                data += b"\0\0"
                address += 1
            else:
                point, offset = found
                words = min(point.width - offset, end - address)
                data += point.encode(source)[2 * offset : 2 * (offset + words)]
                address += words
        return bytes(data)
