"""Rounds of both sides in turn: engine, floor, engine, floor. What they share, a busy machine say, divides out."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from benchmarks.engine import measure_engine
from benchmarks.floor import Loop, measure_floor
from benchmarks.measured import Span, Speed
from benchmarks.meters import Count, Meters, meters
from benchmarks.site import Load

P = ParamSpec("P")
T = TypeVar("T")

ENGINE = Span(warm_s=1.0, counted_s=2.5)
FLOOR = Span(warm_s=0.3, counted_s=1.0)


@dataclass(frozen=True, slots=True)
class Round:
    """One side, once."""

    side: str
    """``engine``, or the floor and the event loop that carried it."""
    load: Load
    speed: Speed
    simulators_cpu_us_per_order: float


def engine_rounds(load: Load, rounds: int, store_folder: Path) -> Iterator[Round]:
    """Measure the engine and the floor at the same meters in turn."""
    with meters(load) as there:
        for _ in range(rounds):
            yield _round("engine", load, there, lambda: _apart(measure_engine, load, there.ports, ENGINE, store_folder))
            for loop in Loop:
                yield _floor(load, there, loop)


def floor_rounds(load: Load, rounds: int) -> Iterator[Round]:
    """Measure the floor alone."""
    with meters(load) as there:
        for _ in range(rounds):
            for loop in Loop:
                yield _floor(load, there, loop)


def _floor(load: Load, there: Meters, loop: Loop) -> Round:
    return _round(f"floor, {loop}", load, there, lambda: _apart(measure_floor, load, there.ports, FLOOR, loop))


def _round(side: str, load: Load, there: Meters, measure: Callable[[], Speed]) -> Round:
    before = there.count()
    speed = measure()
    done = there.count() - before
    _referee(done, speed)
    return Round(side, load, speed, done.cpu_s / speed.orders * 1e6)


def _referee(done: Count, speed: Speed) -> None:
    """Each order switches its meter with exactly one write."""
    if done.writes != speed.orders:
        raise RuntimeError(f"{speed.orders} orders, but the meters took {done.writes} writes")


def _apart(measure: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Measure in a fresh process: what one round leaves in memory costs the next one nothing."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(measure, *args, **kwargs).result()
