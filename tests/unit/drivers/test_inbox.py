"""Messages find who waits for them, and nothing that comes can make the inbox grow."""

import asyncio

import pytest

from meterhold.clock import SteadyClock
from meterhold.drivers.mqtt.exchange import ById, Exchange, Lost, Silent, any_message
from meterhold.drivers.mqtt.inbox import Inbox
from meterhold.profiles.wire import Follow

SOON_S = 0.01


def make_inbox(told: list[str] | None = None, limit_bytes: int = 1_000) -> Inbox:
    """An inbox of a connection that has just begun."""
    inbox = Inbox("link", SteadyClock(), limit_bytes, (told if told is not None else []).append)
    inbox.begin()
    return inbox


async def test_a_retained_message_never_answers() -> None:
    """It was said before the question, perhaps a year ago."""
    inbox = make_inbox()
    exchange = Exchange("valve/state", any_message)
    inbox.expect(exchange)
    inbox.received("valve/state", b'{"state":"OFF"}', retained=True)
    with pytest.raises(Silent):
        await exchange.result(SOON_S)


async def test_all_who_wait_on_a_topic_get_its_message() -> None:
    """Two looks at the same valve share what it says; a stranger's id is passed over."""
    inbox = make_inbox()
    waiting = [Exchange("t", any_message), Exchange("t", ById(7, "/id", None)), Exchange("t", ById(8, "/id", None))]
    for exchange in waiting:
        inbox.expect(exchange)
    inbox.received("t", b'{"id":7}', retained=False)
    for exchange in waiting[:2]:
        assert await exchange.result(SOON_S) is not None
    with pytest.raises(Silent):
        await waiting[2].result(SOON_S)


async def test_the_reply_carries_the_dates_of_a_followed_topic() -> None:
    """A cached field in the reply is dated by its last change, not by the reply."""
    inbox = make_inbox()
    assert inbox.follow(Follow("t"))
    assert not inbox.follow(Follow("t"))
    inbox.received("t", b'{"flow":1,"state":"ON"}', retained=False)
    exchange = Exchange("t", any_message)
    inbox.expect(exchange)
    inbox.received("t", b'{"flow":1,"state":"OFF"}', retained=False)
    received = await exchange.result(SOON_S)
    assert received is not None
    assert received.changed_at == {"/state": received.at}


async def test_unreadable_messages_are_counted_and_dropped() -> None:
    """They answer nobody, and the next difference on the topic dates nothing."""
    told: list[str] = []
    inbox = make_inbox(told, limit_bytes=20)
    inbox.follow(Follow("t"))
    inbox.received("t", b'{"flow":1}', retained=False)
    for payload in (b"\xff", b'{"flow":NaN}', b"x" * 21):
        inbox.received("t", payload, retained=False)
    inbox.received("t", b'{"flow":2}', retained=False)
    shadow = inbox.shadow("t")
    assert shadow is not None
    assert (shadow.value, shadow.changed_at, inbox.unreadable) == ({"flow": 2}, {}, 3)
    await asyncio.sleep(0)
    assert told == ["t", "t"]


async def test_what_nobody_waits_for_is_counted_and_not_kept() -> None:
    """A late reply finds its exchange forgotten."""
    inbox = make_inbox()
    exchange = Exchange("gw/r/1/rpc", any_message)
    inbox.expect(exchange)
    inbox.forget(exchange)
    inbox.forget(exchange)
    inbox.received("gw/r/1/rpc", b"{}", retained=False)
    assert inbox.strays == 1
    assert inbox.shadow("gw/r/1/rpc") is None


async def test_a_lost_connection_is_told_to_all_who_wait() -> None:
    """With a reply topic or without."""
    inbox = make_inbox()
    waiting = [Exchange("t", any_message), Exchange(None, any_message)]
    for exchange in waiting:
        inbox.expect(exchange)
    inbox.lost()
    for exchange in waiting:
        with pytest.raises(Lost):
            await exchange.result(SOON_S)
