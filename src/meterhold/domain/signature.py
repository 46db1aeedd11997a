"""What a sender's signature says of an order, and what is wrong with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhold.domain.order import Order
from meterhold.domain.originator import Originator

LONGEST_VALIDITY = timedelta(days=7)
"""A signature that is good for longer is as good as one without an end."""
LARGEST_GAP = 1000
"""How many counters may be missing: a slip or a thief cannot use up all that are left."""
REFUSALS_WITHIN = timedelta(minutes=1)
MOST_REFUSALS = 60
"""How many refusals of one sender are kept within that time: a thief of its API key must not fill the disk."""
AHEAD = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature beside an order."""

    key_id: str
    counter: int
    expires_at: datetime
    signature: str
    fits: bool
    """Whether the key's owner signed exactly this order, with exactly this counter and end."""


def keeps_refusal(originator: Originator, now: datetime) -> bool:
    """Whether one more refusal is kept by itself; what is more is counted where the answer leaves."""
    since = originator.refused_since
    return since is None or now - since >= REFUSALS_WITHIN or originator.refused < MOST_REFUSALS


def flaw_in(signed: Signed | None, originator: Originator, order: Order, now: datetime, *, known: bool) -> str | None:
    """Say why an order may not be taken in for its signature, or ``None``.

    ``known``: it was taken in before with the same content. It is then answered once more, and nothing comes of it: so
    its counter and its end count no longer, but that it was signed does.
    """
    if signed is None:
        return "is not signed, and this sender's orders must be" if originator.signs else None
    key = next((key for key in originator.keys if key.key_id == signed.key_id), None)
    if key is None:
        return f"is signed with a key that is not registered: {signed.key_id}"
    if key.revoked_at is not None:
        return f"is signed with a key that was revoked: {signed.key_id}"
    if not signed.fits:
        return "is not what its key signed"
    return None if known else _flaw_in_time(signed, originator, order, now)


def _flaw_in_time(signed: Signed, originator: Originator, order: Order, now: datetime) -> str | None:
    if now >= signed.expires_at:
        return "has a signature that expired"
    if signed.expires_at > now + LONGEST_VALIDITY:
        return f"has a signature that is good for more than {LONGEST_VALIDITY.days} days"
    if order.issued_at > now + AHEAD:
        return "was issued in the future"
    if signed.counter <= originator.counter:
        return f"has a counter that was used: {signed.counter}, and the last one was {originator.counter}"
    if signed.counter > originator.counter + LARGEST_GAP:
        missing = signed.counter - originator.counter - 1
        return f"has a counter {signed.counter} with a gap: {missing} before it are missing"
    return None
