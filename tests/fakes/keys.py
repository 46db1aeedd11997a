"""API keys as a store keeps them, for stores in memory."""

from dataclasses import replace

from meterhold.domain.events import Event, KeyCreated, KeyRevoked, KeyRotated
from meterhold.usecases.ports import ApiKey


def keep_key(keys: dict[str, ApiKey], event: Event) -> None:
    """Change what an event says; most say nothing of keys."""
    match event:
        case KeyCreated():
            keys[event.key_id] = ApiKey(
                event.key_id,
                event.name,
                event.roles,
                event.digest,
                event.at,
                None,
                scope=event.scope,
                expires_at=event.expires_at,
                made_by=event.by,
            )
        case KeyRotated():
            old = keys[event.key_id]
            keys[event.key_id] = replace(
                old, digest=event.digest, rotated_at=event.at, old_digest=old.digest, old_until=event.old_until
            )
        case KeyRevoked():
            keys[event.key_id] = replace(keys[event.key_id], revoked_at=event.at)
        case _:
            pass
