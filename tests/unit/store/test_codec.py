"""Every value that the store keeps comes back as it was, and gives the same text each time."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterhold.domain.events import Event
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Meter
from meterhold.domain.order import OrderRecord
from meterhold.domain.site import Site
from meterhold.store import DamagedRow, codec

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(-(2**40), 2**40),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: MOMENTS,
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=3),
    type(None): st.none(),
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401
    """Any value of a domain type."""
    if kind in PLAIN:
        return PLAIN[kind]
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return st.one_of([values_of(arg) for arg in args])
    if origin is tuple:
        return st.lists(values_of(args[0]), max_size=2).map(tuple)
    if origin is frozenset:
        return st.frozensets(values_of(args[0]), max_size=3)
    if origin in {dict, Mapping}:
        return st.dictionaries(values_of(args[0]), values_of(args[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    assert isinstance(kind, type)
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in fields(kind)})


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_every_event_comes_back(kind: type, data: st.DataObject) -> None:
    """Each kind of event, whatever is in it."""
    event = data.draw(values_of(kind))
    text = codec.encode(event)
    back = codec.decode_event(codec.KIND_OF[kind], text, "it")
    assert back == event
    assert type(back) is kind
    assert codec.encode(back) == text
    assert "\n" not in text, "the chain's text relies on it"


@pytest.mark.parametrize(
    ("kind", "decoder"),
    [(Hold, codec.HOLD), (Meter, codec.METER), (OrderRecord, codec.ORDER), (Site, codec.SITE)],
    ids=["hold", "meter", "order", "site"],
)
@settings(max_examples=50)
@given(data=st.data())
def test_every_row_comes_back(kind: type, decoder: Any, data: st.DataObject) -> None:  # noqa: ANN401
    """Each kind of row, whatever is in it."""
    value = data.draw(values_of(kind))
    text = codec.encode(value)
    assert codec.decode(decoder, text, "it") == value
    assert codec.encode(codec.decode(decoder, text, "it")) == text


@given(MOMENTS, MOMENTS)
def test_moments_sort_as_their_numbers_do(one: datetime, other: datetime) -> None:
    """And none loses a microsecond."""
    assert (one < other) == (codec.micros(one) < codec.micros(other))
    assert codec.moment_of(codec.micros(one)) == one


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    """An offset changes nothing."""
    noon = datetime.fromisoformat("2026-03-01T12:00:00+01:00")
    assert codec.moment_of(codec.micros(noon)) == noon
    assert codec.micros(noon) == codec.micros(noon.astimezone(UTC))
    assert codec.micros_or_none(None) is None
    assert codec.micros_or_none(noon + timedelta(microseconds=1)) == codec.micros(noon) + 1


def test_what_events_are_called_in_the_journal_never_changes() -> None:
    """A journal written yesterday must be readable tomorrow: a kind may be added here, never renamed or removed."""
    assert set(codec.KIND_OF.values()) >= {
        "order_accepted",
        "order_refused",
        "order_advanced",
        "order_finished",
        "hold_opened",
        "hold_amended",
        "hold_moved",
        "hold_judged",
        "hold_reminded",
        "restore_asked",
        "leg_waits",
        "leg_accepted",
        "attention_raised",
        "attention_cleared",
        "operation_queued",
        "operation_moved",
        "meter_registered",
        "meter_retired",
        "meter_locked",
        "meter_unlocked",
        "meter_commissioned",
        "commissioning_voided",
        "meter_observed",
        "inhibit_set",
        "inhibit_lifted",
        "key_created",
        "key_revoked",
        "clock_stepped",
    }
    assert len(set(codec.KIND_OF.values())) == len(codec.KIND_OF)


@pytest.mark.parametrize("text", ["", "{}", '{"inhibit": 3}', "[", '{"hold_id": "H-1"}'])
def test_damage_is_named(text: str) -> None:
    """A row that cannot be read says which one it is."""
    with pytest.raises(DamagedRow, match="hold H-1 in the store cannot be read"):
        codec.decode(codec.HOLD, text, "hold H-1")


def test_an_event_of_an_unknown_kind_is_named() -> None:
    """As a newer version may have written it."""
    with pytest.raises(DamagedRow, match=r"event 7 .* does not know: teleported"):
        codec.decode_event("teleported", "{}", "event 7")
