"""Partial messages are laid over each other, and each field is dated by the messages that hold it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.drivers.mqtt.merged import MergedShadow
from meterhold.drivers.mqtt.shadow import MOST_LEAVES

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def at(second: int) -> datetime:
    """A moment."""
    return T0 + timedelta(seconds=second)


def heard(*messages: tuple[object, int]) -> MergedShadow:
    """A shadow that has heard live messages on one unbroken connection."""
    shadow = MergedShadow()
    for value, second in messages:
        shadow.heard(value, at(second), retained=False, stream=1)
    return shadow


def test_what_a_message_does_not_hold_stays_as_it_was() -> None:
    """Object over object, to any depth; what is no object is replaced."""
    shadow = heard(
        ({"switch:0": {"output": True, "apower": 5.0}, "tags": [1, 2]}, 1),
        ({"switch:0": {"output": False}}, 2),
        ({"tags": [3]}, 3),
        ({"wifi": None}, 4),
    )
    assert shadow.value == {"switch:0": {"output": False, "apower": 5.0}, "tags": [3], "wifi": None}
    assert shadow.at == at(4)


def test_a_field_is_as_old_as_the_last_message_that_held_it() -> None:
    """Changed or not; ``changed_at`` tells the change."""
    shadow = heard(({"state": "ON", "flow": 1}, 1), ({"flow": 1}, 2), ({"state": "OFF"}, 3))
    assert shadow.supplied_at == {"/state": at(3), "/flow": at(2)}
    assert shadow.changed_at == {"/state": at(3)}


def test_a_retained_message_supplies_nothing() -> None:
    """Its fields may be years old, and stay undated when live ones come beside them."""
    shadow = MergedShadow()
    shadow.heard({"state": "ON", "flow": 1}, at(1), retained=True, stream=1)
    assert (shadow.retained, shadow.supplied_at, shadow.changed_at) == (True, {}, {})
    shadow.heard({"flow": 0}, at(2), retained=False, stream=1)
    assert (shadow.retained, shadow.at) == (False, at(2))
    assert shadow.value == {"state": "ON", "flow": 0}
    assert (shadow.supplied_at, shadow.changed_at) == ({"/flow": at(2)}, {})


def test_a_retained_message_takes_the_date_of_what_it_overwrites() -> None:
    """After a reconnect it may bring another value than we last heard live: nobody knows since when."""
    shadow = heard(({"state": "ON"}, 1), ({"state": "OFF"}, 2))
    shadow.heard({"state": "ON"}, at(3), retained=True, stream=2)
    assert shadow.value == {"state": "ON"}
    assert (shadow.supplied_at, shadow.changed_at) == ({}, {})
    assert not shadow.retained


def test_a_retained_message_after_a_live_one_of_this_connection_is_ignored() -> None:
    """A second subscription brings what the broker kept: the same or something older."""
    shadow = heard(({"state": "OFF"}, 1))
    shadow.heard({"state": "ON"}, at(2), retained=True, stream=1)
    assert shadow.value == {"state": "OFF"}


@pytest.mark.parametrize("gap", ["lost connection", "unreadable message"])
def test_after_a_gap_each_field_waits_for_a_message_of_its_own(gap: str) -> None:
    """The first message after it that holds a field may tell a change from within the gap: it dates nothing."""
    shadow = heard(({"state": "ON", "flow": 1}, 1))
    stream = 1
    if gap == "lost connection":
        stream = 2
    else:
        shadow.missed()
    shadow.heard({"flow": 2}, at(5), retained=False, stream=stream)
    shadow.heard({"state": "OFF"}, at(6), retained=False, stream=stream)
    assert shadow.changed_at == {}
    shadow.heard({"flow": 3}, at(7), retained=False, stream=stream)
    assert shadow.changed_at == {"/flow": at(7)}
    assert shadow.supplied_at == {"/state": at(6), "/flow": at(7)}


def test_fields_below_a_replaced_object_are_gone() -> None:
    """With their dates."""
    shadow = heard(({"a": {"b": 1}}, 1), ({"a": {"b": 2}}, 2), ({"a": 5}, 3))
    assert (shadow.value, shadow.supplied_at, shadow.changed_at) == ({"a": 5}, {"/a": at(3)}, {})


def test_true_is_not_1() -> None:
    """To a device they are different answers."""
    shadow = heard(({"output": 1}, 1), ({"output": True}, 2))
    assert shadow.changed_at == {"/output": at(2)}


def test_ever_new_fields_do_not_grow_without_end() -> None:
    """Beyond the limit only the last message is kept."""
    shadow = MergedShadow()
    for number in range(3 * MOST_LEAVES):
        shadow.heard({f"field-{number}": number}, at(number), retained=False, stream=1)
        assert isinstance(shadow.value, dict)
        assert len(shadow.value) <= MOST_LEAVES
        assert len(shadow.supplied_at) <= MOST_LEAVES


def test_deep_nesting_ends_at_a_limit() -> None:
    """A message that is nested like no meter's is replaced whole below some depth, not followed for ever."""
    deep: object = 1
    for _ in range(900):
        deep = {"d": deep}
    shadow = heard((deep, 1), (deep, 2))
    assert shadow.at == at(2)


LEAF = st.one_of(st.integers(0, 2), st.booleans(), st.none(), st.sampled_from(["ON", "OFF"]))
MESSAGES = st.lists(
    st.dictionaries(st.sampled_from("abc"), st.one_of(LEAF, st.dictionaries(st.sampled_from("xy"), LEAF)))
)


@given(MESSAGES)
def test_dates_name_only_fields_that_are_there_and_never_the_future(messages: list[dict[str, object]]) -> None:
    """Whatever comes: a change is no later than the last message that held the field."""
    shadow = heard(*((message, number) for number, message in enumerate(messages)))
    for pointer, changed in shadow.changed_at.items():
        assert changed <= shadow.supplied_at[pointer]
    for supplied in shadow.supplied_at.values():
        assert shadow.at is not None
        assert supplied <= shadow.at
