"""A field counts as freshly supplied only when a live message was seen to change it."""

from datetime import UTC, datetime, timedelta

from meterhold.drivers.mqtt.shadow import Shadow

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def at(second: int) -> datetime:
    """A moment."""
    return T0 + timedelta(seconds=second)


def heard(*messages: tuple[object, int], retained: bool = False) -> Shadow:
    """A shadow that has heard messages on one unbroken connection."""
    shadow = Shadow()
    for value, second in messages:
        shadow.heard(value, at(second), retained=retained, stream=1)
    return shadow


def test_the_first_message_dates_nothing() -> None:
    """Nobody knows how old its fields are."""
    shadow = heard(({"flow": 0.5, "state": "ON"}, 1))
    assert (shadow.value, shadow.at, shadow.changed_at) == ({"flow": 0.5, "state": "ON"}, at(1), {})


def test_a_change_dates_its_own_field_only() -> None:
    """A cached field that is repeated beside a new one stays undated."""
    shadow = heard(({"flow": 0.5, "state": "ON"}, 1), ({"flow": 0.5, "state": "OFF"}, 2))
    assert shadow.changed_at == {"/state": at(2)}


def test_a_repeated_value_keeps_its_date() -> None:
    """The date is that of the last change, not of the last message."""
    shadow = heard(({"flow": 0.5}, 1), ({"flow": 0}, 2), ({"flow": 0}, 9))
    assert (shadow.changed_at, shadow.at) == ({"/flow": at(2)}, at(9))


def test_a_retained_message_dates_nothing_and_is_nothing_to_compare_with() -> None:
    """It may be a year old: a live message that differs from it proves no change now."""
    shadow = heard(({"flow": 0.5}, 1), retained=True)
    assert shadow.retained
    shadow.heard({"flow": 0}, at(2), retained=False, stream=1)
    assert (shadow.retained, shadow.changed_at) == (False, {})
    shadow.heard({"flow": 0.1}, at(3), retained=False, stream=1)
    assert shadow.changed_at == {"/flow": at(3)}


def test_a_retained_message_after_a_live_one_is_ignored() -> None:
    """A second subscription brings what the broker kept, which is the same or older."""
    shadow = heard(({"flow": 0.5}, 1))
    shadow.heard({"flow": 0.9}, at(2), retained=True, stream=1)
    assert (shadow.value, shadow.at, shadow.retained) == ({"flow": 0.5}, at(1), False)


def test_what_changed_while_nobody_listened_has_no_date() -> None:
    """After a lost connection a cached field that differs may have changed within the gap, before our write."""
    shadow = heard(({"flow": 0.5, "power": 7}, 1), ({"flow": 0.4, "power": 8}, 2))
    shadow.heard({"flow": 0, "power": 8}, at(9), retained=False, stream=2)
    assert shadow.changed_at == {"/power": at(2)}
    shadow.heard({"flow": 0.1, "power": 8}, at(10), retained=False, stream=2)
    assert shadow.changed_at == {"/power": at(2), "/flow": at(10)}


def test_an_unreadable_message_is_a_gap_too() -> None:
    """What it said is unknown, so the next difference proves nothing."""
    shadow = heard(({"flow": 0.5}, 1))
    shadow.missed()
    shadow.heard({"flow": 0}, at(2), retained=False, stream=1)
    assert shadow.changed_at == {}


def test_a_field_that_comes_back_is_undated() -> None:
    """Between its leaving and its return nobody knows what it was."""
    shadow = heard(({"flow": 1}, 1), ({"flow": 2}, 2), ({"other": 1}, 3), ({"flow": 3}, 4))
    assert shadow.changed_at == {}


def test_true_is_not_one() -> None:
    """A device that turns a number into a truth value has said something else."""
    assert heard(({"on": 1}, 1), ({"on": True}, 2)).changed_at == {"/on": at(2)}
    assert heard(({"on": 1}, 1), ({"on": 1.0}, 2)).changed_at == {}


def test_text_is_one_leaf() -> None:
    """A topic that carries a bare word is dated under the empty pointer."""
    assert heard(("ON", 1), ("OFF", 2)).changed_at == {"": at(2)}


def test_nested_fields_are_dated_by_their_pointers() -> None:
    """Objects and lists are followed down to their leaves."""
    before = {"a": {"x/y": [1, 2]}, "b": {}}
    after = {"a": {"x/y": [1, 3]}, "b": {}}
    assert heard((before, 1), (after, 2)).changed_at == {"/a/x~1y/1": at(2)}


def test_a_document_that_was_handed_out_keeps_its_dates() -> None:
    """Later messages do not change what an earlier look saw."""
    shadow = heard(({"flow": 1}, 1), ({"flow": 2}, 2))
    seen = shadow.changed_at
    shadow.heard({"flow": 3}, at(3), retained=False, stream=1)
    assert seen == {"/flow": at(2)}


def test_a_huge_document_is_kept_and_not_dated() -> None:
    """Memory is bounded by what a meter can reasonably say."""
    shadow = heard((list(range(1000)), 1), ([*range(999), 0], 2))
    assert (shadow.at, shadow.changed_at) == (at(2), {})
