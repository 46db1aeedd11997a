"""How domain values are kept: documents and event bodies as JSON text, moments as whole microseconds.

Text is deterministic (sets and mappings are sorted), so the same value always gives the same text and hash.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar, get_args

import msgspec

from meterhold.domain.alarm import Alarm
from meterhold.domain.approval import Approval
from meterhold.domain.events import Event
from meterhold.domain.hold import Hold
from meterhold.domain.limits import Tally
from meterhold.domain.meter import Meter
from meterhold.domain.order import OrderRecord
from meterhold.domain.originator import Originator
from meterhold.domain.scope import Scope
from meterhold.domain.site import Site
from meterhold.store.errors import DamagedRow

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ENCODER = msgspec.json.Encoder(order="deterministic")

HOLD = msgspec.json.Decoder(Hold)
METER = msgspec.json.Decoder(Meter)
ORDER = msgspec.json.Decoder(OrderRecord)
SITE = msgspec.json.Decoder(Site)
APPROVAL = msgspec.json.Decoder(Approval)
ORIGINATOR = msgspec.json.Decoder(Originator)
TALLY = msgspec.json.Decoder(Tally)
ALARM = msgspec.json.Decoder(Alarm)
ROLES = msgspec.json.Decoder(tuple[str, ...])
SCOPE = msgspec.json.Decoder(Scope)


def _kind(cls: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


KIND_OF: Mapping[type, str] = {cls: _kind(cls) for cls in get_args(Event)}
"""How each event is called in the journal. A kind that was ever written may not be renamed."""

_EVENTS: Mapping[str, "msgspec.json.Decoder[Event]"] = {
    kind: msgspec.json.Decoder(cls) for cls, kind in KIND_OF.items()
}


def encode(value: object) -> str:
    """Write a domain value as text."""
    return _ENCODER.encode(value).decode()


def decode(decoder: "msgspec.json.Decoder[T]", text: str, what: str) -> T:
    """Read a domain value back; a damaged row makes the store unusable for whoever needs it."""
    try:
        return decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise DamagedRow(f"{what} in the store cannot be read: {error}") from error


def decode_event(kind: str, body: str, what: str) -> Event:
    """Read an event back."""
    decoder = _EVENTS.get(kind)
    if decoder is None:
        raise DamagedRow(f"{what} in the store is of a kind that this version does not know: {kind}")
    return decode(decoder, body, what)


def micros(moment: datetime) -> int:
    """Microseconds since 1970, UTC: sorts as time does."""
    return (moment - _EPOCH) // _MICROSECOND


def micros_or_none(moment: datetime | None) -> int | None:
    """The same, for a moment that may not be known."""
    return None if moment is None else micros(moment)


def moment_of(count: int) -> datetime:
    """Turn microseconds back into a moment."""
    return _EPOCH + timedelta(microseconds=count)


def moment_or_none(count: int | None) -> datetime | None:
    """The same, where there may be none."""
    return None if count is None else moment_of(count)
