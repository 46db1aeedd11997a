"""One message of ours and what it brings back: the broker's receipt, the device's reply, or neither."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from paho.mqtt.reasoncodes import ReasonCode

from meterhold.drivers.mqtt.payload import MISSING, at, same_id

_NO_DATES: Final[Mapping[str, datetime]] = MappingProxyType({})
_NOBODY_SUBSCRIBED: Final = 0x10


class Silent(Exception):
    """What was waited for did not come in time."""


class Lost(Exception):
    """The connection to the broker was lost first."""


class NobodyThere(Exception):
    """The broker took the message and has nobody to give it to."""


class Denied(Exception):
    """The broker did not take the message; the argument is its reason."""


class Reported(Exception):
    """The device answered with an error of its own."""

    def __init__(self, error: object) -> None:
        """Keep what the device said."""
        super().__init__(str(error))
        found = error.get("code") if isinstance(error, dict) else error
        self.code = found if isinstance(found, int) and not isinstance(found, bool) else None


@dataclass(frozen=True, slots=True)
class Received:
    """A message that answers."""

    value: object
    at: datetime
    changed_at: Mapping[str, datetime]


Match = Callable[[object], bool]
"""Whether a message is the reply; raises ``Reported`` where the device refuses."""


@dataclass(frozen=True, slots=True)
class ById:
    """The message that carries our request id."""

    request_id: int
    id_pointer: str
    error_pointer: str | None

    def __call__(self, value: object) -> bool:
        """Compare the id, and look for an error only in a reply that is ours."""
        if not same_id(at(value, self.id_pointer), self.request_id):
            return False
        if self.error_pointer is not None:
            error = at(value, self.error_pointer)
            if error is not MISSING and error is not None:
                raise Reported(error)
        return True


def any_message(_value: object) -> bool:
    """Accept whatever comes."""
    return True


class Exchange:
    """Waits for the first of: the reply (or, without one, the receipt), a refusal, the loss of the connection."""

    __slots__ = ("_future", "_match", "receipt", "topic")

    def __init__(self, topic: str | None, match: Match) -> None:
        """Wait for a reply on ``topic`` that matches, or with None for the broker's receipt alone."""
        self._future: asyncio.Future[Received | None] = asyncio.get_running_loop().create_future()
        self._match = match
        self.topic = topic
        self.receipt = False
        """Whether the broker has the message."""

    async def result(self, within_s: float) -> Received | None:
        """The reply, or None for a receipt. Raises what this module defines."""
        timer = self._future.get_loop().call_later(within_s, self._fail, Silent())
        try:
            return await self._future
        finally:
            timer.cancel()

    def acknowledged(self, reason: ReasonCode) -> None:
        """Take the broker's receipt."""
        if reason.is_failure:
            self._fail(Denied(str(reason)))
        elif reason.value == _NOBODY_SUBSCRIBED:
            self._fail(NobodyThere())
        else:
            self.receipt = True
            if self.topic is None and not self._future.done():
                self._future.set_result(None)

    def message(self, value: object, at: datetime, changed_at: Mapping[str, datetime] = _NO_DATES) -> bool:
        """Take a message of the reply topic; return whether it was the reply."""
        if self._future.done():
            return False
        try:
            matches = self._match(value)
        except Reported as error:
            self._future.set_exception(error)
            return True
        if matches:
            self._future.set_result(Received(value, at, changed_at))
        return matches

    def lost(self) -> None:
        """Take note that the connection ended."""
        self._fail(Lost())

    def _fail(self, error: Exception) -> None:
        if not self._future.done():
            self._future.set_exception(error)
