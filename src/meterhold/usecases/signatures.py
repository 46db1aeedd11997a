"""How senders sign: keys are registered and revoked, and each order's signature is held against them."""

from meterhold.documents.order import ParsedOrder
from meterhold.documents.signing import fits, public_key_of, signed_bytes
from meterhold.domain.commands import RegisterSigningKey, RevokeSigningKey
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.originator import Originator, SigningKey
from meterhold.domain.signature import Signed
from meterhold.usecases.ports import Ports

LONGEST_ID = 64


async def check_signature(ports: Ports, sender: str, parsed: ParsedOrder) -> Signed | None:
    """Hold an order against its sender's keys. What follows from it is decided where the order is taken in."""
    envelope = parsed.signature
    if envelope is None:
        return None
    originator = await ports.queries.originator(sender)
    key = next((key for key in originator.keys if key.key_id == envelope.key_id), None)
    genuine = key is not None and fits(key.public_key, envelope.value, signed_bytes(parsed.document, sender))
    return Signed(envelope.key_id, envelope.counter, envelope.expires_at, envelope.value, genuine)


async def register_signing_key(
    ports: Ports, sender: str, key_id: str, public_key: str, *, counter: int = 0, by: str = ""
) -> Originator:
    """Make known how a sender signs. From then on each of its orders must be signed.

    ``counter``: how far the sender has counted already, where it does not begin at 1.
    """
    if not key_id or len(key_id) > LONGEST_ID or not key_id.isprintable() or key_id != key_id.strip():
        raise Malformed("signing key", [Fault("key_id", f"must be 1 to {LONGEST_ID} printable characters")])
    at = ports.clock.now()
    key = SigningKey(key_id, public_key_of(public_key), at)
    draft = await ports.journal.submit(RegisterSigningKey(at, sender, key, by, counter))
    return draft.originator(sender)


async def revoke_signing_key(ports: Ports, sender: str, key_id: str, by: str) -> Originator:
    """Accept nothing any more that was signed with a key. Its sender's orders must be signed all the same."""
    draft = await ports.journal.submit(RevokeSigningKey(ports.clock.now(), sender, key_id, by))
    return draft.originator(sender)
