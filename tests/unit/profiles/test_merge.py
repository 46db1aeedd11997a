"""Reads are as few as the device allows, cover every point, and never cross a hole that is too wide."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from meterhold.profiles.reading.merge import Span, merge
from meterhold.profiles.wire import Table

SPANS = st.lists(st.builds(Span, st.sampled_from(Table), st.integers(0, 300), st.integers(1, 8)), min_size=1)


@given(SPANS, st.integers(8, 125), st.integers(0, 20))
def test_every_point_is_in_exactly_one_read(spans: list[Span], most: int, hole: int) -> None:
    """No point is cut in two or forgotten, and no read is longer than the device answers."""
    reads = merge(spans, most=most, hole=hole)
    for span in spans:
        assert any(read.holds(span) for read in reads)
    assert all(read.count <= most for read in reads)


@given(SPANS, st.integers(8, 125), st.integers(0, 20))
def test_no_read_crosses_a_wide_hole(spans: list[Span], most: int, hole: int) -> None:
    """Within a read at most ``hole`` addresses in a row were asked for by nobody, and none at its ends."""
    for read in merge(spans, most=most, hole=hole):
        wanted = {address for span in spans if span.table is read.table for address in range(span.address, span.end)}
        gap = 0
        for address in range(read.address, read.end):
            gap = 0 if address in wanted else gap + 1
            assert gap <= hole
        assert {read.address, read.end - 1} <= wanted


@given(st.lists(st.builds(Span, st.just(Table.INPUT), st.integers(0, 40), st.just(1)), min_size=1, max_size=7))
def test_no_fewer_reads_would_do(spans: list[Span]) -> None:
    """Going from low to high finds the fewest reads: no split of the points into consecutive groups has less."""
    most, hole = 8, 3
    addresses = sorted({span.address for span in spans})

    def fewest(first: int) -> int:
        if first == len(addresses):
            return 0
        ends = range(first + 1, len(addresses) + 1)
        return min(1 + fewest(end) for end in ends if _readable(addresses[first:end], most, hole))

    search: Callable[[int], int] = fewest
    assert len(merge(spans, most=most, hole=hole)) == search(0)


def _readable(addresses: list[int], most: int, hole: int) -> bool:
    gaps = (after - before - 1 for before, after in pairwise(addresses))
    return addresses[-1] - addresses[0] < most and all(gap <= hole for gap in gaps)
