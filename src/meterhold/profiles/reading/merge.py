"""Cover all points with as few reads as the device allows."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from meterhold.profiles.wire import Table


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Neighbouring addresses in one table."""

    table: Table
    address: int
    count: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.count

    def holds(self, other: "Span") -> bool:
        """Whether the other lies within this one."""
        return self.table is other.table and self.address <= other.address and other.end <= self.end


def merge(spans: Iterable[Span], *, most: int, hole: int) -> tuple[Span, ...]:
    """Join spans of a table into reads of at most ``most``, bridging at most ``hole`` unwanted addresses at a time.

    Going from low to high and making each read as long as it may be gives the fewest reads.
    """
    reads = []
    for table, of_table in groupby(sorted(spans), key=attrgetter("table")):
        start = end = -1
        for span in of_table:
            if start >= 0 and span.address - end <= hole and max(end, span.end) - start <= most:
                end = max(end, span.end)
                continue
            if start >= 0:
                reads.append(Span(table, start, end - start))
            start, end = span.address, span.end
        reads.append(Span(table, start, end - start))
    return tuple(reads)
