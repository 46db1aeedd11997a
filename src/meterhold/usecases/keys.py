"""API keys: ``mh_<key_id>_<secret>``, shown once; only the digest of the secret is kept.

A key's name is who calls: the sender of its orders, the person who approves. So a name is one key's at a time, and a
key is replaced by rotating it: another secret of the same key.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from meterhold.domain.commands import CreateKey, RevokeKey, RotateKey
from meterhold.domain.errors import Fault, Malformed, UnknownThing
from meterhold.domain.roles import TOKEN_PREFIX, Role, too_much
from meterhold.domain.scope import EVERYTHING, Scope
from meterhold.domain.words import Action, Because, Context
from meterhold.usecases.ports import ApiKey, Ports

PREFIX = "mh"
LONGEST_OVERLAP = timedelta(days=30)
_KEY_IN_TEXT = re.compile(rf"{PREFIX}_[^_/\s]+_[^/?&\s]+")
_PARTS = 3
_ID_BYTES = 6
_LONGEST_NAME = 64
_NO_DIGEST = hashlib.sha256(b"").hexdigest()


async def create_key(
    ports: Ports,
    name: str,
    roles: Iterable[str],
    *,
    scope: Scope = EVERYTHING,
    expires_at: datetime | None = None,
    by: str = "",
) -> tuple[ApiKey, str]:
    """Make a key; the string beside it is the only copy of the key itself."""
    wanted = tuple(dict.fromkeys(roles))
    at = ports.clock.now()
    faults = [*_faults_of_name(name), *_faults_of_roles(wanted), *_faults_of_scope(scope, wanted)]
    if expires_at is not None and expires_at <= at:
        faults.append(Fault("expires_at", "must lie in the future"))
    if faults:
        raise Malformed("key", faults)
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe()
    digest = digest_of(secret)
    await ports.journal.submit(CreateKey(at, key_id, name, wanted, digest, scope, expires_at, by))
    made = ApiKey(key_id, name, wanted, digest, at, None, scope=scope, expires_at=expires_at, made_by=by)
    return made, _shown(key_id, secret)


async def rotate_key(ports: Ports, key_id: str, overlap: timedelta, by: str) -> tuple[ApiKey, str]:
    """Give a key another secret. The old one works until the overlap ends; one that is older still stops now."""
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise Malformed("rotation", [Fault("overlap", f"must be 0 to {LONGEST_OVERLAP.days} days")])
    found = await find_key(ports, key_id)
    secret = secrets.token_urlsafe()
    at, digest = ports.clock.now(), digest_of(secret)
    await ports.journal.submit(RotateKey(at, key_id, found.name, digest, at + overlap, by))
    made = replace(found, digest=digest, rotated_at=at, old_digest=found.digest, old_until=at + overlap)
    return made, _shown(key_id, secret)


async def revoke_key(ports: Ports, key_id: str, by: str) -> None:
    """Make a key useless, with all its secrets, at once and for good. To revoke it again changes nothing."""
    found = await find_key(ports, key_id)
    if found.revoked_at is None:
        await ports.journal.submit(RevokeKey(ports.clock.now(), key_id, by, found.name))


def authenticate(keys: Sequence[ApiKey], presented: str, now: datetime) -> ApiKey | None:
    """Find whose key this is. Takes as long for a wrong secret as for an unknown, expired or revoked key."""
    parts = presented.split("_", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != PREFIX:
        return None
    found = next((key for key in keys if key.key_id == parts[1] and _works(key, now)), None)
    digest = digest_of(parts[2])
    right = hmac.compare_digest(digest, _NO_DIGEST if found is None else found.digest)
    old = _NO_DIGEST if found is None else _old_digest(found, now)
    right |= hmac.compare_digest(digest, old)
    return found if right and parts[2] else None


def digest_of(secret: str) -> str:
    """What is kept of a secret. It has 256 bits of its own, so it needs neither salt nor stretching."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def concealed(text: str) -> str:
    """A text without the secrets of the keys that somebody put there by mistake, such as in an address."""
    return _KEY_IN_TEXT.sub(f"{PREFIX}_..._[hidden]", text)


async def find_key(ports: Ports, key_id: str) -> ApiKey:
    """Read a key, revoked ones included."""
    found = next((key for key in await ports.queries.api_keys() if key.key_id == key_id), None)
    if found is None:
        raise UnknownThing(Because.NOT_FOUND, f"there is no key {key_id!r}")
    return found


def _shown(key_id: str, secret: str) -> str:
    return f"{PREFIX}_{key_id}_{secret}"


def _works(key: ApiKey, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def _old_digest(key: ApiKey, now: datetime) -> str:
    """The digest of the secret before this one, as long as it still opens."""
    if key.old_digest is None or key.old_until is None or now >= key.old_until:
        return _NO_DIGEST
    return key.old_digest


def _faults_of_name(name: str) -> Iterator[Fault]:
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or name != name.strip():
        yield Fault("name", f"must be 1 to {_LONGEST_NAME} printable characters")
    if name.lower().startswith(TOKEN_PREFIX):
        yield Fault("name", f"must not begin with {TOKEN_PREFIX}: those are the callers of the token issuer")


def _faults_of_roles(roles: Sequence[str]) -> Iterator[Fault]:
    allowed = ", ".join(Role)
    if not roles:
        yield Fault("roles", f"must name at least one of {allowed}")
    for at, role in enumerate(roles):
        if role not in set(Role):
            yield Fault(f"roles.{at}", f"must be one of {allowed}")
    for one, other in too_much(roles):
        yield Fault("roles", f"{one} and {other} must be two callers: make a key for each")


def _faults_of_scope(scope: Scope, roles: Sequence[str]) -> Iterator[Fault]:
    """Limits must be such that they hold wherever the key's roles reach."""
    for field, given, known in (("actions", scope.actions, Action), ("contexts", scope.contexts, Context)):
        for at, word in enumerate(given):
            if word not in set(known):
                yield Fault(f"scope.{field}.{at}", f"must be one of {', '.join(known)}")
    if scope.actions and Role.DISPATCHER not in roles:
        yield Fault("scope.actions", "are for a dispatcher's key")
    if scope.limits_meters and not set(roles) <= {Role.DISPATCHER, Role.TECHNICIAN}:
        yield Fault("scope", "contexts and areas are for the keys of dispatchers and technicians")
