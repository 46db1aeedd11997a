"""Broker links against a real mosquitto, for the tests of the MQTT driver."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from meterhold.clock import SteadyClock
from meterhold.drivers import BrokerLink, MqttVersion
from meterhold.drivers.backoff import Backoff
from meterhold.profiles.wire import ByCorrelation, MqttAsk, MqttWrite
from tests.fakes.mqtt_device import MqttDevice
from tests.support.mosquitto import Broker

VERSIONS = [MqttVersion.V3_1_1, MqttVersion.V5]
REPLY = ByCorrelation("{reply_to}/rpc", "/id", "/error")


def rpc(method: str) -> str:
    """A Shelly's request, with room for what the driver fills in."""
    return f'{{"id":{{request_id}},"src":"{{reply_to}}","method":"{method}"}}'


def status(device: MqttDevice) -> MqttAsk:
    """Ask a device for its status."""
    return MqttAsk(device.rpc, rpc("Switch.GetStatus"), REPLY)


def switch(device: MqttDevice) -> MqttWrite:
    """Command a device, and wait for its own answer."""
    return MqttWrite(device.rpc, rpc("Switch.Set"), REPLY)


async def until(condition: Callable[[], object], within_s: float = 20.0) -> None:
    """Wait for what announces itself by no event."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


async def restarted(broker: Broker, link: BrokerLink) -> None:
    """Restart the broker, and wait until the link has noticed and is back."""
    broker.restart()
    await until(lambda: not link.up)
    async with asyncio.timeout(20):
        await link.wait_up()


@asynccontextmanager
async def linked(
    broker: Broker,
    version: MqttVersion = MqttVersion.V3_1_1,
    *,
    timeout_s: float = 10.0,
    width: int = 100,
    name: str = "gateway",
    payload_limit_bytes: int = 65_536,
    on_message: Callable[[str], None] = lambda _topic: None,
    **settings: Any,  # noqa: ANN401 - any other setting of a link
) -> AsyncIterator[BrokerLink]:
    """A link that is up until the block ends."""
    link = BrokerLink(
        name,
        host=broker.host,
        port=broker.port,
        client_id=name,
        topic_prefix=f"{name}/replies",
        clock=SteadyClock(),
        random=random.Random(1),
        protocol=version,
        timeout_s=timeout_s,
        width=width,
        payload_limit_bytes=payload_limit_bytes,
        on_message=on_message,
        backoff=Backoff(first_s=0.1, most_s=1.0),
        **settings,
    )
    await link.start()
    try:
        await link.wait_up()
        yield link
    finally:
        await link.stop()
