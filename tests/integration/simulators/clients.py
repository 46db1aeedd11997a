"""Clients that other people wrote, run as programs."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.mosquitto import Broker

WITHIN_S = 15.0


def find(program: str) -> str:
    """The program's path, or a failure that says what to do."""
    path = shutil.which(program)
    if path is None:
        pytest.fail(f"{program} is missing: run make services", pytrace=False)
    return path


async def run(program: str, *arguments: str) -> tuple[int, str]:
    """Run a client to its end; return its exit code and all it printed."""
    process = await asyncio.create_subprocess_exec(
        find(program), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(WITHIN_S):
        output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


@asynccontextmanager
async def subscribed(broker: Broker, topic: str, *more: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run a mosquitto_sub that prints the next message and ends; it listens when the block begins."""
    process = await asyncio.create_subprocess_exec(
        # Without a terminal the client would keep its lines to itself until it ends.
        find("stdbuf"), "-oL", find("mosquitto_sub"), "-d", "-F", "message %p", "-C", "1", "-W", "10",
        "-h", broker.host, "-p", str(broker.port), "-t", topic, *more,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        await line_with(process.stdout, "Subscribed")
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_with(lines: asyncio.StreamReader, mark: str) -> str:
    """What stands behind a mark in the next line that has it."""
    async with asyncio.timeout(WITHIN_S):
        while line := (await lines.readline()).decode():
            if mark in line:
                return line.partition(mark)[2].strip()
    pytest.fail(f"the client ended without {mark!r}")


async def publish(broker: Broker, topic: str, payload: str) -> None:
    """Publish with mosquitto_pub, QoS 1."""
    code, output = await run(
        "mosquitto_pub", "-h", broker.host, "-p", str(broker.port), "-q", "1", "-t", topic, "-m", payload
    )
    assert code == 0, output
