"""How what is known of a sender changes."""

from collections.abc import Mapping

from meterhold.domain.draft import Draft
from meterhold.domain.events import (
    KeyCreated,
    KeyRevoked,
    OriginatorKeyRegistered,
    OriginatorKeyRevoked,
    SignatureAccepted,
    SignatureRefused,
)
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.replacing import replace
from meterhold.domain.signature import REFUSALS_WITHIN


def _registered(draft: Draft, event: OriginatorKeyRegistered) -> None:
    originator = draft.originator(event.sender)
    # Never lower: what was used up stays so.
    counter = max(originator.counter, event.counter)
    draft.originators[event.sender] = replace(originator, keys=(*originator.keys, event.key), counter=counter)


def _revoked(draft: Draft, event: OriginatorKeyRevoked) -> None:
    originator = draft.originator(event.sender)
    keys = tuple(replace(key, revoked_at=event.at) if key.key_id == event.key_id else key for key in originator.keys)
    draft.originators[event.sender] = replace(originator, keys=keys)


def _named(draft: Draft, event: KeyCreated) -> None:
    draft.originators[event.name] = replace(draft.originator(event.name), live_key=event.key_id)


def _unnamed(draft: Draft, event: KeyRevoked) -> None:
    originator = draft.originator(event.name)
    if event.name and originator.live_key == event.key_id:
        draft.originators[event.name] = replace(originator, live_key=None)


def _refused(draft: Draft, event: SignatureRefused) -> None:
    originator = draft.originator(event.key.sender)
    since, count = originator.refused_since, originator.refused
    if since is None or event.at - since >= REFUSALS_WITHIN:
        since, count = event.at, 0
    draft.originators[event.key.sender] = replace(originator, refused_since=since, refused=count + 1)


def _counted(draft: Draft, event: SignatureAccepted) -> None:
    draft.originators[event.key.sender] = replace(draft.originator(event.key.sender), counter=event.counter)


ORIGINATORS: Mapping[type, Apply] = {
    KeyCreated: _named,
    KeyRevoked: _unnamed,
    SignatureAccepted: _counted,
    SignatureRefused: _refused,
    OriginatorKeyRegistered: _registered,
    OriginatorKeyRevoked: _revoked,
}
