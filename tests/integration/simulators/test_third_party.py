"""The simulators before clients that others wrote: mbpoll, socat, modbus-serial, python-dds238 and mosquitto's.

aioshelly is not among them: it speaks WebSocket and Bluetooth to a device, and no MQTT, which is all that ours speaks.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from meterhold_simulators import Fleet, parse_fleet
from tests.integration.simulators.clients import WITHIN_S, find, line_with, publish, run, subscribed
from tests.integration.simulators.conftest import PREFIX
from tests.support.mosquitto import Broker


async def mbpoll(fleet: Fleet, listener: str, *arguments: str) -> tuple[int, str]:
    """Run mbpoll once against a Modbus TCP listener, with addresses from 0."""
    return await run("mbpoll", "-0", "-1", "-q", "-p", str(fleet.ports[listener]), "127.0.0.1", *arguments)


def values(output: str) -> list[float]:
    """The values that mbpoll printed, without its own reading of their sign."""
    return [float(found) for found in re.findall(r"^\[\d+\]:\s+(\S+)", output, flags=re.MULTILINE)]


@pytest.fixture
def modbus_spec() -> dict[str, object]:
    """A DDS238 as unit 1 and a Xintai as unit 2."""
    return {
        "listeners": {"tcp": {}, "line": {"framing": "rtu"}},
        "meters": [
            {"id": "E-1", "model": "dds238", "listener": "tcp", "unit": 1, "load_w": 1150, "energy_kwh": 71.33},
            {"id": "W-1", "model": "xintai", "listener": "tcp", "unit": 2, "serial": "42", "travel_s": 0},
            {"id": "E-2", "model": "dds238", "listener": "line", "unit": 1, "load_w": 460},
            {"id": "W-2", "model": "xintai", "listener": "line", "unit": 2, "serial": "43", "travel_s": 0},
        ],
    }


async def test_mbpoll_reads_the_dds238(modbus_spec: dict[str, object]) -> None:
    """Energies as 32-bit values, high word first, and the block from voltage to frequency."""
    async with Fleet.start(parse_fleet(modbus_spec)) as fleet:
        code, output = await mbpoll(fleet, "tcp", "-a", "1", "-t", "4:int", "-B", "-r", "0", "-c", "1")
        assert (code, values(output)) == (0, [7133])
        code, output = await mbpoll(fleet, "tcp", "-a", "1", "-t", "4", "-r", "12", "-c", "6")
        assert (code, values(output)) == (0, [2300, 500, 1150, 0, 1000, 4998])
        code, output = await mbpoll(fleet, "tcp", "-a", "1", "-t", "4", "-r", "22")
        assert code != 0
        assert "Illegal data address" in output


async def test_mbpoll_cannot_write_the_dds238_with_fc06(modbus_spec: dict[str, object]) -> None:
    """A single value goes out as FC06, which this meter does not know; two go as FC16, which it does."""
    async with Fleet.start(parse_fleet(modbus_spec)) as fleet:
        code, output = await mbpoll(fleet, "tcp", "-a", "1", "-t", "4", "-r", "26", "0")
        assert code != 0
        assert "Illegal function" in output
        assert fleet.truth("E-1").supply == "connected"
        code, _ = await mbpoll(fleet, "tcp", "-a", "1", "-t", "4", "-r", "0", "0", "250")
        assert code == 0
        assert fleet.truth("E-1").energy_kwh == pytest.approx(2.5, abs=0.01)


async def test_mbpoll_switches_the_xintai(modbus_spec: dict[str, object]) -> None:
    """2 disconnects, 1 reconnects, the register reads back as bits, and the referee saw both writes."""
    async with Fleet.start(parse_fleet(modbus_spec)) as fleet:
        valve = ("-a", "2", "-t", "4", "-r", "28")
        for written, read, supply in (("2", 2, "disconnected"), ("1", 1, "connected")):
            assert (await mbpoll(fleet, "tcp", *valve, written))[0] == 0
            assert fleet.truth("W-1").supply == supply
            assert values((await mbpoll(fleet, "tcp", *valve))[1]) == [read]
        assert [entry.target for entry in fleet.journal.writes("W-1")] == ["disconnected", "connected"]


@asynccontextmanager
async def serial_port(fleet: Fleet, tty: Path) -> AsyncIterator[Path]:
    """A pseudo-terminal that leads to the line's TCP port."""
    bridge = await asyncio.create_subprocess_exec(
        find("socat"), "-d", "-d", f"pty,raw,echo=0,link={tty}", f"tcp:127.0.0.1:{fleet.ports['line']}",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert bridge.stderr is not None
        async with asyncio.timeout(WITHIN_S):
            while b"starting data transfer loop" not in await bridge.stderr.readline():
                pass
        yield tty
    finally:
        bridge.terminate()
        await bridge.wait()


async def test_mbpoll_reads_and_writes_a_serial_line(modbus_spec: dict[str, object], tmp_path: Path) -> None:
    """The RTU of mbpoll, through a pseudo-terminal and socat, on the line's TCP port."""
    async with Fleet.start(parse_fleet(modbus_spec)) as fleet, serial_port(fleet, tmp_path / "tty") as tty:
        rtu = ("-0", "-1", "-q", "-m", "rtu", "-b", "9600", "-P", "none", str(tty), "-t", "4")
        code, output = await run("mbpoll", *rtu, "-a", "1", "-r", "12", "-c", "3")
        assert (code, values(output)) == (0, [2300, 200, 460])
        assert (await run("mbpoll", *rtu, "-a", "2", "-r", "28", "2"))[0] == 0
        assert fleet.truth("W-2").supply == "disconnected"


DDS238_READER = """
import json, sys
from dds238 import DDS238
meter = DDS238(sys.argv[1], 1)
names = ("voltage", "current", "frequency", "power", "power_factor", "import_energy", "export_energy")
print(json.dumps({name: getattr(meter, name) for name in names}))
"""


async def test_python_dds238_reads_the_dds238(modbus_spec: dict[str, object], tmp_path: Path) -> None:
    """A library that others wrote for the real meter finds each value where it expects it, over RTU."""
    async with Fleet.start(parse_fleet(modbus_spec)) as fleet, serial_port(fleet, tmp_path / "tty") as tty:
        fleet.set_register("E-2", 71.33)
        code, output = await run(sys.executable, "-c", DDS238_READER, str(tty))
        assert code == 0, output
        read = json.loads(output)
    expected = {"voltage": 230, "current": 2, "frequency": 49.98, "power": 460, "power_factor": 1, "export_energy": 0}
    assert read | {"import_energy": 0} == pytest.approx(expected | {"import_energy": 0})
    assert read["import_energy"] == pytest.approx(71.33, abs=0.011)


MODBUS_SERIAL = """
const ModbusRTU = require(process.argv[1] + "/modbus-serial");
(async () => {
  const client = new ModbusRTU();
  await client.connectTCP("127.0.0.1", { port: Number(process.argv[2]) });
  client.setTimeout(5000);
  client.setID(1);
  const meter = await client.readHoldingRegisters(12, 6);
  client.setID(2);
  await client.writeRegister(28, 2);
  const valve = await client.readHoldingRegisters(28, 1);
  client.setID(1);
  const refused = await client.readHoldingRegisters(22, 1).then(() => null, (error) => error.modbusCode);
  console.log(JSON.stringify({ meter: meter.data, valve: valve.data, refused }));
  client.close(() => process.exit(0));
})();
"""


async def test_modbus_serial_reads_switches_and_is_refused(modbus_spec: dict[str, object]) -> None:
    """The client that most of Node uses: a block, a write with its echo, an exception."""
    modules = Path(sys.prefix) / "node" / "node_modules"
    if not (modules / "modbus-serial").is_dir():
        pytest.fail("modbus-serial is missing: run make test", pytrace=False)
    async with Fleet.start(parse_fleet(modbus_spec)) as fleet:
        code, output = await run("node", "-e", MODBUS_SERIAL, str(modules), str(fleet.ports["tcp"]))
        assert code == 0, output
        assert json.loads(output) == {"meter": [2300, 500, 1150, 0, 1000, 4998], "valve": [2], "refused": 2}
        assert fleet.truth("W-1").supply == "disconnected"


async def test_mosquitto_clients_switch_the_shelly(own_broker: Broker, fleet: Fleet) -> None:
    """The published request disconnects, and its reply comes on the topic that the caller named."""
    request = {"id": 42, "src": "gw-7/cmd/42", "method": "Switch.Set", "params": {"id": 0, "on": False}}
    async with subscribed(own_broker, "gw-7/cmd/42/rpc") as lines:
        await publish(own_broker, f"{PREFIX}/rpc", json.dumps(request))
        answer = json.loads(await line_with(lines, "message "))
    assert answer == {"id": 42, "src": PREFIX, "dst": "gw-7/cmd/42", "result": {"was_on": True}}
    assert fleet.truth("E-1").supply == "disconnected"


async def test_mosquitto_clients_switch_the_valve(own_broker: Broker, fleet: Fleet) -> None:
    """`set` moves the valve, and a client sees the state."""
    async with subscribed(own_broker, "zigbee2mqtt/home") as lines:
        await publish(own_broker, "zigbee2mqtt/home/set", '{"state":"OFF"}')
        assert json.loads(await line_with(lines, "message "))["state"] == "OFF"
    await fleet.wait_until("W-1", lambda truth: truth.supply == "disconnected")


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (f"{PREFIX}/online", "true"),
        ("zigbee2mqtt/home/availability", '{"state":"online"}'),
        ("zigbee2mqtt/bridge/state", '{"state":"online"}'),
    ],
)
async def test_mosquitto_sub_finds_what_is_retained(own_broker: Broker, fleet: Fleet, topic: str, payload: str) -> None:
    """Presence and availability are there for whoever comes late."""
    assert fleet.ids == ["E-1", "W-1"]
    async with subscribed(own_broker, topic, "--retained-only") as lines:
        assert await line_with(lines, "message ") == payload
