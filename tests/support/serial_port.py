"""A serial port without a cable: a pseudo-terminal that socat joins to a TCP port."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.mosquitto import HOST

WITHIN_S = 15.0


@dataclass(slots=True)
class SerialCable:
    """The near end is a device file; the far end a TCP port."""

    device: Path
    _socat: asyncio.subprocess.Process
    _held: int

    async def pull_out(self) -> None:
        """Take the adapter out: the device goes away under whoever has it open."""
        if self._held >= 0:
            os.close(self._held)
            self._held = -1
        if self._socat.returncode is None:
            self._socat.terminate()
            await self._socat.wait()


@asynccontextmanager
async def serial_cable(folder: Path, port: int, name: str = "tty") -> AsyncIterator[SerialCable]:
    """Join a new device file with a TCP port of this machine until the block ends."""
    program = shutil.which("socat")
    if program is None:
        pytest.fail("socat is missing: run make services", pytrace=False)
    device = folder / name
    socat = await asyncio.create_subprocess_exec(
        program, "-d", "-d", f"pty,raw,echo=0,link={device}", f"tcp:{HOST}:{port},nodelay",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    cable: SerialCable | None = None
    try:
        assert socat.stderr is not None
        async with asyncio.timeout(WITHIN_S):
            while b"starting data transfer loop" not in await socat.stderr.readline():
                pass
        # A real adapter stays there when nobody has it open; socat would end.
        cable = SerialCable(device, socat, os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
        yield cable
    finally:
        if cable is not None:
            await cable.pull_out()
        elif socat.returncode is None:
            socat.terminate()
            await socat.wait()
