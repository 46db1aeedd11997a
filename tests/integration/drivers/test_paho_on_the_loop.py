"""The adapter that puts paho on the asyncio loop, apart from what links do with it."""

import asyncio
from dataclasses import dataclass, field

import pytest

from meterhold.drivers.mqtt.loop import BrokerAddress, CannotConnect, MqttVersion, NotTaken, PahoConnection
from tests.fakes.modbus_device import HOST
from tests.fakes.mqtt_device import MqttDevice
from tests.integration.drivers.brokers import VERSIONS, until
from tests.support.mosquitto import Broker, BrokerFactory, find_free_port

BOTH = pytest.mark.parametrize("version", VERSIONS)


@dataclass
class Ear:
    """Keeps what a connection tells."""

    heard: list[tuple[str, int]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    fail: bool = False

    def received(self, topic: str, payload: bytes | bytearray, *, retained: bool, mid: int) -> None:
        """Keep a message, or fail on it."""
        if self.fail:
            raise LookupError(topic)
        self.heard.append((payload.decode(), mid))

    def ended(self, reason: str) -> None:
        """Keep the reason."""
        self.reasons.append(reason)


def connection(
    port: int, ear: Ear, version: MqttVersion = MqttVersion.V3_1_1, *, durable: bool = False
) -> PahoConnection:
    """A connection that is not open yet; a durable one acknowledges by hand and keeps its session."""
    address = BrokerAddress(
        host=HOST,
        port=port,
        client_id="intake",
        version=version,
        username=None,
        password=None,
        keepalive_s=30,
        largest_packet=100_000,
        session_expiry_s=3_600 if durable else 0,
    )
    return PahoConnection(address, ear, manual_ack=durable, clean_start=not durable)


@BOTH
async def test_a_message_that_was_not_acknowledged_comes_again(
    broker_factory: BrokerFactory, version: MqttVersion
) -> None:
    """An order whose commit failed is delivered once more; one that was acknowledged is not."""
    broker = broker_factory()
    ear = Ear()
    first = connection(broker.port, ear, version, durable=True)
    await first.open(10.0)
    await first.subscribe(["orders"])
    async with MqttDevice.running(broker, "dispatch") as dispatch:
        await dispatch.say("orders", "kept")
        await dispatch.say("orders", "lost")
        await until(lambda: len(ear.heard) == 2)
        first.acknowledge(ear.heard[0][1])
        await asyncio.sleep(0.05)
        first.drop()
        ear.heard.clear()
        second = connection(broker.port, ear, version, durable=True)
        await second.open(10.0)
        await until(lambda: ear.heard)
        await dispatch.say("orders", "next")
        await until(lambda: len(ear.heard) == 2)
    assert [text for text, _ in ear.heard] == ["lost", "next"]
    second.close()
    assert ear.reasons == []


async def test_an_error_in_a_handler_ends_the_connection(broker: Broker) -> None:
    """Paho would go on in the middle of a packet; the owner is told, and the loop gets the error."""
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: raised.append(context["exception"]))
    ear = Ear(fail=True)
    one = connection(broker.port, ear)
    await one.open(10.0)
    await one.subscribe(["poison"])
    async with MqttDevice.running(broker, "poisoner") as device:
        await device.say("poison", "x")
        await until(lambda: ear.reasons)
    assert [type(error) for error in raised] == [LookupError]
    assert not one.alive
    with pytest.raises(NotTaken):
        one.publish("a", "b", lambda _reason: None, None)
    one.drop()


async def test_a_port_without_a_broker_cannot_be_connected() -> None:
    """The reason is what the operating system says."""
    with pytest.raises(CannotConnect, match="Connect call failed"):
        await connection(find_free_port(), Ear()).open(5.0)


async def test_a_peer_that_is_no_broker_is_given_up_in_time() -> None:
    """A peer that accepts and says nothing costs the time-out, and no more."""
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, HOST, 0)
    with pytest.raises(CannotConnect, match="no answer within"):
        await connection(server.sockets[0].getsockname()[1], Ear()).open(0.1)
    server.close()


async def test_a_peer_that_talks_nonsense_is_given_up_at_once() -> None:
    """Bytes that are no MQTT end the attempt."""

    class Nonsense(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            transport.write(b"\xf0\x00")

    server = await asyncio.get_running_loop().create_server(Nonsense, HOST, 0)
    async with asyncio.timeout(10):
        with pytest.raises(CannotConnect):
            await connection(server.sockets[0].getsockname()[1], Ear()).open(60.0)
    server.close()


async def test_subscriptions_of_a_lost_connection_end(broker_factory: BrokerFactory) -> None:
    """Whoever waits for the broker's answer learns that none will come."""
    broker = broker_factory()
    ear = Ear()
    one = connection(broker.port, ear)
    await one.open(10.0)
    broker.kill()
    with pytest.raises(CannotConnect):
        await one.subscribe(["a"])
    assert len(ear.reasons) == 1
    one.drop()
