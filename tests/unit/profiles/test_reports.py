"""What a device says by itself: how old it may be, what it is worth, and when the device is known to be gone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from meterhold.domain.errors import Refused
from meterhold.domain.observation import IdentitySeen, Interlock, Observation
from meterhold.domain.words import Because, Identity, SupplyState
from meterhold.profiles import (
    check_address,
    command_topics,
    decode_look,
    describe,
    example_address,
    follows,
    plan_latest,
    plan_look,
    plan_writes,
    topics_to_follow,
)
from meterhold.profiles.wire import Document, Follow, MqttAsk, MqttLatest, MqttWrite, NextMessage, Reply
from tests.unit.profiles.replies import DDS238, EARLIER, NOW, SHELLY, SWV, sample

VALVE = sample("plain-text-valve")
PLUG = sample("partial-plug")
AFTER, BEFORE = EARLIER + timedelta(seconds=5), EARLIER - timedelta(seconds=5)
OFFLINE = Observation(
    at=NOW,
    interlocks=(Interlock(Because.DEVICE_OFFLINE, blocks_disconnect=True, blocks_connect=True),),
    source="availability(offline)",
)


def said(topic: str, value: object, at: datetime, *, retained: bool = False) -> Document:
    """What was last said on a topic."""
    return Document(MqttLatest(topic), value, at, retained)


def valve(
    state: object,
    at: datetime = AFTER,
    *,
    retained: bool = False,
    availability: Document | None = None,
    after: datetime | None = EARLIER,
) -> Observation:
    """A look at the valve whose last word was this."""
    replies = [said("v/state", state, at, retained=retained), None, availability]
    return decode_look(VALVE, replies, NOW, after)


def test_a_look_takes_reports_and_whether_the_device_is_there() -> None:
    """Reports come after questions, availability last; only what is optional may be missing."""
    assert plan_look(VALVE, "site/v") == (
        MqttLatest("site/v/state"),
        MqttLatest("site/v/position", optional=True),
        MqttLatest("site/v/availability", optional=True),
    )
    assert plan_look(PLUG, "site/p") == (
        MqttAsk("cmnd/site/p/POWER", "", NextMessage("stat/site/p/POWER")),
        MqttLatest("site/p/events"),
        MqttLatest("site/p/LWT", optional=True),
    )
    assert plan_latest(VALVE, "site/v") == ()


def test_topics_are_followed_as_they_speak() -> None:
    """Partial messages are laid over each other, all others replace what was said."""
    assert follows(VALVE, "v") == (Follow("v/state"), Follow("v/position"), Follow("v/availability"))
    assert follows(PLUG, "s/p") == (Follow("stat/s/p/POWER"), Follow("s/p/events", merge=True), Follow("s/p/LWT"))
    assert topics_to_follow(PLUG, "s/p") == ("stat/s/p/POWER", "s/p/events", "s/p/LWT")
    assert follows(DDS238, "1") == ()


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("open", SupplyState.CONNECTED),
        ("closed", SupplyState.DISCONNECTED),
        ("closing", SupplyState.MOVING),
        ("opening", SupplyState.MOVING),
        ("None", SupplyState.UNKNOWN),
        ("CLOSED", SupplyState.UNKNOWN),
        ("", SupplyState.UNKNOWN),
        (False, SupplyState.UNKNOWN),
        ({"state": "closed"}, SupplyState.UNKNOWN),
        (None, SupplyState.UNKNOWN),
    ],
)
def test_plain_text_is_a_state(text: object, state: SupplyState) -> None:
    """A whole message that is text is decoded as text; nothing else is."""
    assert valve(text).state is state


def test_a_retained_state_is_no_evidence() -> None:
    """A broker repeats what it kept for years: it shows neither a state before a write nor one after."""
    assert valve("closed", retained=True).state is SupplyState.UNKNOWN
    assert valve("closed", retained=True, after=None).state is SupplyState.UNKNOWN


def test_only_what_was_said_after_the_write_proves_it() -> None:
    """A report from before the write shows the state before the write."""
    assert valve("closed", BEFORE).state is SupplyState.UNKNOWN
    assert valve("closed", EARLIER).state is SupplyState.UNKNOWN
    assert valve("closed", AFTER).state is SupplyState.DISCONNECTED


def test_a_report_has_a_maximum_age() -> None:
    """Without a write to count from, and with one that is long ago, a report counts for as long as its file says."""
    recent, old = NOW - timedelta(seconds=600), NOW - timedelta(seconds=601)
    assert valve("open", recent, after=None).state is SupplyState.CONNECTED
    assert valve("open", old, after=None).state is SupplyState.UNKNOWN
    assert valve("closed", old, after=NOW - timedelta(hours=1)).state is SupplyState.UNKNOWN


def test_a_device_known_to_be_gone_shows_nothing() -> None:
    """What it said before it went is not how it is; the cause is told, and it forbids every movement."""
    gone = said("v/availability", "offline", NOW)
    assert valve("closed", availability=gone) == OFFLINE
    assert valve("open", after=None, availability=replace(gone, retained=True)) == OFFLINE
    assert decode_look(VALVE, [None, None, gone], NOW) == OFFLINE


def test_a_device_that_spoke_since_is_there() -> None:
    """News of its going that is older than its last word is no longer true."""
    gone = said("v/availability", "offline", BEFORE)
    assert valve("closed", availability=gone).state is SupplyState.DISCONNECTED
    assert valve("closed", retained=True, availability=gone) == OFFLINE


@pytest.mark.parametrize("word", ["online", "Offline", "", 0, None, {"state": "offline"}])
def test_only_the_word_for_gone_means_gone(word: object) -> None:
    """Anything else on the availability topic says nothing."""
    availability = said("v/availability", word, NOW)
    assert valve("closed", availability=availability).state is SupplyState.DISCONNECTED
    assert valve("closed", availability=None).state is SupplyState.DISCONNECTED


def test_an_optional_report_is_used_where_it_was_made() -> None:
    """What was never said is unknown; what was is used like any other."""
    half = said("v/position", 43, AFTER)
    blocked = Interlock(Because.INTERMEDIATE_POSITION, blocks_disconnect=True, blocks_connect=False)
    assert decode_look(VALVE, [said("v/state", "open", AFTER), half, None], NOW).interlocks == (blocked,)
    assert decode_look(VALVE, [said("v/state", "open", AFTER), None, None], NOW).interlocks == ()


def test_identity_may_stand_in_the_topic() -> None:
    """A device whose id is part of its topics is known by any message that it sends there itself."""
    spoken = said("water/valve-0815/state", "open", BEFORE)
    assert decode_look(VALVE, [spoken, None, None], NOW, EARLIER).identity == IdentitySeen(
        Identity.DEVICE_ID, "valve-0815"
    )
    for silent in (replace(spoken, retained=True), said("short", "open", NOW), None):
        assert decode_look(VALVE, [silent, None, None], NOW).identity == IdentitySeen(Identity.NONE, None)


FIELDS = ("/params/output", "/params/apower", "/params/voltage", "/src", "/fw")


def plug(
    supplied: dict[str, datetime],
    *,
    params: object = None,
    text: str = "OFF",
    availability: Document | None = None,
    after: datetime | None = EARLIER,
) -> Observation:
    """A look at the plug: an answer, and what was put together from its partial messages."""
    power, changes, _ = plan_look(PLUG, "site/p")
    assert isinstance(power, MqttAsk)
    assert isinstance(changes, MqttLatest)
    value = {"src": "plug-17", "fw": 2, "params": params or {"output": False, "apower": 0, "voltage": 231}}
    at = max(supplied.values(), default=NOW)
    replies: list[Reply | None] = [
        Document(power, text, NOW),
        Document(changes, value, at, supplied_at=supplied),
        availability,
    ]
    return decode_look(PLUG, replies, NOW, after)


def test_a_merged_field_is_as_old_as_the_message_that_held_it() -> None:
    """A message that held only the power says nothing new of the output, however recent it is."""
    late = NOW - timedelta(seconds=3)
    all_late = dict.fromkeys(FIELDS, late)
    assert plug(all_late).state is SupplyState.DISCONNECTED
    assert plug(all_late).load is False
    assert plug(all_late).supply_healthy is True
    stale = {**all_late, "/params/output": BEFORE}
    assert (plug(stale).state, plug(stale).load) == (SupplyState.UNKNOWN, False)
    undated = {field: late for field in FIELDS if field != "/params/apower"}
    assert (plug(undated).state, plug(undated).load) == (SupplyState.DISCONNECTED, None)


def test_a_point_may_be_stricter_than_its_report() -> None:
    """A state that must be 20 s young is unknown at 21 s, while the load of the same report still counts."""
    seen = plug(dict.fromkeys(FIELDS, NOW - timedelta(seconds=21)))
    assert (seen.state, seen.echo_state, seen.load) == (SupplyState.UNKNOWN, SupplyState.DISCONNECTED, False)
    seen = plug(dict.fromkeys(FIELDS, NOW - timedelta(seconds=61)), after=None)
    assert (seen.load, seen.supply_healthy) == (None, None)


def test_who_speaks_on_a_topic_does_not_age() -> None:
    """Identity and guards come from what the device itself said, lately or not, but never from a retained message."""
    long_ago = dict.fromkeys(FIELDS, NOW - timedelta(days=3))
    assert plug(long_ago).identity == IdentitySeen(Identity.DEVICE_ID, "plug-17")
    assert plug({}) == Observation(at=NOW, source="firmware(guard failed)")
    nameless = {field: NOW for field in FIELDS if field != "/src"}
    assert plug(nameless).identity == IdentitySeen(Identity.NONE, None)


def test_an_answer_outweighs_the_news_that_the_device_is_gone() -> None:
    """A device that answers is there; what it reported before it was said to be gone is dropped all the same."""
    gone = said("site/p/LWT", {"alive": False}, NOW - timedelta(seconds=1))
    seen = plug(dict.fromkeys(FIELDS, NOW - timedelta(seconds=3)), availability=gone)
    assert seen.source == "firmware(guard failed)"
    seen = plug(dict.fromkeys(FIELDS, NOW), availability=gone)
    assert seen.state is SupplyState.DISCONNECTED


def test_text_goes_out_as_text() -> None:
    """A payload of plain text is sent as it stands, to the topic that the levels of the address make."""
    assert plan_writes(PLUG, SupplyState.DISCONNECTED, "site/p") == (MqttWrite("cmnd/site/p/POWER", "OFF"),)
    assert [describe(write) for write in plan_writes(VALVE, SupplyState.CONNECTED, "v")] == ["v/set OPEN"]


def test_command_topics_can_be_watched() -> None:
    """A retained message on a topic that takes commands is found by listening to it."""
    assert command_topics(PLUG, "site/p") == ("cmnd/site/p/POWER",)
    assert command_topics(SHELLY, "s-1") == ("s-1/rpc",)
    assert command_topics(SWV, "z/v") == ("z/v/set",)
    assert command_topics(DDS238, "1") == ()


@pytest.mark.parametrize("address", ["p", "a/b/c", "site/p/"])
def test_an_address_has_the_parts_that_its_profile_names(address: str) -> None:
    """An address with too few or too many levels is refused, and says which are wanted."""
    assert any(
        "must be 2 names with / between them: site, plug" in fault.rule for fault in check_address(PLUG, address)
    )
    with pytest.raises(Refused):
        plan_look(PLUG, address)


def test_every_profile_has_an_example_address() -> None:
    """What would be sent can be shown before there is a meter."""
    for profile in (PLUG, VALVE, DDS238, SHELLY):
        assert check_address(profile, example_address(profile)) == []
