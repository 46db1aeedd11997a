"""Where the engine's time goes, part by part: everything on one thread, so that none is charged for another's turn."""

import cProfile
import pstats
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.engine import measure_engine
from benchmarks.measured import Span
from benchmarks.meters import meters
from benchmarks.site import Load
from meterhold.store import InlineExecutor

SPAN = Span(warm_s=1.0, counted_s=10.0)
FUNCTIONS = 25

Function = tuple[str, int, str]
"""File, line and name, as the profiler has them."""

_LIBRARIES = ("sqlalchemy", "pymodbus", "prometheus_client", "structlog", "uvloop")
_LOOP = ("asyncio/", "concurrent/", "threading.py", "selectors.py", "contextlib.py")
_BUILT_IN = {"~", "<string>"}
"""What has no file of its own is charged to whoever calls it."""


def print_profile(load: Load, store_folder: Path) -> None:
    """Print each part's share, and the dearest functions."""
    profile = cProfile.Profile()
    with meters(load) as there, patch("meterhold.bootstrap.ThreadExecutor", InlineExecutor):
        speed = profile.runcall(measure_engine, load, there.ports, SPAN, store_folder)
    stats = pstats.Stats(profile)
    shares = _shares(stats.stats)  # type: ignore[attr-defined]  # what typeshed leaves out
    waiting = shares.pop("waiting", 0.0)
    total = sum(shares.values())
    print(
        f"{speed.orders} orders, {total / speed.orders * 1e6:,.0f} us each under the profiler, waiting {waiting:.1f} s"
    )
    for part, seconds in shares.most_common():
        print(f"{part:24}{seconds / total:7.1%}")
    stats.sort_stats("tottime").print_stats(FUNCTIONS)


def _shares(stats: dict[Function, Any]) -> Counter[str]:
    """Seconds by part."""
    own: dict[Function, str | None] = {function: _part(function) for function in stats}
    shares: defaultdict[str, float] = defaultdict(float)
    for function, (_, _, own_s, _, callers) in stats.items():
        part = own[function]
        if part is not None:
            shares[part] += own_s
            continue
        for caller, (_, _, by_caller_s, _) in callers.items():
            shares[own.get(caller) or "python"] += by_caller_s
    return Counter(shares)


def _part(function: Function) -> str | None:
    file, _, name = function
    if file in _BUILT_IN:
        return _part_of_built_in(name)
    for package in ("meterhold/", "benchmarks/"):
        if f"/{package}" in file:
            inside = file.rpartition(f"/{package}")[2]
            part = inside.partition("/")[0].removesuffix(".py")
            return f"meterhold.{part}" if package == "meterhold/" else "the benchmark"
    for library in _LIBRARIES:
        if f"/{library}/" in file:
            return library
    if file.endswith("asyncio/runners.py"):
        return "waiting"  # uvloop's C is charged to whoever runs it: reading, writing and waiting for sockets
    if any(f"/{place}" in file for place in _LOOP):
        return "tasks and threads"
    return "dataclasses.replace" if file.endswith("dataclasses.py") else "python"


def _part_of_built_in(name: str) -> str | None:
    for sign, part in (("sqlite3.", "sqlite"), ("msgspec", "msgspec"), ("run_until_complete", "waiting")):
        if sign in name:
            return part
    return None
