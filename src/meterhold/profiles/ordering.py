"""Which of two messages of a device is the newer, where they carry a number."""

from meterhold.profiles.pointer import walker
from meterhold.profiles.wire import Follow


def is_news(follow: Follow, kept: object, message: object) -> bool:
    """Whether a message says something newer than the one that is kept, so that it may be taken in.

    A number that is not higher is an older message that came late, or the same once more, unless what the numbers are
    counted within (a session) has changed since.
    """
    if follow.order_by is None:
        return True
    number, before = (_number(follow.order_by, one) for one in (message, kept))
    if number is None:
        return False
    if before is None or number > before:
        return True
    if follow.order_within is None:
        return False
    session = walker(follow.order_within)
    return bool(session(message) != session(kept))


def _number(pointer: str, message: object) -> int | None:
    found = walker(pointer)(message)
    return found if type(found) is int else None
