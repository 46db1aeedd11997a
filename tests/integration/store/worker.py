"""A process of its own that writes a store: ``worker.py MODE URL``. It says what it did, a line each."""

import asyncio
import importlib
import os
import resource
import signal
import sys
from itertools import count
from pathlib import Path

from meterhold.domain.decide import decide
from meterhold.domain.errors import StoreUnavailable
from meterhold.store import Store, ThreadExecutor, open_store
from tests.fakes.journal import intent, outcome, register, suspend

NOBODY = 65534


def say(*words: object) -> None:
    """Tell the test, at once."""
    print(*words, flush=True)  # noqa: T201 - this is how the test hears of it


def opened(url: str) -> Store:
    """Open the store; the chain is called after this process."""
    return open_store(url, executor=ThreadExecutor(), decide=decide, writer=f"pid-{os.getpid()}", create=True)


async def flood(url: str) -> None:
    """Take orders through their whole suspension, twenty at a time, and name each one once it is acknowledged."""
    store = opened(url)
    numbers = count()

    async def work() -> None:
        while True:
            n = next(numbers)
            await store.journal.submit(register(f"E-{n}"))
            hold = (await store.journal.submit(suspend(f"WO-{n}", f"E-{n}"))).holds[f"H-WO-{n}"]
            say("accepted", n)
            hold = (await store.journal.submit(intent(hold, f"E-{n}"))).holds[hold.hold_id]
            say("intended", n)
            await store.journal.submit(outcome(hold, f"E-{n}"))
            say("done", n)

    await asyncio.gather(*(work() for _ in range(20)))


async def wait(url: str) -> None:
    """Hold the store until killed."""
    store = opened(url)
    say("open", os.getpid())
    await asyncio.Event().wait()
    await store.close()


async def fill(url: str) -> None:
    """Write until the disk takes no more, then get more disk."""
    store = opened(url)
    await store.journal.submit(register(*(f"E-{n}" for n in range(1000))))
    hold = (await store.journal.submit(suspend("WO-0", "E-0"))).holds["H-WO-0"]
    wal = Path(url.removeprefix("sqlite:///") + "-wal")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size + 300_000, hard))  # noqa: ASYNC240
    numbers = count(1)
    try:
        for n in numbers:
            await store.journal.submit(suspend(f"WO-{n}", f"E-{n}"))
            say("accepted", n)
    except StoreUnavailable as error:
        say("unavailable", error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        await store.journal.submit(intent(hold, "E-0"))
        say("intended")
    except StoreUnavailable as error:
        say("unavailable", error)
    say("readable", (await store.queries.hold("H-WO-0")) == hold)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await store.journal.submit(intent(hold, "E-0"))
    n = next(numbers)
    await store.journal.submit(suspend(f"WO-{n}", f"E-{n}"))
    say("accepted", n)
    await store.close()


async def as_nobody(url: str) -> None:
    """Try to open a store without the right to write there."""
    importlib.import_module("sqlite3")  # where Python is installed, nobody may not look
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    try:
        store = opened(url)
    except StoreUnavailable as error:
        say("unavailable", error)
    else:
        say("opened")
        await store.close()


async def write_protected(url: str) -> None:
    """Work on a file that may not be written, until it may; the test says when."""
    importlib.import_module("sqlite3")
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    store = open_store(url, executor=ThreadExecutor(), decide=decide, writer="w2")
    hold = await store.queries.hold("H-WO-1")
    assert hold is not None
    for command in (suspend("WO-2", "E-2"), intent(hold, "E-1")):
        try:
            await store.journal.submit(command)
            say("written")
        except StoreUnavailable as error:
            say("unavailable", error)
    say("readable", (await store.queries.hold("H-WO-1")) == hold)
    sys.stdin.readline()
    await store.journal.submit(intent(hold, "E-1"))
    say("written")
    await store.close()


if __name__ == "__main__":
    modes = {
        "flood": flood,
        "wait": wait,
        "fill": fill,
        "as_nobody": as_nobody,
        "write_protected": write_protected,
    }
    asyncio.run(modes[sys.argv[1]](sys.argv[2]))
