"""The simulators as a program of their own: started from a file, stopped, killed, and left by their broker."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import httpx
import yaml

from meterhold_simulators import Fleet, parse_fleet
from tests.integration.simulators.conftest import MAC, PREFIX, mqtt_fleet
from tests.integration.simulators.watcher import Watcher
from tests.support.mosquitto import Broker

WITHIN_S = 20.0
PROGRAM = """
import sys
from pathlib import Path
from meterhold_simulators.main import run
files = [Path(name) for name in sys.argv[1:]]
more = dict(zip(("scenario_file", "journal_file"), files[1:], strict=False))
run(files[0], **more, say=lambda line: print(line, flush=True))
"""


@asynccontextmanager
async def program(*files: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """The program, ready, with the lines it printed until then."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *(str(file) for file in files), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(WITHIN_S):
            while not lines or lines[-1] != "ready":
                line = await process.stdout.readline()
                assert line, lines
                lines.append(line.decode().strip())
        yield process, lines
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def write_fleet(path: Path, broker: Broker) -> Path:
    """A file with a meter on a listener and one with a broker connection of its own."""
    document = {
        "brokers": {"site": {"host": broker.host, "port": broker.port}},
        "listeners": {"line": {"framing": "rtu"}},
        "meters": [
            {"id": "E-1", "model": "shelly_1pm", "broker": "site", "mac": MAC, "own_connection": True},
            {"id": "E-2", "model": "dds238", "listener": "line", "unit": 1},
        ],
    }
    path.write_text(yaml.safe_dump(document))
    return path


async def test_it_says_where_it_listens_and_stops_cleanly(own_broker: Broker, tmp_path: Path) -> None:
    """One line a listener, the control port, `ready`; SIGTERM ends it with 0 and presence false."""
    async with program(write_fleet(tmp_path / "fleet.yaml", own_broker)) as (process, lines):
        listener = next(line for line in lines if line.startswith("listener line 127.0.0.1:"))
        _, writer = await asyncio.open_connection("127.0.0.1", int(listener.split(":")[1].split()[0]))
        control = next(line for line in lines if line.startswith("control ")).removeprefix("control ")
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{control}/healthz")).json()["meters"] == 2
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WITHIN_S):
            assert await process.wait() == 0
        writer.close()
    assert await presence(own_broker) == "false"


async def test_a_scenario_plays_and_the_journal_grows_line_by_line(tmp_path: Path) -> None:
    """What the scenario did stands in the file before the program ends, and over HTTP."""
    fleet_file, scenario, journal = (tmp_path / name for name in ("fleet.yaml", "scenario.yaml", "journal.ndjson"))
    fleet_file.write_text("listeners: {l: {}}\nmeters: [{id: E-1, model: dds238, listener: l, unit: 1}]\n")
    scenario.write_text("time_scale: 1000\nsteps: [{at_s: 5, meters: E-1, set: {load_w: 77}}]\n")
    async with program(fleet_file, scenario, journal) as (process, lines):
        assert process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            assert (await process.stdout.readline()).decode().strip() == "scenario ended"
        (line,) = journal.read_text().splitlines()
        assert json.loads(line)["scenario"] == '{"load_w": 77}'
        control = next(line for line in lines if line.startswith("control ")).removeprefix("control ")
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{control}/journal", params={"format": "ndjson"})).text == f"{line}\n"
            assert (await client.get(f"{control}/meters/E-1")).json()["load_w"] == 77


async def test_two_thousand_meters_in_one_process_are_all_served() -> None:
    """On twenty lines of a hundred: each answers for itself."""
    kinds = [("E-{n}", {"model": "dds238"}, "e-{k}"), ("W-{n}", {"model": "xintai", "serial": "{n}"}, "w-{k}")]
    generate = [
        {"count": 1000, "id": id_, "meter": meter, "listeners": {"name": name, "units": 100}}
        for id_, meter, name in kinds
    ]
    async with Fleet.start(parse_fleet({"generate": generate})) as fleet:
        assert len(fleet.ids) == 2000
        serials = [await serials_on(fleet.ports[f"w-{k}"]) for k in range(1, 11)]
        assert [serial for line in serials for serial in line] == list(range(1, 1001))
        relays = [await relays_on(fleet.ports[f"e-{k}"]) for k in range(1, 11)]
        assert relays == [[1] * 100] * 10
        assert sum(fleet.journal.reads.values()) == 2000


async def serials_on(port: int) -> list[int]:
    """The last word of the serial number of each meter on a line, as decimal digits."""
    return [int(f"{word:04x}") for word in await words_on(port, 0x0015)]


async def relays_on(port: int) -> list[int]:
    """What each meter on a line says of its relay."""
    return await words_on(port, 0x001A)


async def words_on(port: int, address: int) -> list[int]:
    """One register of each of 100 units, asked one after the other on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    words = []
    for unit in range(1, 101):
        writer.write(bytes((0, unit, 0, 0, 0, 6, unit, 3)) + address.to_bytes(2, "big") + b"\0\1")
        answer = await reader.readexactly(11)
        assert answer[1] == answer[6] == unit
        words.append(int.from_bytes(answer[9:11], "big"))
    writer.close()
    return words


async def test_the_will_speaks_when_it_is_killed(own_broker: Broker, tmp_path: Path) -> None:
    """After kill -9 the broker publishes the retained will of the device."""
    fleet_file = write_fleet(tmp_path / "fleet.yaml", own_broker)
    async with program(fleet_file) as (process, _), aiomqtt.Client(own_broker.host, own_broker.port) as client:
        watcher = Watcher(client)
        await client.subscribe(f"{PREFIX}/online")
        task = asyncio.create_task(watcher.collect())
        assert (await watcher.next(f"{PREFIX}/online")).json is True
        process.kill()
        assert (await watcher.next(f"{PREFIX}/online")).json is False
        task.cancel()


async def presence(broker: Broker) -> str:
    """What is retained about the device's presence."""
    async with aiomqtt.Client(broker.host, broker.port) as client, asyncio.timeout(WITHIN_S):
        await client.subscribe(f"{PREFIX}/online")
        message = await anext(aiter(client.messages))
    assert isinstance(message.payload, bytes | bytearray)
    return message.payload.decode()


async def test_devices_come_back_when_their_broker_does(own_broker: Broker) -> None:
    """After a restart of the broker the devices answer again, and a lost message was no crash."""
    async with Fleet.start(mqtt_fleet(own_broker)) as fleet:
        own_broker.stop()
        fleet.press_button("E-1")
        own_broker.start()
        async with aiomqtt.Client(own_broker.host, own_broker.port) as client:
            watcher = Watcher(client)
            await client.subscribe(f"{PREFIX}/online")
            task = asyncio.create_task(watcher.collect())
            assert (await watcher.next(f"{PREFIX}/online")).json is True
            task.cancel()
        assert fleet.truth("E-1").supply == "disconnected"
