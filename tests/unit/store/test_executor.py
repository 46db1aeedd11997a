"""Where the store's blocking work runs."""

import asyncio
import threading

import pytest

from meterhold.store import InlineExecutor, ThreadExecutor


async def test_threads_keep_the_order_and_never_delay_reads_behind_writes() -> None:
    """A read goes through while a write is still at work."""
    executor = ThreadExecutor()
    started, may_end = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> str:
        started.set()
        may_end.wait(10)
        done.append("first")
        return threading.current_thread().name

    writing = asyncio.ensure_future(executor.write(slow))
    second = asyncio.ensure_future(executor.write(lambda: done.append("second")))
    reader = await executor.read(lambda: threading.current_thread().name)
    assert not writing.done()
    may_end.set()
    writer = await writing
    await second
    assert started.is_set()
    assert done == ["first", "second"]
    assert len({writer, reader, threading.current_thread().name}) == 3
    await executor.close()


async def test_in_line_means_at_once() -> None:
    """No other task runs in between."""
    executor = InlineExecutor()
    here = threading.current_thread()
    assert await executor.write(threading.current_thread) is here
    assert await executor.read(threading.current_thread) is here
    await executor.close()


async def test_what_may_hang_hangs_alone() -> None:
    """Neither reads nor writes nor the end wait for it; what it fails with goes to whoever asked."""
    executor, may_end = ThreadExecutor(), threading.Event()
    hanging = asyncio.ensure_future(executor.aside(lambda: may_end.wait(10)))
    assert await executor.read(lambda: "read") == "read"
    assert await executor.write(lambda: "written") == "written"
    with pytest.raises(ZeroDivisionError):
        await executor.aside(lambda: 1 // 0)
    await executor.close()
    assert not hanging.done()
    may_end.set()
    assert await hanging
