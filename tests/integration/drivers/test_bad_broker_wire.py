"""What a bad wire does between us and a broker (rows 8, 33, 38 and 58 of the fault matrix)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from meterhold.domain.errors import NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.words import Proof
from meterhold.drivers import BrokerLink, MqttVersion
from meterhold.profiles.wire import Follow, MqttAsk, MqttLatest, MqttWrite, NextMessage
from tests.fakes.mqtt_device import Command, MqttDevice, Script, answer
from tests.integration.drivers.brokers import VERSIONS, linked, rpc, status, switch, until
from tests.support.mosquitto import Broker, BrokerFactory
from tests.support.proxy import Frame, Framing, Proxy, delay, double, drop, is_message, only, split, stall, trickle

BOTH = pytest.mark.parametrize("version", VERSIONS)


@dataclass
class Wire:
    """A link, the proxy on its way to the broker, and a device that talks to the broker directly."""

    link: BrokerLink
    proxy: Proxy
    device: MqttDevice


@asynccontextmanager
async def wired(
    broker: Broker,
    version: MqttVersion,
    script: Script = answer,
    **settings: Any,  # noqa: ANN401 - of a link
) -> AsyncIterator[Wire]:
    """A link that leads through a proxy."""
    async with AsyncExitStack() as running:
        proxy = await running.enter_async_context(Proxy.before(broker.port, Framing.MQTT))
        device = await running.enter_async_context(MqttDevice.running(broker, "plug", script))
        seen = Broker(broker.folder, port=proxy.port)
        link = await running.enter_async_context(linked(seen, version, **settings))
        yield Wire(link, proxy, device)


@BOTH
async def test_packets_may_be_cut_anywhere(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """Both ways."""
    async with wired(broker_factory(), version) as wire:
        for at in range(1, 30):
            wire.proxy.to_device = wire.proxy.to_gateway = split(at)
            async with wire.link.turn() as turn:
                assert (await turn.write(switch(wire.device))).level is Proof.ACKNOWLEDGED
        assert len(wire.device.commands) == 29


@BOTH
async def test_replies_in_the_reverse_order_answer_their_own(
    broker_factory: BrokerFactory, version: MqttVersion
) -> None:
    """Row 8: five questions are under way, the last is answered first."""
    waiting: list[Command] = []

    async def reverse(command: Command) -> None:
        waiting.append(command)
        if len(waiting) == 5:
            for one in reversed(waiting):
                await one.reply(one.body["method"])

    async with wired(broker_factory(), version, reverse) as wire:

        async def ask(number: int) -> None:
            async with wire.link.turn() as turn:
                reply = await turn.ask(MqttAsk(wire.device.rpc, rpc(f"m{number}"), status(wire.device).reply))
                assert reply.value["result"] == f"m{number}"

        await asyncio.gather(*map(ask, range(5)))


@BOTH
async def test_messages_that_come_twice_change_nothing(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """Row 38: a broker may deliver QoS 1 again; replies answer once, and state that is repeated is no change."""
    async with wired(broker_factory(), version) as wire:
        wire.proxy.to_gateway = only(is_message, double)
        wire.link.follow([Follow(wire.device.state)])
        async with wire.link.turn() as turn:
            for _ in range(3):
                assert (await turn.write(switch(wire.device))).level is Proof.ACKNOWLEDGED
            await wire.device.say(wire.device.state, {"n": 1})
            await wire.device.say(wire.device.state, {"n": 2})
            await turn.ask(status(wire.device))
            latest = await turn.ask(MqttLatest(wire.device.state))
        assert (latest.value, set(latest.changed_at)) == ({"n": 2}, {"/n"})
        assert latest.changed_at["/n"] <= latest.at
        assert len(wire.device.commands) == 4


@BOTH
async def test_a_receipt_that_is_lost_repeats_nothing(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """Row 5: the broker has the command and passed it on; nobody knows, and it leaves once, also over a reconnect."""
    async with wired(broker_factory(), version, timeout_s=0.3) as wire:
        wire.proxy.to_gateway = drop
        async with wire.link.turn() as turn:
            with pytest.raises(OutcomeUnknown, match="not even the broker's receipt"):
                await turn.write(MqttWrite(wire.device.rpc, "OFF"))
        wire.proxy.heal()
        wire.proxy.hang_up()
        await until(lambda: not wire.link.up)
        async with asyncio.timeout(20):
            await wire.link.wait_up()
        async with wire.link.turn() as turn:
            await turn.write(MqttWrite(wire.device.rpc, "ON"))
        await wire.device.command(2)
        assert [command.text for command in wire.device.commands] == ["OFF", "ON"]


@BOTH
async def test_a_command_that_is_lost_repeats_nothing(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """Row 6: the broker never had it; it does not leave by itself later."""
    async with wired(broker_factory(), version, timeout_s=0.3) as wire:
        wire.proxy.to_device = only(is_message, drop, times=1)
        async with wire.link.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(MqttWrite(wire.device.rpc, "OFF"))
        wire.proxy.hang_up()
        await until(lambda: not wire.link.up)
        async with asyncio.timeout(20):
            await wire.link.wait_up()
        async with wire.link.turn() as turn:
            await turn.write(MqttWrite(wire.device.rpc, "ON"))
        await wire.device.command(1)
        assert [command.text for command in wire.device.commands] == ["ON"]


async def test_a_state_message_that_is_lost_is_not_made_up(broker_factory: BrokerFactory) -> None:
    """Row 38: with QoS 0, or a lossy wire, one may be missing: what we hold is older, and says when it was said."""
    async with wired(broker_factory(), MqttVersion.V3_1_1) as wire:
        wire.link.follow([Follow(wire.device.state)])
        async with wire.link.turn() as turn:
            await turn.ask(status(wire.device))
            await wire.device.say(wire.device.state, {"n": 1})
            await turn.ask(status(wire.device))
            before = await turn.ask(MqttLatest(wire.device.state))
            wire.proxy.to_gateway = only(lambda frame: is_message(frame) and b"plug/state" in frame.data, drop)
            await wire.device.say(wire.device.state, {"n": 2})
            await turn.ask(status(wire.device))
            latest = await turn.ask(MqttLatest(wire.device.state))
        assert (latest.value, latest.at) == ({"n": 1}, before.at)


@BOTH
async def test_a_trickle_has_one_deadline(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """Row 58: each byte comes in time, the reply does not."""
    async with wired(broker_factory(), version, timeout_s=0.3) as wire:
        wire.proxy.to_gateway = trickle(0.1)
        async with wire.link.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(status(wire.device))
            with pytest.raises(OutcomeUnknown):
                await turn.write(switch(wire.device))
        assert len(wire.device.commands) == 2


async def test_a_request_has_one_deadline_for_all_its_steps(broker_factory: BrokerFactory) -> None:
    """Hearing the reply topic takes most of the time: the reply gets the rest, not a whole time-out of its own."""
    async with wired(broker_factory(), MqttVersion.V3_1_1, timeout_s=1.0) as wire:
        wire.proxy.to_gateway = only(_is_suback, delay(0.8))
        wire.device.on_command = _say_late
        started = asyncio.get_running_loop().time()
        async with wire.link.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(MqttAsk(wire.device.rpc, "?", NextMessage(wire.device.state)))
        assert asyncio.get_running_loop().time() - started < 1.5


@BOTH
async def test_a_broker_that_has_vanished_fails_each_request_by_the_clock(
    broker_factory: BrokerFactory, version: MqttVersion
) -> None:
    """Row 33: no reset comes. Requests end by their deadline; when the connection ends, nothing old leaves."""
    async with wired(broker_factory(), version, timeout_s=0.2) as wire:
        wire.proxy.to_device = stall
        async with wire.link.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(MqttWrite(wire.device.rpc, "OFF"))
            with pytest.raises(NoAnswer):
                await turn.ask(status(wire.device))
        wire.proxy.heal()
        for pipe in tuple(wire.proxy.pipes):
            pipe.abort()
        await until(lambda: not wire.link.up)
        async with asyncio.timeout(20):
            await wire.link.wait_up()
        async with wire.link.turn() as turn:
            await turn.write(MqttWrite(wire.device.rpc, "ON"))
        await wire.device.command(1)
        assert [command.text for command in wire.device.commands] == ["ON"]


async def test_a_flapping_broker_is_not_stormed(broker_factory: BrokerFactory) -> None:
    """Row 31: there for a moment, away for a moment: few connections, and the link is back at the end."""
    async with wired(broker_factory(), MqttVersion.V3_1_1) as wire:
        flapping = asyncio.create_task(wire.proxy.flap(0.15, 0.15))
        await asyncio.sleep(4.0)
        flapping.cancel()
        assert wire.proxy.accepted <= 12
        wire.proxy.heal()
        async with asyncio.timeout(20):
            await wire.link.wait_up()
        try:
            async with wire.link.turn() as turn:
                await turn.ask(status(wire.device))
        except NeverSent:
            pytest.fail("the link said that it was up")


def _is_suback(frame: Frame) -> bool:
    return frame.data[0] >> 4 == 9


async def _say_late(command: Command) -> None:
    await asyncio.sleep(0.6)
    await command.device.say(command.device.state, {"n": 1})
