"""The guide for a new meter: its snippets run, and its profiles drive devices written from its tables alone."""

import asyncio
import difflib
import re
import shlex
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from meterhold.cli.trying.asking import try_profile
from meterhold.cli.trying.link_text import read_link
from meterhold.clock import SteadyClock
from meterhold.domain.errors import MeterRefused
from meterhold.domain.words import Because, SupplyState
from meterhold.drivers import BrokerLink
from meterhold.drivers.configured import make_link
from meterhold.profiles import Profile, parse_profile, plan_command, show_command
from meterhold.profiles.wire import ModbusWrite, MqttWrite
from tests.support.mosquitto import Broker
from tests.support.vendor_devices import FjordV1, HaldenEm120

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide-new-meter.md"
BLOCK = re.compile(r"<!-- (?P<what>.+?) -->\n```\w+\n(?P<text>.*?)```", re.DOTALL)
WITHIN_S = 60.0


@dataclass(frozen=True)
class Block:
    """A fenced block, and what the comment before it says that it is."""

    what: str
    name: str
    text: str


def blocks() -> Iterator[Block]:
    """All blocks that are marked, in the order of the page."""
    for found in BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        what, _, name = found["what"].partition(": ")
        yield Block(what, name, found["text"])


def write_files(folder: Path) -> None:
    """The files that the guide builds up."""
    (folder / "profiles").mkdir(exist_ok=True)
    for block in blocks():
        file = folder / block.name
        if block.what == "file":
            file.write_text(block.text, encoding="utf-8")
        elif block.what == "append":
            file.write_text(f"{file.read_text(encoding='utf-8')}\n{block.text}", encoding="utf-8")


def profile_of(folder: Path, name: str) -> Profile:
    """A profile of the guide."""
    file = folder / "profiles" / f"{name}.yaml"
    return parse_profile(file.read_text(encoding="utf-8"), file.name)


def squeezed(text: str) -> str:
    """Text without the width of columns."""
    return re.sub(r" +", " ", text)


async def meterhold(folder: Path, command: str) -> tuple[int, str]:
    """Run a command of the guide where its files are."""
    process = await asyncio.create_subprocess_exec(
        *program(command), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(WITHIN_S):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def program(command: str) -> list[str]:
    """The installed program with a command's arguments."""
    name, *arguments = shlex.split(command)
    assert name == "meterhold"
    return [sys.executable, "-m", "meterhold", *arguments]


@asynccontextmanager
async def running(folder: Path, command: str) -> AsyncIterator[list[str]]:
    """Run a command that does not end by itself, from when it says ready."""
    process = await asyncio.create_subprocess_exec(
        *program(command), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(WITHIN_S):
            while "ready" not in lines:
                line = (await process.stdout.readline()).decode()
                assert line, lines
                lines.append(line.strip())
        yield lines
    finally:
        process.terminate()
        await process.wait()


async def test_each_step_of_the_guide_does_what_it_says(tmp_path: Path, broker: Broker) -> None:
    """Every command in order: the start, the check, the simulator, the meter, the broker."""
    device, valve = HaldenEm120(), FjordV1("F1-0042")
    said = ""
    async with device.served() as port, valve.on(broker.host, broker.port, every_s=0.2):
        (tmp_path / "profiles").mkdir()
        for block in blocks():
            text = block.text.replace("192.0.2.10:502", f"127.0.0.1:{port}")
            text = text.replace("192.0.2.20:1883", f"{broker.host}:{broker.port}")
            if block.what == "run in background":
                # Where it listens is this test's own business.
                continue
            if block.what.startswith("run"):
                if "15020" in text:
                    said = await against_simulator(tmp_path, text)
                    continue
                code, said = await meterhold(tmp_path, text)
                assert code == 0, said
                if "profile new" in text:
                    write_files(tmp_path)
            elif block.what == "broken":
                said = await broken(tmp_path, block)
            elif block.what == "says":
                for line in block.text.splitlines():
                    assert squeezed(line) in squeezed(said), said
    assert device.writes == []
    assert valve.commands == []


async def against_simulator(folder: Path, command: str) -> str:
    """Run the simulator of the guide on a free port, and a command against it."""
    (simulate,) = (block.text for block in blocks() if block.what == "run in background")
    simulate = simulate.replace("--port 15020", "--port 0").replace("15021", "0")
    async with running(folder, simulate) as lines:
        assert "evidence of nothing" in lines[0]
        (listening,) = (line for line in lines if line.startswith("listener"))
        port = listening.split(":")[1].split()[0]
        code, said = await meterhold(folder, command.replace("15020", port))
        assert code == 0, said
    return said


async def broken(folder: Path, block: Block) -> str:
    """Each line of the block instead of the one it is most like; what checking says then."""
    lines = (folder / block.name).read_text(encoding="utf-8").splitlines()
    for line in block.text.splitlines():
        (like,) = difflib.get_close_matches(line, lines, n=1)
        lines[lines.index(like)] = line
    (folder / "broken.yaml").write_text("\n".join(lines), encoding="utf-8")
    code, said = await meterhold(folder, "meterhold profile check broken.yaml")
    assert code == 2
    return said


@pytest.mark.parametrize("state", ["disconnected"])
def test_the_bytes_in_the_guide_are_those_that_would_be_written(tmp_path: Path, state: str) -> None:
    """As `meter verify` shows them."""
    write_files(tmp_path)
    (block,) = (block for block in blocks() if block.what == "writes" and block.name == state)
    assert show_command(profile_of(tmp_path, "halden-em120"), SupplyState(state), "1") == tuple(block.text.splitlines())


async def test_the_modbus_profile_drives_the_device_of_its_table(tmp_path: Path) -> None:
    """Proven off, proven on again, and a local lock is told by its exception code."""
    write_files(tmp_path)
    profile, device = profile_of(tmp_path, "halden-em120"), HaldenEm120()
    async with device.served() as port:
        link = f"modbus://127.0.0.1:{port}?unit=1"
        for target, fed in ((SupplyState.DISCONNECTED, False), (SupplyState.CONNECTED, True)):
            await send(profile, link, target)
            assert device.closed is fed
            seen = (await try_profile(profile, read_link(link, profile), 5)).seen
            assert (seen.state, seen.load) == (target, fed)
        device.locked = True
        with pytest.raises(MeterRefused) as caught:
            await send(profile, link, SupplyState.DISCONNECTED)
        assert caught.value.because is Because.LOCAL_CONTROL
        seen = (await try_profile(profile, read_link(link, profile), 5)).seen
        assert [lock.because for lock in seen.interlocks] == [Because.LOCAL_CONTROL]
    assert {number for number, _ in device.writes} == {40101, 40102}


async def test_the_mqtt_profile_drives_the_device_of_its_page(tmp_path: Path, broker: Broker) -> None:
    """Proven off by its own position and no flow."""
    write_files(tmp_path)
    profile, valve = profile_of(tmp_path, "fjord-v1"), FjordV1("F1-0043")
    async with valve.on(broker.host, broker.port, every_s=0.1):
        link = f"mqtt://{broker.host}:{broker.port}/F1-0043"
        await send(profile, link, SupplyState.DISCONNECTED)
        async with asyncio.timeout(WITHIN_S):
            while (seen := (await try_profile(profile, read_link(link, profile), 5)).seen).load is not False:
                continue
        assert seen.state is SupplyState.DISCONNECTED
        assert seen.identity.value == "F1-0043"
    assert valve.commands == ['{"position":0}']


async def send(profile: Profile, link: str, target: SupplyState) -> None:
    """Send a command's writes in one turn, as the gateway does."""
    where = read_link(link, profile)
    driver = make_link("guide", where.section, SteadyClock(), Random(1))
    await driver.start()
    try:
        if isinstance(driver, BrokerLink):
            await driver.wait_up()
        async with driver.turn() as turn:
            for step in plan_command(profile, target, where.address):
                assert isinstance(step, ModbusWrite | MqttWrite)
                await turn.write(step)
    finally:
        await driver.stop()
