"""A broker that goes away: no command is kept for later, and the link comes back by itself."""

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import aiomqtt
import paho.mqtt.client
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from meterhold.clock import SteadyClock
from meterhold.domain.errors import NeverSent, OutcomeUnknown
from meterhold.domain.words import Proof
from meterhold.drivers import BrokerLink, MqttVersion
from meterhold.drivers.backoff import Backoff
from meterhold.profiles.wire import ByCorrelation, Follow, MqttLatest, MqttWrite
from tests.fakes.mqtt_device import MqttDevice
from tests.integration.drivers.brokers import VERSIONS, linked, restarted, status, until
from tests.support.mosquitto import Broker, BrokerFactory, find_free_port

BOTH = pytest.mark.parametrize("version", VERSIONS)
VALVE = "valve/rpc"


@contextmanager
def frozen(broker: Broker) -> Iterator[None]:
    """Stop the broker's process in its tracks, then kill it: what reached its socket is never read."""
    process = broker._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    yield
    broker.kill()


async def remember_valve(broker: Broker) -> None:
    """Leave a session at the broker that keeps commands for the valve."""
    async with aiomqtt.Client(broker.host, broker.port, identifier="valve", clean_session=False) as valve:
        await valve.subscribe(VALVE, qos=1)


async def commands_kept_for_valve(broker: Broker) -> list[str]:
    """What the valve gets when it comes back, up to a mark that is sent last."""
    async with aiomqtt.Client(broker.host, broker.port) as marker:
        await marker.publish(VALVE, "mark", qos=1)
    got = []
    async with aiomqtt.Client(broker.host, broker.port, identifier="valve", clean_session=False) as valve:
        async for message in valve.messages:
            assert isinstance(message.payload, bytes)
            got.append(message.payload.decode())
            if got[-1] == "mark":
                return got
    return got


async def test_bare_an_unacknowledged_command_leaves_again_after_the_reconnect(broker_factory: BrokerFactory) -> None:
    """Without the cure: paho keeps the old OFF and sends it as soon as the broker is back."""
    broker = broker_factory(persistence=True)
    await remember_valve(broker)
    client = paho.mqtt.client.Client(CallbackAPIVersion.VERSION2, client_id="bare")
    acknowledged: list[int] = []
    client.on_publish = lambda _client, _data, mid, *_: acknowledged.append(mid)
    client.connect(broker.host, broker.port)
    client.reconnect_delay_set(1, 1)
    client.loop_start()
    await until(client.is_connected)
    with frozen(broker):
        client.publish(VALVE, "OFF", qos=1)
        await asyncio.sleep(0.1)
    broker.start()
    await until(lambda: acknowledged)
    assert await commands_kept_for_valve(broker) == ["OFF", "mark"]
    client.disconnect()
    client.loop_stop()


@BOTH
async def test_a_command_without_its_receipt_never_leaves_again(
    broker_factory: BrokerFactory, version: MqttVersion
) -> None:
    """The broker dies with our command unread; it comes back, we come back, and the old command is gone."""
    broker = broker_factory(persistence=True)
    await remember_valve(broker)
    async with linked(broker, version, timeout_s=0.3) as link:
        async with link.turn() as turn:
            with frozen(broker):
                with pytest.raises(OutcomeUnknown, match="not even the broker's receipt"):
                    await turn.write(MqttWrite(VALVE, "OFF"))
                # One more, that is still under way when the broker dies.
                writing = asyncio.create_task(turn.write(MqttWrite(VALVE, "OFF AGAIN")))
                await asyncio.sleep(0.05)
            with pytest.raises(OutcomeUnknown):
                await writing
        broker.start()
        async with asyncio.timeout(20):
            await asyncio.sleep(0.1)
            await link.wait_up()
        async with link.turn() as turn:
            assert (await turn.write(MqttWrite(VALVE, "ON"))).level is Proof.SENT
    assert await commands_kept_for_valve(broker) == ["ON", "mark"]


async def test_on_mqtt_5_a_command_to_a_device_that_is_away_expires(broker_factory: BrokerFactory) -> None:
    """Row 39: the broker's receipt is no success, and the valve that comes back later gets nothing any more."""
    broker = broker_factory()
    await remember_valve(broker)
    async with linked(broker, MqttVersion.V5, timeout_s=1.0) as link, link.turn() as turn:
        assert (await turn.write(MqttWrite(VALVE, "OFF"))).level is Proof.SENT
        answered = MqttWrite(VALVE, '{"id":{request_id}}', ByCorrelation("valve/reply", "/id"))
        with pytest.raises(OutcomeUnknown, match="the broker has it, no reply came"):
            await turn.write(answered)
    await asyncio.sleep(2.1)
    assert await commands_kept_for_valve(broker) == ["mark"]


@BOTH
async def test_without_a_broker_nothing_is_sent_and_nothing_is_kept(
    broker_factory: BrokerFactory, version: MqttVersion
) -> None:
    """While the broker is away a turn is refused; a turn that was begun before sends nothing either."""
    broker = broker_factory(persistence=True)
    await remember_valve(broker)
    async with linked(broker, version) as link, link.turn() as turn:
        broker.kill()
        await until(lambda: not link.up)
        with pytest.raises(NeverSent):
            await turn.write(MqttWrite(VALVE, "OFF"))
        broker.start()
        async with asyncio.timeout(20):
            await link.wait_up()
        # The link is back, the turn is not: it was bound to the former connection.
        with pytest.raises(NeverSent):
            await turn.write(MqttWrite(VALVE, "OFF"))
    assert await commands_kept_for_valve(broker) == ["mark"]


@BOTH
async def test_what_changed_while_the_link_was_down_is_undated(
    broker_factory: BrokerFactory, version: MqttVersion
) -> None:
    """The first message after a reconnect may differ for any reason; it proves no change since our write."""
    broker = broker_factory()
    async with linked(broker, version) as link:
        async with MqttDevice.running(broker, "valve") as device, link.turn() as turn:
            link.follow([Follow(device.state)])
            await turn.ask(status(device))
            await device.say(device.state, {"flow": 0.5})
            await turn.ask(status(device))
        await restarted(broker, link)
        async with MqttDevice.running(broker, "valve") as device, link.turn() as turn:
            await device.say(device.state, {"flow": 0})
            await turn.ask(status(device))
            latest = await turn.ask(MqttLatest(device.state))
            assert (latest.value, latest.changed_at) == ({"flow": 0}, {})
            await device.say(device.state, {"flow": 0.1})
            await turn.ask(status(device))
            latest = await turn.ask(MqttLatest(device.state))
            assert latest.changed_at == {"/flow": latest.at}


async def test_a_link_starts_without_its_broker_and_finds_it_later(broker_factory: BrokerFactory) -> None:
    """A broker that is down at start is no reason to fail."""
    broker = broker_factory(start=False)
    broker.port = find_free_port()
    link = make_link(broker)
    await link.start()
    with pytest.raises(NeverSent, match="not connected"):
        async with link.turn():
            pass
    broker.start()
    async with asyncio.timeout(20):
        await link.wait_up()
    await link.stop()
    assert not link.up


async def test_a_broker_that_refuses_us_is_not_stormed(broker_factory: BrokerFactory) -> None:
    """Wrong credentials are tried again more and more rarely, and the link says that it is down."""
    broker = broker_factory(anonymous=False)
    link = make_link(broker, password="wrong")
    await link.start()
    await until(lambda: link.backoff.failures >= 3)
    assert not link.up
    assert link.backoff.wait_s(link.clock.monotonic()) > 0
    await link.stop()
    assert broker.log.count("New connection") <= 4
    assert "wrong" not in repr(link)


def make_link(broker: Broker, *, password: str | None = None) -> BrokerLink:
    """A link that was not started."""
    return BrokerLink(
        "gateway",
        host=broker.host,
        port=broker.port,
        client_id="gateway",
        topic_prefix="gateway/replies",
        clock=SteadyClock(),
        random=random.Random(1),
        username=None if password is None else "gateway",
        password=password,
        connect_timeout_s=2.0,
        backoff=Backoff(first_s=0.05, most_s=1.0),
    )
