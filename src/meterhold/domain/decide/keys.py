"""Who may call, and how a sender signs: a name is one caller's, and a key that was known is never another."""

from meterhold.domain import commands as c
from meterhold.domain import events as e
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.evolve import emit
from meterhold.domain.words import Because


def create_key(draft: Draft, command: c.CreateKey) -> None:
    """Keep a new key's digest. Two callers of one name could not be told apart, neither as sender nor as approver."""
    if draft.originator(command.name).live_key is not None:
        raise Refused(Because.NAME_TAKEN, f"{command.name!r} has a key already: rotate it, or revoke it first")
    emit(
        draft,
        e.KeyCreated(
            command.at,
            command.key_id,
            command.name,
            command.roles,
            command.digest,
            command.scope,
            command.expires_at,
            command.by,
        ),
    )


def rotate_key(draft: Draft, command: c.RotateKey) -> None:
    """Give a key another secret; a secret that was still in its overlap opens nothing from now on."""
    if draft.originator(command.name).live_key != command.key_id:
        raise UnknownThing(Because.NOT_FOUND, f"there is no key {command.key_id!r} in use")
    emit(draft, e.KeyRotated(command.at, command.key_id, command.digest, command.old_until, command.by))


def revoke_key(draft: Draft, command: c.RevokeKey) -> None:
    """Make a key useless."""
    emit(draft, e.KeyRevoked(command.at, command.key_id, command.by, command.name))


def register_signing_key(draft: Draft, command: c.RegisterSigningKey) -> None:
    """Make known how a sender signs."""
    for known in draft.originator(command.sender).keys:
        if known.key_id == command.key.key_id:
            raise Refused(Because.NAME_TAKEN, f"{command.sender!r} has or had a signing key {known.key_id!r}")
        if known.public_key == command.key.public_key:
            raise Refused(Because.NAME_TAKEN, f"this is the signing key {known.key_id!r} of {command.sender!r}")
    emit(draft, e.OriginatorKeyRegistered(command.at, command.sender, command.key, command.by, command.counter))


def revoke_signing_key(draft: Draft, command: c.RevokeSigningKey) -> None:
    """Accept nothing any more that was signed with a key; to say it twice changes nothing."""
    known = next((key for key in draft.originator(command.sender).keys if key.key_id == command.key_id), None)
    if known is None:
        raise UnknownThing(Because.NOT_FOUND, f"{command.sender!r} has no signing key {command.key_id!r}")
    if known.revoked_at is None:
        emit(draft, e.OriginatorKeyRevoked(command.at, command.sender, command.key_id, command.by))
