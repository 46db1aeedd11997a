"""How what is known of a sender changes."""

from collections.abc import Mapping

from meterhold.domain.draft import Draft
from meterhold.domain.events import OriginatorKeyRegistered, OriginatorKeyRevoked
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.replacing import replace


def _registered(draft: Draft, event: OriginatorKeyRegistered) -> None:
    originator = draft.originator(event.sender)
    draft.originators[event.sender] = replace(originator, keys=(*originator.keys, event.key))


def _revoked(draft: Draft, event: OriginatorKeyRevoked) -> None:
    originator = draft.originator(event.sender)
    keys = tuple(replace(key, revoked_at=event.at) if key.key_id == event.key_id else key for key in originator.keys)
    draft.originators[event.sender] = replace(originator, keys=keys)


ORIGINATORS: Mapping[type, Apply] = {
    OriginatorKeyRegistered: _registered,
    OriginatorKeyRevoked: _revoked,
}
