"""A register map as a table of points, and reads over it."""

from collections.abc import Callable, Container, Iterable
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


def s32(address: int, value: Callable[[S], float]) -> Point[S]:
    """Two registers with a sign, high word first."""
    return Point(address, 2, lambda source: pack(">i", round(value(source))))


def u64(address: int, value: Callable[[S], float]) -> Point[S]:
    """Four registers, highest word first; a counter shows whole steps only."""
    return Point(address, 4, lambda source: int(value(source) + _ROUNDING).to_bytes(8, "big"))


def text(address: int, words: int, value: Callable[[S], str]) -> Point[S]:
    """Two ASCII characters a register, ended with zeros."""
    return Point(address, words, lambda source: value(source).encode("ascii").ljust(2 * words, b"\0")[: 2 * words])


def wide_text(address: int, words: int, value: Callable[[S], str]) -> Point[S]:
    """One ASCII character a register, ended with zeros."""
    return Point(address, words, lambda source: value(source).ljust(words, "\0")[:words].encode("utf-16-be"))


def f32_dcba(address: int, value: Callable[[S], float]) -> Point[S]:
    """A float whose four bytes stand in reverse order."""
    return Point(address, 2, lambda source: pack("<f", value(source)))


class RegisterMap(Generic[S]):
    """All points of a model; in `gaps`, registers without a meaning read as `filler`, elsewhere they are refused."""

    def __init__(self, points: Iterable[Point[S]], gaps: Container[int], filler: bytes = b"\0\0") -> None:
        self._at = {point.address + offset: (point, offset) for point in points for offset in range(point.width)}
        self._gaps = gaps
        self._filler = filler

    def read(self, source: S, start: int, count: int) -> bytes:
        """The bytes of `count` registers."""
        data = bytearray()
        address, end = start, start + count
        while address < end:
            found = self._at.get(address)
            if found is None:
                if address not in self._gaps:
                    raise Refusal(ILLEGAL_ADDRESS)
                data += self._filler
                address += 1
            else:
                point, offset = found
                words = min(point.width - offset, end - address)
                data += point.encode(source)[2 * offset : 2 * (offset + words)]
                address += words
        return bytes(data)
