"""One topic that is followed: what of its messages is kept."""

from datetime import datetime

from meterhold.drivers.mqtt.merged import MergedShadow
from meterhold.drivers.mqtt.payload import MISSING, Unreadable
from meterhold.drivers.mqtt.shadow import Shadow
from meterhold.profiles.ordering import is_news
from meterhold.profiles.wire import Follow


class Kept:
    """A topic and its shadow, with what a profile asks to be done to a message before."""

    __slots__ = ("_follow", "binary", "shadow")

    def __init__(self, follow: Follow) -> None:
        """Know nothing yet."""
        self._follow = follow
        self.binary = follow.decode is not None
        """Whether a message that is no text may still be read."""
        self.shadow: Shadow | MergedShadow = MergedShadow() if follow.merge else Shadow()

    def take(self, value: object, at: datetime, *, retained: bool, stream: int) -> bool:
        """Take a message in; return whether it was. Raises ``Unreadable``."""
        follow, shadow = self._follow, self.shadow
        if follow.decode is not None:
            try:
                value = follow.decode(value)
            except ValueError as error:
                raise Unreadable(str(error)) from None
        if follow.order_by is not None and not is_news(follow, _known(shadow.value), value):
            return False
        shadow.heard(value, at, retained=retained, stream=stream)
        return True


def _known(value: object) -> object:
    return None if value is MISSING else value
