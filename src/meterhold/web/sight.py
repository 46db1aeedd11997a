"""What a caller may see. A dispatch system sees its own orders and the holds that they meant, not its neighbours'."""

from meterhold.domain.hold import Hold
from meterhold.domain.roles import Role
from meterhold.web.authentication import Caller


def sees_all(caller: Caller) -> bool:
    """Whether a caller's work goes beyond its own orders."""
    return bool(caller.roles - {Role.DISPATCHER})


def sees(caller: Caller, hold: Hold) -> bool:
    """Whether a caller may see a hold."""
    keys = (hold.suspend_key, *hold.restore_keys)
    return sees_all(caller) or any(key is not None and key.sender == caller.name for key in keys)
