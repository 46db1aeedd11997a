"""What a link hears is sent again on each connection, and counted only when the broker has confirmed it."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from meterhold.drivers.mqtt.loop import CannotConnect, NotTaken, PahoConnection
from meterhold.drivers.mqtt.subscriptions import Subscriptions


class Broker:
    """Answers subscriptions, but refuses some topics and stays silent on others."""

    def __init__(self, refused: Sequence[str] = (), unanswered: Sequence[str] = ()) -> None:
        self.refused = refused
        self.unanswered = unanswered
        self.packets: list[list[str]] = []

    def subscribe(self, topics: Sequence[str]) -> asyncio.Future[Sequence[ReasonCode]]:
        """Answer one packet."""
        self.packets.append(list(topics))
        answer: asyncio.Future[Sequence[ReasonCode]] = asyncio.get_running_loop().create_future()
        if not set(topics) & set(self.unanswered):
            names = ["Not authorized" if topic in self.refused else "Granted QoS 1" for topic in topics]
            answer.set_result([ReasonCode(PacketTypes.SUBACK, name) for name in names])
        return answer


def on(broker: Broker) -> PahoConnection:
    """The broker as a connection to it."""
    return cast("PahoConnection", broker)


async def test_replies_must_reach_us() -> None:
    """A link whose replies are refused, or not confirmed in time, is no link."""
    for broker in (Broker(refused=["gw/r/#"]), Broker(unanswered=["gw/r/#"])):
        with pytest.raises(CannotConnect, match="gw/r/#"):
            await Subscriptions("link", "gw/r").restore(on(broker), 0.01)


async def test_a_refused_topic_does_not_stop_the_others() -> None:
    """Only what needs that topic fails."""
    subscriptions = Subscriptions("link", "gw/r")
    for topic in ("a", "b"):
        subscriptions.want(topic)
    broker = Broker(refused=["b"])
    await subscriptions.restore(on(broker), 1.0)
    assert broker.packets == [["gw/r/#", "a", "b"]]
    assert [subscriptions.covers(topic) for topic in ("gw/r/1/rpc", "a", "b", "gw/other")] == [True, True, False, False]
    with pytest.raises(NotTaken, match="hear b"):
        await subscriptions.ensure(on(broker), "b", 0.01)


async def test_a_new_topic_is_heard_before_it_is_relied_on() -> None:
    """A question whose reply comes on a topic of the device waits for the broker's confirmation, once."""
    subscriptions = Subscriptions("link", "gw/r")
    broker = Broker()
    await subscriptions.restore(on(broker), 1.0)
    await subscriptions.ensure(on(broker), "valve/state", 1.0)
    await subscriptions.ensure(on(broker), "valve/state", 1.0)
    assert broker.packets == [["gw/r/#"], ["valve/state"]]
    assert subscriptions.covers("valve/state")


async def test_a_new_connection_confirms_anew() -> None:
    """What the former connection had confirmed counts no more."""
    subscriptions = Subscriptions("link", "gw/r")
    subscriptions.want("a")
    await subscriptions.restore(on(Broker()), 1.0)
    again = Broker(refused=["a"])
    await subscriptions.restore(on(again), 1.0)
    assert again.packets == [["gw/r/#", "a"]]
    assert not subscriptions.covers("a")


async def test_many_topics_go_in_few_packets() -> None:
    """A fleet is subscribed quickly."""
    subscriptions = Subscriptions("link", "gw/r")
    for number in range(999):
        subscriptions.want(f"meter/{number}")
    broker = Broker()
    await subscriptions.restore(on(broker), 1.0)
    assert [len(packet) for packet in broker.packets] == [200] * 5
