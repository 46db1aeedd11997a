"""The later MQTT models on a real broker, one connection for all, with mosquitto's own tools as clients."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiomqtt
import pytest

from meterhold_simulators import Fleet, FleetFileError, FleetSpec, parse_fleet
from tests.integration.simulators.clients import line_with, publish, run, subscribed
from tests.integration.simulators.watcher import Watcher
from tests.support.mosquitto import Broker

EUI = "24e124460c000007"
STREGA_EUI = "70b3d57ed0000001"
DEVICE = f"application/17/device/{EUI}"
VALVE = "homes/17/valve"


def models(broker: Broker, **tasmota: object) -> FleetSpec:
    """One of each, quick to move and quick to speak."""
    quick = {"server": "lora", "uplink_every_s": 0.05, "answer_after_s": 0, "report_after_s": 0, "travel_s": 0.02}
    return parse_fleet(
        {
            "brokers": {"site": {"host": broker.host, "port": broker.port, "reconnect_s": 0.05}},
            "network_servers": {"lora": {"broker": "site", "application_id": "17", "rx_after_s": 0}},
            "meters": [
                {
                    "id": "E-1",
                    "model": "tasmota",
                    "broker": "site",
                    "mac": "DC4F223D5E26",
                    "topic": "boiler",
                    "load_w": 1150,
                    **tasmota,
                },
                {"id": "W-1", "model": "ha_valve", "broker": "site", "topic": VALVE, "travel_s": 0.02},
                {"id": "W-2", "model": "uc511", "dev_eui": EUI, "demand_m3_h": 0.6, **quick},
                {"id": "W-3", "model": "strega", "dev_eui": STREGA_EUI, **quick},
            ],
        }
    )


@pytest.fixture
async def plant(own_broker: Broker) -> AsyncIterator[Fleet]:
    """The models, connected."""
    async with Fleet.start(models(own_broker)) as running:
        yield running


async def test_mosquitto_clients_switch_the_plug(own_broker: Broker, plant: Fleet) -> None:
    """A plain word switches, and the answer is a plain word; measurements come when asked for."""
    async with subscribed(own_broker, "stat/boiler/POWER") as lines:
        await publish(own_broker, "cmnd/boiler/POWER", "OFF")
        assert await line_with(lines, "message ") == "OFF"
    assert plant.truth("E-1").supply == "disconnected"
    async with subscribed(own_broker, "stat/boiler/STATUS8") as lines:
        await publish(own_broker, "cmnd/boiler/Status", "8")
        assert json.loads(await line_with(lines, "message "))["StatusSNS"]["ENERGY"]["Power"] == 0


async def test_mosquitto_clients_switch_the_valve(own_broker: Broker, plant: Fleet) -> None:
    """CLOSE and OPEN; who comes late finds the state kept."""
    await publish(own_broker, f"{VALVE}/set", "CLOSE")
    await plant.wait_until("W-1", lambda truth: truth.supply == "disconnected")
    async with subscribed(own_broker, f"{VALVE}/availability", "--retained-only") as lines:
        assert await line_with(lines, "message ") == "online"
    await publish(own_broker, f"{VALVE}/set", "OPEN")
    await plant.wait_until("W-1", lambda truth: truth.supply == "connected")


@pytest.mark.parametrize(
    ("meter_id", "eui", "port", "data", "told"),
    [("W-2", EUI, 85, "/x0ABwAAAAAAAAA=", b"\x03\x01\x00"), ("W-3", STREGA_EUI, 1, "MA==", b"3600p")],
)
async def test_mosquitto_clients_switch_the_lorawan_valves(
    own_broker: Broker, plant: Fleet, meter_id: str, eui: str, port: int, data: str, told: bytes
) -> None:
    """A queued downlink goes out by itself after an uplink, is acknowledged, and an uplink shows the new state."""
    device = f"application/17/device/{eui}"
    request = {"id": "o-1", "devEui": eui, "confirmed": True, "fPort": port, "data": data}
    async with subscribed(own_broker, f"{device}/event/ack") as lines:
        await publish(own_broker, f"{device}/command/down", json.dumps(request))
        ack = json.loads(await line_with(lines, "message "))
    assert (ack["queueItemId"], ack["acknowledged"]) == ("o-1", True)
    await plant.wait_until(meter_id, lambda truth: truth.supply == "disconnected")
    async with subscribed(own_broker, f"{device}/event/up") as lines:
        up = json.loads(await line_with(lines, "message "))
    assert told in base64.b64decode(up["data"])
    assert [entry.target for entry in plant.journal.writes(meter_id)] == ["disconnected"]


async def test_a_kept_command_is_a_ghost(own_broker: Broker) -> None:
    """Retained before the start, it switches at the first connection, and again when the device comes back."""
    await run(
        "mosquitto_pub", "-h", own_broker.host, "-p", str(own_broker.port), "-r", "-t", "cmnd/boiler/POWER", "-m", "OFF"
    )
    async with Fleet.start(models(own_broker)) as fleet:
        await fleet.journal.wait_for_writes("E-1")
        fleet.press_button("E-1")
        assert fleet.truth("E-1").supply == "connected"
        fleet.set_fault("E-1", "offline")
        fleet.clear_fault("E-1", "offline")
        first, again = await fleet.journal.wait_for_writes("E-1", 2)
        assert first.wire == again.wire == "cmnd/boiler/POWER OFF (retained)"
        assert fleet.truth("E-1").supply == "disconnected"


async def test_a_connection_of_its_own_has_a_will_of_its_own(own_broker: Broker) -> None:
    """LWT Online while it lives; where it says good-bye, Offline; both kept."""
    async with aiomqtt.Client(own_broker.host, own_broker.port) as client:
        watcher = Watcher(client)
        await client.subscribe("tele/boiler/LWT")
        task = asyncio.create_task(watcher.collect())
        async with Fleet.start(models(own_broker, own_connection=True)):
            assert (await watcher.next("tele/boiler/LWT")).text == "Online"
        assert (await watcher.next("tele/boiler/LWT")).text == "Offline"
        task.cancel()


async def test_one_connection_serves_a_broker(own_broker: Broker, plant: Fleet) -> None:
    """Four devices, one client."""
    assert len(plant.ids) == 4
    assert own_broker.log.count("New client connected") == 1


async def test_a_network_server_goes_on_without_its_broker(own_broker: Broker, plant: Fleet) -> None:
    """A device moves, the broker restarts, and the next uplink tells; the frame counter has gone on."""
    own_broker.stop()
    plant.press_button("W-2")
    own_broker.start()
    async with aiomqtt.Client(own_broker.host, own_broker.port) as client:
        watcher = Watcher(client)
        await client.subscribe(f"{DEVICE}/event/up")
        task = asyncio.create_task(watcher.collect())
        up = (await watcher.next(f"{DEVICE}/event/up")).json
        task.cancel()
    assert b"\x03\x01\x00" in base64.b64decode(up["data"])
    assert up["fCnt"] > 1


def test_faults_of_the_file_name_their_place() -> None:
    """A server that is not there, an EUI used twice, a topic used twice, a fault that means nothing here."""
    uc511: dict[str, Any] = {"model": "uc511", "server": "lora", "dev_eui": EUI}
    tap: dict[str, Any] = {"model": "ha_valve", "broker": "site", "topic": VALVE}
    with pytest.raises(FleetFileError) as caught:
        parse_fleet(
            {
                "brokers": {"site": {}},
                "network_servers": {"lora": {"broker": "nowhere"}},
                "meters": [
                    {"id": "W-1", **uc511},
                    {"id": "W-2", **uc511},
                    {"id": "W-3", **uc511, "server": "far"},
                    {"id": "W-4", **tap},
                    {"id": "W-5", **tap, "faults": {"low_battery": True}},
                ],
            }
        )
    text = str(caught.value)
    for part in (
        "network_servers.0.broker: there is no broker 'nowhere'",
        "meters.1.dev_eui: lora 24e124460c000007 is taken by an earlier meter",
        "meters.2.server: there is no server 'far'",
        "meters.4.topic: site homes/17/valve is taken by an earlier meter",
        "fault 'low_battery' means nothing for a ha_valve",
    ):
        assert part in text
