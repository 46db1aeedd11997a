"""Orders a second through the journal alone: three awaited commits an order, at 1 to 1000 in flight.

Run: ``python -m benchmarks.journal [--orders 3000] [--profile] [--busy]``
"""

import argparse
import asyncio
import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from meterhold.domain.decide import decide
from meterhold.store import Store, ThreadExecutor, open_store
from meterhold.store.executor import Executor
from tests.fakes.journal import intent, outcome, register, suspend

ORDERS = 3000
IN_FLIGHT = (1, 10, 100, 1000)

T = TypeVar("T")


async def live(store: Store, number: int, meter_id: str) -> None:
    """Take one order from intake to outcome."""
    accepted = await store.journal.submit(suspend(f"WO-{number:08}", meter_id))
    hold = accepted.holds[f"H-WO-{number:08}"]
    permitted = await store.journal.submit(intent(hold, meter_id))
    hold = permitted.holds[hold.hold_id]
    ended = await store.journal.submit(outcome(hold, meter_id))
    assert ended.holds[hold.hold_id].status == "suspended"


async def work(store: Store, numbers: Iterator[int], names: Iterator[str]) -> None:
    """Take orders until there are none left."""
    for number in numbers:
        await live(store, number, next(names))


async def keep_busy() -> None:
    """Use the loop's thread as drivers do: short pieces of Python between system calls."""
    while True:
        sum(range(5000))
        await asyncio.sleep(0)


async def measure(folder: Path, in_flight: int, orders: int, executor: Executor, *, busy: bool) -> float:
    """Return orders a second."""
    store = open_store(
        f"sqlite:///{folder}/journal-{in_flight}.sqlite",
        executor=executor,
        decide=decide,
        writer=f"bench-{in_flight}",
        create=True,
    )
    names = [f"E-{n:06}" for n in range(orders)]
    await store.journal.submit(register(*names))
    noise = asyncio.create_task(keep_busy()) if busy else None
    numbers, meters = iter(range(orders)), iter(names)
    start = time.perf_counter()
    await asyncio.gather(*(work(store, numbers, meters) for _ in range(in_flight)))
    took = time.perf_counter() - start
    if noise is not None:
        noise.cancel()
    await store.close()
    return orders / took


class Profiled(ThreadExecutor):
    """A thread executor whose writes are profiled."""

    def __init__(self) -> None:
        super().__init__()
        self._profile = cProfile.Profile()

    async def write(self, work: Callable[[], T]) -> T:
        """Run under the profiler."""
        return await super().write(lambda: self._profile.runcall(work))

    def print(self) -> None:
        """Print where the time went."""
        pstats.Stats(self._profile).sort_stats("tottime").print_stats(45)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--in-flight", type=int, nargs="*", default=IN_FLIGHT)
    parser.add_argument("--busy", action="store_true", help="keep the loop's own thread busy meanwhile")
    parser.add_argument("--profile", action="store_true", help="say where the writing thread's time goes")
    arguments = parser.parse_args()
    make = Profiled if arguments.profile else ThreadExecutor
    print_speeds(None, arguments.in_flight, arguments.orders, make, busy=arguments.busy)


def print_speeds(
    store_folder: Path | None,
    in_flight: Sequence[int] = IN_FLIGHT,
    orders: int = ORDERS,
    make: Callable[[], ThreadExecutor] = ThreadExecutor,
    *,
    busy: bool = False,
) -> None:
    """Print a line for each number of orders in flight."""
    print("in flight   orders/s")
    for n in in_flight:
        executor = make()
        with tempfile.TemporaryDirectory(dir=store_folder) as folder:
            some = max(300, orders // 5) if n == 1 else orders
            speed = asyncio.run(measure(Path(folder), n, some, executor, busy=busy))
        print(f"{n:9}   {speed:8,.0f}")
        if isinstance(executor, Profiled):
            executor.print()


if __name__ == "__main__":
    main()
