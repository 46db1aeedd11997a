"""A model nobody planned for: a YAML file from its maker's table drives a device in another language."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from meterhold.documents.config import GatewayDocument, parse_config
from meterhold.domain.words import Identity, Moment, Outcome, Proof, SupplyState
from meterhold.profiles import load_profiles
from tests.support.desk import Desk
from tests.support.faceless import faceless_gateway
from tests.support.mosquitto import Broker

UNSEEN = Path(__file__).parent / "unseen"
NODE_MODULES = Path(__file__).parents[2] / ".venv" / "node" / "node_modules"
SITE = """
schema_version: 1
site: {{name: unseen, time_zone: Europe/Berlin}}
store: {{url: "sqlite:///unused.sqlite"}}
meters: {meters}
links:
  wire: {link}
"""


@dataclass(slots=True)
class Device:
    """A device in a process of its own, and what it said."""

    process: Process

    async def said(self) -> dict[str, Any]:
        """Wait for the next thing that the device says."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 20)
        assert line, "the device is gone"
        told: dict[str, Any] = json.loads(line)
        return told


@asynccontextmanager
async def device(script: str, *arguments: str) -> AsyncIterator[Device]:
    """Run a Node.js device until the block ends."""
    if not NODE_MODULES.is_dir():
        pytest.fail("the Node packages of tests/acceptance/unseen are missing: run `make .venv/.node`")
    environment = {**os.environ, "NODE_PATH": str(NODE_MODULES)}
    process = await asyncio.create_subprocess_exec(
        "node", str(UNSEEN / script), *arguments, stdout=PIPE, env=environment
    )
    try:
        there = Device(process)
        assert await there.said() == {"ready": True}
        yield there
    finally:
        process.kill()
        await process.wait()


def site(folder: Path, link: str, meter: str) -> GatewayDocument:
    """A site of one link and one meter."""
    meters = folder / "meters.csv"
    meters.write_text(f"id,service_point,service,profile,link,address,serial\n{meter}\n")
    return parse_config(SITE.format(meters=meters, link=link))


async def switched_both_ways(desk: Desk, there: Device, identity: Identity) -> None:
    """Suspend and restore: proven on the load, one movement each, registers at both ends."""
    await desk.commission("M-1")
    hold = await desk.suspended("M-1")
    (leg,) = hold.legs
    assert (leg.outcome, leg.proof, leg.actual) == (Outcome.VERIFIED, Proof.LOAD_PROVEN, SupplyState.DISCONNECTED)
    assert leg.identity is identity
    assert await there.said() == {"wrote": "disconnected"}
    hold = await desk.restored(hold.hold_id)
    (leg,) = hold.legs
    assert (leg.outcome, leg.proof, leg.actual) == (Outcome.VERIFIED, Proof.LOAD_PROVEN, SupplyState.CONNECTED)
    assert await there.said() == {"wrote": "connected"}
    assert {register.moment for register in leg.registers} == set(Moment)
    await desk.suspended("M-1")
    assert await there.said() == {"wrote": "disconnected"}, "anything else would be a second write of the orders before"


async def test_a_modbus_meter_of_a_maker_we_never_heard_of(tmp_path: Path, free_ports: Callable[[], int]) -> None:
    """Unlock words, a time limit, swapped words, function 04 and an own serial number: data, all of it."""
    port = free_ports()
    link = f"{{kind: modbus, host: 127.0.0.1, port: {port}}}"
    config = site(tmp_path, link, "M-1,SP-1,electricity,vega-sm-3r,wire,17,40771123")
    async with (
        device("vega.js", str(port)) as there,
        faceless_gateway(config, tmp_path / "store.sqlite", load_profiles(UNSEEN)) as desk,
    ):
        await switched_both_ways(desk, there, Identity.SERIAL)


async def test_an_mqtt_valve_of_a_maker_we_never_heard_of(tmp_path: Path, broker: Broker) -> None:
    """Replies on a topic of ours, a measured position with tolerance, litres a minute: data as well."""
    base = f"aquila/{tmp_path.name}"
    link = f"{{kind: mqtt, host: {broker.host}, port: {broker.port}, client_id: unseen, topic_prefix: unseen/back}}"
    config = site(tmp_path, link, f"M-1,SP-1,water,aquila-q2,wire,{base},Q2-00381")
    async with (
        device("aquila.js", str(broker.port), base) as there,
        faceless_gateway(config, tmp_path / "store.sqlite", load_profiles(UNSEEN)) as desk,
    ):
        await switched_both_ways(desk, there, Identity.DEVICE_ID)
