"""A broker link over a real mosquitto: questions, commands, and what is certain after each."""

import asyncio
import json
from collections.abc import Callable

import aiomqtt
import pytest
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.words import Because, Proof
from meterhold.drivers import MqttVersion
from meterhold.drivers.mqtt.loop import PahoConnection
from meterhold.profiles.wire import Follow, ModbusRead, ModbusWrite, MqttAsk, MqttLatest, MqttWrite, NextMessage, Table
from tests.fakes.mqtt_device import Command, MqttDevice, stay_silent
from tests.integration.drivers.brokers import VERSIONS, linked, restarted, rpc, status, switch
from tests.support.mosquitto import Broker, BrokerFactory

BOTH = pytest.mark.parametrize("version", VERSIONS)


@BOTH
async def test_a_reply_is_known_by_its_id(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """Replies to others on our topic, and before ours, are ignored."""

    async def confuse(command: Command) -> None:
        await command.reply("stale", request_id=1)
        await command.reply("other", request_id="x")
        await command.device.say(f"{command.body['src']}/rpc", "no json at all")
        await command.reply("mine")
        await command.reply("late")

    broker = broker_factory()
    async with MqttDevice.running(broker, "plug", confuse) as device, linked(broker, version) as link:
        for _ in range(3):
            async with link.turn() as turn:
                reply = await turn.ask(status(device))
            assert isinstance(reply.value, dict)
            assert reply.value["result"] == "mine"
            assert not reply.retained


@BOTH
async def test_many_turns_share_the_link_and_keep_their_replies_apart(
    broker_factory: BrokerFactory, version: MqttVersion
) -> None:
    """Each question gets its own reply; the width bounds how many are under way."""

    async def repeat(command: Command) -> None:
        await command.reply(command.body["method"])

    broker = broker_factory()
    async with MqttDevice.running(broker, "plug", repeat) as device, linked(broker, version, width=50) as link:

        async def ask(number: int) -> None:
            async with link.turn() as turn:
                reply = await turn.ask(MqttAsk(device.rpc, rpc(f"m{number}"), status(device).reply))
                assert reply.value["result"] == f"m{number}"

        await asyncio.gather(*map(ask, range(300)))
        assert len({command.body["id"] for command in device.commands}) == 300
        assert len({command.body["src"] for command in device.commands}) == 300


@BOTH
async def test_a_command_is_qos_1_and_never_retained(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """A retained command would switch again at each reconnect of the device."""
    broker = broker_factory()
    async with MqttDevice.running(broker, "plug") as device, linked(broker, version) as link:
        async with link.turn() as turn:
            acknowledgement = await turn.write(switch(device))
        assert acknowledgement.level is Proof.ACKNOWLEDGED
        assert [(command.qos, command.retained) for command in device.commands] == [(1, False)]
        async with aiomqtt.Client(broker.host, broker.port) as later:
            await later.subscribe("#", qos=1)
            await later.publish("end", "end", qos=1)
            async for message in later.messages:
                assert str(message.topic) == "end"
                break


@BOTH
async def test_without_a_reply_only_the_brokers_receipt_is_known(
    broker_factory: BrokerFactory, version: MqttVersion
) -> None:
    """The level is sent: nobody knows whether a device has it."""
    broker = broker_factory()
    async with MqttDevice.running(broker, "plug") as device, linked(broker, version) as link:
        async with link.turn() as turn:
            acknowledgement = await turn.write(MqttWrite(device.rpc, "OFF"))
        assert acknowledgement.level is Proof.SENT
        assert (await device.command()).text == "OFF"


@BOTH
async def test_a_receipt_without_the_reply_leaves_the_outcome_unknown(
    broker_factory: BrokerFactory, version: MqttVersion
) -> None:
    """The device may have acted and lost its answer."""
    broker = broker_factory()
    async with (
        MqttDevice.running(broker, "plug", stay_silent) as device,
        linked(broker, version, timeout_s=0.2) as link,
        link.turn() as turn,
    ):
        with pytest.raises(OutcomeUnknown, match="the broker has it") as unknown:
            await turn.write(switch(device))
        assert unknown.value.because is Because.COMM_TIMEOUT
        with pytest.raises(NoAnswer):
            await turn.ask(status(device))
        assert [command.body["method"] for command in device.commands] == ["Switch.Set", "Switch.GetStatus"]


async def test_the_devices_refusal_is_certain(broker_factory: BrokerFactory) -> None:
    """An error in our reply is a no, with the device's code."""

    async def refuse(command: Command) -> None:
        await command.reply(error={"code": -103, "message": "Invalid argument"})

    broker = broker_factory()
    async with MqttDevice.running(broker, "plug", refuse) as device, linked(broker) as link, link.turn() as turn:
        for sending in (turn.write(switch(device)), turn.ask(status(device))):
            with pytest.raises(MeterRefused) as refused:
                await sending
            assert (refused.value.because, refused.value.code) == (Because.DEVICE_REFUSED, -103)


async def test_on_mqtt_5_a_command_that_nobody_listens_to_is_certainly_unsent(broker_factory: BrokerFactory) -> None:
    """The broker's receipt says so; on 3.1.1 it cannot."""
    broker = broker_factory()
    async with linked(broker, MqttVersion.V5) as link, link.turn() as turn:
        with pytest.raises(NeverSent, match="nobody listens"):
            await turn.write(MqttWrite("nobody/rpc", "OFF"))
    async with linked(broker, MqttVersion.V3_1_1) as link, link.turn() as turn:
        assert (await turn.write(MqttWrite("nobody/rpc", "OFF"))).level is Proof.SENT


async def test_on_mqtt_5_a_command_expires(broker_factory: BrokerFactory) -> None:
    """What the broker cannot deliver in our time-out, it never delivers."""
    broker = broker_factory()
    async with (
        MqttDevice.running(broker, "plug", stay_silent) as device,
        linked(broker, MqttVersion.V5, timeout_s=7.0) as link,
        link.turn() as turn,
    ):
        await turn.write(MqttWrite(device.rpc, "OFF"))
        expiry_s = (await device.command()).expiry_s
        assert expiry_s is not None
        assert 0 < expiry_s <= 7


async def test_the_brokers_limit_of_open_messages_is_kept(
    broker_factory: BrokerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A v5 broker may end the connection of a client that sends more at once; the rest waits on our side."""
    broker = broker_factory("max_inflight_messages 3")
    open_messages: list[int] = []
    publish = PahoConnection.publish

    def watched(
        self: PahoConnection,
        topic: str,
        payload: str,
        acknowledged: Callable[[ReasonCode], None],
        properties: Properties | None,
    ) -> None:
        publish(self, topic, payload, acknowledged, properties)
        open_messages.append(self.in_flight)

    monkeypatch.setattr(PahoConnection, "publish", watched)
    async with (
        MqttDevice.running(broker, "plug", stay_silent) as device,
        linked(broker, MqttVersion.V5, width=200) as link,
    ):

        async def command(number: int) -> None:
            async with link.turn() as turn:
                assert (await turn.write(MqttWrite(device.rpc, str(number)))).level is Proof.SENT

        await asyncio.gather(*map(command, range(200)))
        await device.command(200)
        assert sorted(int(command.text) for command in device.commands) == list(range(200))
    assert len(open_messages) == 200
    assert max(open_messages) == 3


async def test_the_next_message_is_one_that_came_after_the_question(broker_factory: BrokerFactory) -> None:
    """Neither the retained message of the topic nor anything heard before it answers."""

    async def tell(command: Command) -> None:
        await command.device.say(command.device.state, {"state": "OFF"})

    broker = broker_factory()
    async with MqttDevice.running(broker, "valve", tell) as device, linked(broker) as link:
        await device.say(device.state, {"state": "ON"}, retain=True)
        async with link.turn() as turn:
            reply = await turn.ask(MqttAsk(device.rpc, '{"state":""}', NextMessage(device.state)))
        assert (reply.value, reply.retained) == ({"state": "OFF"}, False)


async def test_a_device_that_says_nothing_gives_no_next_message(broker_factory: BrokerFactory) -> None:
    """A retained message alone is no answer."""
    broker = broker_factory()
    async with MqttDevice.running(broker, "valve", stay_silent) as device, linked(broker, timeout_s=0.2) as link:
        await device.say(device.state, {"state": "ON"}, retain=True)
        async with link.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(MqttAsk(device.rpc, '{"state":""}', NextMessage(device.state)))


async def test_a_turn_carries_only_its_own_wire(broker_factory: BrokerFactory) -> None:
    """Modbus requests and topics of several devices are refused before anything leaves."""
    broker = broker_factory()
    async with linked(broker) as link, link.turn() as turn:
        for sending in (
            turn.ask(ModbusRead(1, Table.COIL, 0, 1)),
            turn.write(ModbusWrite(1, 5, 0, (1,))),
            turn.write(MqttWrite("tasmotas/#", "OFF")),
            turn.write(MqttWrite("+/rpc", "OFF")),
            turn.write(MqttWrite("", "OFF")),
        ):
            with pytest.raises(NeverSent):
                await sending


async def test_nothing_that_a_device_sends_stops_the_link(broker_factory: BrokerFactory) -> None:
    """Broken, huge and nested payloads are dropped and counted; the next good one is taken."""
    broker = broker_factory()
    heard: list[str] = []

    async with (
        MqttDevice.running(broker, "valve") as device,
        linked(broker, payload_limit_bytes=4_096, on_message=heard.append) as link,
    ):
        link.follow([Follow(device.state)])
        async with link.turn() as turn:
            await turn.ask(status(device))
            nonsense: list[object] = [b"\xff\xfe", '{"flow": NaN}', "[" * 4_000, "x" * 10_000, b"\x00"]
            for payload in nonsense:
                await device.say(device.state, payload)
            await device.say(device.state, {"flow": 0.25})
            await turn.ask(status(device))
            latest = await turn.ask(MqttLatest(device.state))
        assert latest.value == {"flow": 0.25}
        assert latest.changed_at == {}
        assert link.inbox.unreadable == 4
        assert heard == [device.state] * 2


async def test_an_error_in_the_listener_costs_no_message(broker_factory: BrokerFactory) -> None:
    """Whoever is told of messages cannot break the reception."""
    broker = broker_factory()
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: raised.append(context["exception"]))

    def fail(topic: str) -> None:
        raise LookupError(topic)

    async with MqttDevice.running(broker, "valve") as device, linked(broker, on_message=fail) as link:
        link.follow([Follow(device.state)])
        async with link.turn() as turn:
            await turn.ask(status(device))
            for number in range(3):
                await device.say(device.state, {"n": number})
            await turn.ask(status(device))
            assert (await turn.ask(MqttLatest(device.state))).value == {"n": 2}
    assert [type(error) for error in raised] == [LookupError] * 3


async def test_state_is_followed_and_dated(broker: Broker) -> None:
    """The latest message is at hand, with its receive time and when each field last changed."""
    async with MqttDevice.running(broker, "dated") as device, linked(broker, name="gateway-dated") as link:
        async with link.turn() as turn:
            with pytest.raises(NoAnswer) as unknown:
                await turn.ask(MqttLatest(device.state))
            assert unknown.value.because is Because.NO_EVIDENCE
            link.follow([Follow(device.state)] * 2)
            await turn.ask(status(device))
            await device.say(device.state, {"state": "ON", "flow": 0.5})
            await device.say(device.state, {"state": "OFF", "flow": 0.5})
            await turn.ask(status(device))
            latest = await turn.ask(MqttLatest(device.state))
        assert latest.value == {"state": "OFF", "flow": 0.5}
        assert latest.changed_at == {"/state": latest.at}
        assert not latest.retained


async def test_a_retained_state_says_that_it_is_one(broker_factory: BrokerFactory) -> None:
    """Its age is unknown: it is marked, and dates nothing."""
    broker = broker_factory()
    async with MqttDevice.running(broker, "valve") as device:
        await device.say(device.state, {"state": "ON"}, retain=True)
        async with linked(broker) as link:
            link.follow([Follow(device.state)])
            async with link.turn() as turn:
                await turn.ask(status(device))
                latest = await turn.ask(MqttLatest(device.state))
                assert (latest.value, latest.retained, latest.changed_at) == ({"state": "ON"}, True, {})
                await device.say(device.state, {"state": "OFF"})
                await turn.ask(status(device))
                latest = await turn.ask(MqttLatest(device.state))
                assert (latest.value, latest.retained, latest.changed_at) == ({"state": "OFF"}, False, {})


@BOTH
async def test_thousands_of_topics_are_followed(broker_factory: BrokerFactory, version: MqttVersion) -> None:
    """Every one of them is heard, also after a reconnect."""
    broker = broker_factory()
    topics = [f"fleet/{number}/state" for number in range(3_000)]
    async with linked(broker, version) as link:
        link.follow(map(Follow, topics))
        for _ in range(2):
            async with MqttDevice.running(broker, "fleet") as device, link.turn() as turn:
                await turn.ask(status(device))
                mark = {"mark": len(broker.log)}
                for topic in topics[::500]:
                    await device.say(topic, mark)
                await turn.ask(status(device))
                for topic in topics[::500]:
                    assert (await turn.ask(MqttLatest(topic))).value == mark
            await restarted(broker, link)


async def test_evidence_shows_what_went_out_and_came_back(broker_factory: BrokerFactory) -> None:
    """The acknowledgement holds what the wire carried, byte for byte."""
    broker = broker_factory()
    async with MqttDevice.running(broker, "plug") as device, linked(broker) as link, link.turn() as turn:
        frame = (await turn.write(switch(device))).frame
        sent = (await device.command()).text
        assert (frame.to, frame.sent, frame.qos, frame.retained) == ("plug/rpc", sent, 1, False)
        assert json.loads(frame.answer)["id"] == json.loads(sent)["id"]
        assert json.loads(sent)["method"] == "Switch.Set"
