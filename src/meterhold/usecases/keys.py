"""API keys: ``mh_<key_id>_<secret>``, shown once; only the digest of the secret is kept.

Several keys may bear the same name: the name is the sender, so a key can be replaced by another without a gap.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence

from meterhold.domain.commands import CreateKey, RevokeKey
from meterhold.domain.errors import Fault, Malformed, UnknownThing
from meterhold.domain.roles import Role
from meterhold.domain.words import Because
from meterhold.usecases.ports import ApiKey, Ports

PREFIX = "mh"
_PARTS = 3
_ID_BYTES = 6
_LONGEST_NAME = 64
_NO_DIGEST = hashlib.sha256(b"").hexdigest()


async def create_key(ports: Ports, name: str, roles: Iterable[str]) -> tuple[ApiKey, str]:
    """Make a key; the string beside it is the only copy of the key itself."""
    wanted = tuple(dict.fromkeys(roles))
    if faults := [*_faults_of_name(name), *_faults_of_roles(wanted)]:
        raise Malformed("key", faults)
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe()
    at = ports.clock.now()
    digest = digest_of(secret)
    await ports.journal.submit(CreateKey(at, key_id, name, wanted, digest))
    return ApiKey(key_id, name, wanted, digest, at, None), f"{PREFIX}_{key_id}_{secret}"


async def revoke_key(ports: Ports, key_id: str, by: str) -> None:
    """Make a key useless, at once and for good. To revoke it again changes nothing."""
    found = next((key for key in await ports.queries.api_keys() if key.key_id == key_id), None)
    if found is None:
        raise UnknownThing(Because.NOT_FOUND, f"there is no key {key_id!r}")
    if found.revoked_at is None:
        await ports.journal.submit(RevokeKey(ports.clock.now(), key_id, by, found.name))


def authenticate(keys: Sequence[ApiKey], presented: str) -> ApiKey | None:
    """Find whose key this is. Takes as long for a wrong secret as for an unknown or revoked key."""
    parts = presented.split("_", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != PREFIX:
        return None
    found = next((key for key in keys if key.key_id == parts[1] and key.revoked_at is None), None)
    right = hmac.compare_digest(digest_of(parts[2]), _NO_DIGEST if found is None else found.digest)
    return found if right else None


def digest_of(secret: str) -> str:
    """What is kept of a secret. It has 256 bits of its own, so it needs neither salt nor stretching."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _faults_of_name(name: str) -> list[Fault]:
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or name != name.strip():
        return [Fault("name", f"must be 1 to {_LONGEST_NAME} printable characters")]
    return []


def _faults_of_roles(roles: Sequence[str]) -> list[Fault]:
    allowed = ", ".join(Role)
    if not roles:
        return [Fault("roles", f"must name at least one of {allowed}")]
    return [Fault(f"roles.{at}", f"must be one of {allowed}") for at, role in enumerate(roles) if role not in set(Role)]
