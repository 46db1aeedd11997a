"""A fleet of MQTT meters on a real broker, and a client that watches it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiomqtt
import pytest

from meterhold_simulators import Fleet, FleetSpec, parse_fleet
from tests.integration.simulators.watcher import Watcher
from tests.support.mosquitto import Broker, BrokerFactory

MAC = "A8032ABE54DC"
PREFIX = f"shellypro1pm-{MAC.lower()}"
IEEE = "0x00124b0029f1a002"


def mqtt_fleet(broker: Broker, shelly: dict[str, Any] | None = None, bridge: dict[str, Any] | None = None) -> FleetSpec:
    """A Shelly with a load and a valve that travels quickly."""
    return parse_fleet(
        {
            "brokers": {"site": {"host": broker.host, "port": broker.port}},
            "bridges": {"zigbee": {"broker": "site", **(bridge or {})}},
            "meters": [
                {"id": "E-1", "model": "shelly_1pm", "broker": "site", "mac": MAC, "load_w": 1150, **(shelly or {})},
                {
                    "id": "W-1",
                    "model": "swv",
                    "bridge": "zigbee",
                    "name": "home",
                    "ieee": IEEE,
                    "demand_m3_h": 0.6,
                    "travel_s": 0.05,
                    "report_after_s": 0.01,
                    "flow_report_after_s": 0.01,
                },
            ],
        }
    )


@pytest.fixture
def own_broker(broker_factory: BrokerFactory) -> Broker:
    """A broker of this test alone: the devices leave retained messages."""
    return broker_factory()


@pytest.fixture
async def fleet(own_broker: Broker) -> AsyncIterator[Fleet]:
    """The fleet, connected."""
    async with Fleet.start(mqtt_fleet(own_broker)) as running:
        yield running


@pytest.fixture
async def watcher(own_broker: Broker, fleet: Fleet) -> AsyncIterator[Watcher]:
    """A client that hears everything but commands from the start of the test on."""
    async with aiomqtt.Client(own_broker.host, own_broker.port) as client:
        watching = Watcher(client)
        for topic in ("zigbee2mqtt/home", "zigbee2mqtt/bridge/#", "zigbee2mqtt/home/availability", "gw/#"):
            await client.subscribe(topic)
        for topic in ("online", "events/rpc", "status/#"):
            await client.subscribe(f"{PREFIX}/{topic}")
        task = asyncio.create_task(watching.collect())
        yield watching
        task.cancel()
