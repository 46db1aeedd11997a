"""What a profile asks to be done to a message before it is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from meterhold.drivers.mqtt.kept import Kept
from meterhold.drivers.mqtt.payload import Unreadable, parse
from meterhold.profiles.wire import Follow

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def take(kept: Kept, value: object, second: int = 0, *, stream: int = 1) -> bool:
    """Take a live message in."""
    return kept.take(value, T0 + timedelta(seconds=second), retained=False, stream=stream)


def _decode(message: object) -> object:
    if not isinstance(message, bytes):
        raise ValueError("no frame")  # noqa: TRY004 - what a codec raises
    return {"valve": message[0]}


def test_a_message_is_decoded_before_it_is_kept() -> None:
    """Also one that is no text."""
    kept = Kept(Follow("t", decode=_decode))
    assert kept.binary
    assert take(kept, parse(b"\xff\x01", binary=kept.binary))
    assert kept.shadow.value == {"valve": 255}


def test_a_message_that_its_codec_cannot_read_is_unreadable() -> None:
    """It is not kept, and says why."""
    kept = Kept(Follow("t", decode=_decode))
    with pytest.raises(Unreadable, match="no frame"):
        take(kept, "text")
    assert kept.shadow.at is None


def test_a_message_that_comes_late_is_not_kept() -> None:
    """Its number is not higher than that of the one that is kept; a new session begins anew."""
    kept = Kept(Follow("t", order_by="/fCnt", order_within="/devAddr"))
    first, second = {"fCnt": 7, "devAddr": "a", "valve": 1}, {"fCnt": 8, "devAddr": "a", "valve": 0}
    assert take(kept, first)
    assert take(kept, second)
    assert not take(kept, first)
    assert not take(kept, second)
    assert not take(kept, {"valve": 1})
    assert kept.shadow.value == second
    rejoined = {"fCnt": 0, "devAddr": "b", "valve": 1}
    assert take(kept, rejoined)
    assert kept.shadow.value == rejoined


def test_partial_messages_are_ordered_by_what_was_merged() -> None:
    """The number stands in each of them."""
    kept = Kept(Follow("t", merge=True, order_by="/n"))
    assert take(kept, {"n": 2, "a": 1})
    assert take(kept, {"n": 3, "b": 1})
    assert not take(kept, {"n": 2, "a": 0})
    assert kept.shadow.value == {"n": 3, "a": 1, "b": 1}
