"""Commands that somebody left at a broker are found, told once, and never made by our looking."""

import asyncio

import pytest

from meterhold.domain.errors import NeverSent
from meterhold.drivers import MqttVersion
from meterhold.profiles.wire import Follow, MqttLatest, MqttWrite
from tests.fakes.mqtt_device import MqttDevice, stay_silent
from tests.integration.drivers.brokers import VERSIONS, linked, status, until
from tests.support.mosquitto import BrokerFactory

BOTH = pytest.mark.parametrize("version", VERSIONS)
OFTEN_S = 0.2


@BOTH
async def test_a_command_that_was_left_is_told_once(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """It would switch the device at each of its reconnects; when it is gone and comes again, it is told again."""
    broker = broker_factory()
    told: list[str] = []
    async with MqttDevice.running(broker, "somebody", stay_silent) as somebody:
        await somebody.say("cmnd/plug/POWER", "OFF", retain=True)
        async with linked(broker, version, on_retained_command=told.append, look_for_left_s=OFTEN_S) as link:
            link.watch_commands(["cmnd/plug/POWER", "cmnd/other/POWER"])
            await until(lambda: told)
            await asyncio.sleep(2.0)
            assert told == ["cmnd/plug/POWER"]
            await somebody.say("cmnd/plug/POWER", "", retain=True)
            await asyncio.sleep(2.0)
            await somebody.say("cmnd/plug/POWER", "ON", retain=True)
            await until(lambda: len(told) == 2)
    assert told == ["cmnd/plug/POWER"] * 2


@BOTH
async def test_commands_that_are_sent_are_not_left(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """Neither ours nor those of others, also while we look."""
    broker = broker_factory()
    told: list[str] = []
    async with (
        MqttDevice.running(broker, "plug", stay_silent) as device,
        linked(broker, version, on_retained_command=told.append, look_for_left_s=0.0) as link,
    ):
        link.watch_commands([device.rpc])
        async with link.turn() as turn:
            for _ in range(5):
                await turn.write(MqttWrite(device.rpc, "OFF"))
                await device.say(device.rpc, "ON")
                await asyncio.sleep(0.1)
        assert link.inbox.unreadable == 0
    assert not told


async def test_looking_is_not_listening(broker_factory: BrokerFactory) -> None:
    """A v5 broker still tells that nobody is there to take a command: we are not, once we have looked."""
    broker = broker_factory()
    told: list[str] = []
    async with linked(broker, MqttVersion.V5, on_retained_command=told.append) as link:
        link.watch_commands(["nobody/rpc", "left/rpc"])
        async with MqttDevice.running(broker, "somebody", stay_silent) as somebody:
            await somebody.say("left/rpc", "OFF", retain=True)
        link._lost.set()
        await until(lambda: told)
        await until(lambda: link.up)
        async with link.turn() as turn:
            with pytest.raises(NeverSent, match="nobody listens"):
                await turn.write(MqttWrite("nobody/rpc", "OFF"))


async def test_a_topic_that_is_followed_stays_followed(broker_factory: BrokerFactory) -> None:
    """A device that tells its state where it takes commands is heard on, and its retained state is no command."""
    broker = broker_factory()
    told: list[str] = []
    async with (
        MqttDevice.running(broker, "valve") as device,
        linked(broker, on_retained_command=told.append, look_for_left_s=OFTEN_S) as link,
    ):
        await device.say(device.state, {"n": 0}, retain=True)
        link.follow([Follow(device.state)])
        link.watch_commands([device.state])
        await asyncio.sleep(1.0)
        async with link.turn() as turn:
            await turn.ask(status(device))
            await device.say(device.state, {"n": 1})
            await turn.ask(status(device))
            assert (await turn.ask(MqttLatest(device.state))).value == {"n": 1}
    assert not told
