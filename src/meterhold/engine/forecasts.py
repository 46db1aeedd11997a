"""Forecasts that come by themselves: over a broker, or as a file that somebody else replaces."""

import asyncio
import json
from collections import deque
from pathlib import Path

import structlog

from meterhold.documents.weather import parse_forecasts
from meterhold.domain.errors import Malformed, Refused, StoreUnavailable
from meterhold.profiles.wire import Follow
from meterhold.usecases.forecasting import receive_forecasts
from meterhold.usecases.ports import Ports

_log = structlog.get_logger()

_MOST_WAITING = 100
"""Messages that wait to be taken in: beyond that the oldest is dropped, since newer ones count more."""


class ForecastPost:
    """Takes in the forecasts of one topic, each message once and in order."""

    def __init__(self, ports: Ports, topic: str) -> None:
        """Follow a topic; nothing is taken in before the first message."""
        self._ports = ports
        self._topic = topic
        self._waiting: deque[object] = deque(maxlen=_MOST_WAITING)
        self._task: asyncio.Task[None] | None = None

    @property
    def follow(self) -> Follow:
        """The topic, as a link follows it."""
        return Follow(self._topic, decode=self._arrived)

    def wake(self) -> None:
        """Take in what has arrived."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._take_in(), name="forecasts")

    async def stop(self) -> None:
        """Bring what is under way to its end."""
        if self._task is not None:
            await self._task

    def _arrived(self, value: object) -> object:
        # A topic keeps its last message only, and one may carry the areas one by one.
        if not isinstance(value, dict):
            raise ValueError("is no JSON object")  # noqa: TRY004 - what a link understands
        self._waiting.append(value)
        return value

    async def _take_in(self) -> None:
        while self._waiting:
            document = json.dumps(self._waiting.popleft(), default=str)
            await _receive(self._ports, document.encode(), self._topic)


class ForecastFile:
    """Takes a file of forecasts in whenever its content has changed."""

    def __init__(self, ports: Ports, file: Path) -> None:
        """Know nothing of its content yet."""
        self._ports = ports
        self._file = file
        self._taken: bytes | None = None

    async def look(self) -> None:
        """Read the file, if there is one; what is wrong with it is said once, until it changes."""
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            _log.warning("forecasts cannot be read", file=str(self._file), error=str(error))
            return
        if content != self._taken and await _receive(self._ports, content, str(self._file)):
            self._taken = content


async def _receive(ports: Ports, document: bytes, source: str) -> bool:
    """Take a document in; false where it may succeed later."""
    try:
        taken = await receive_forecasts(ports, parse_forecasts(document, ports.clock.now()))
    except StoreUnavailable as error:
        _log.warning("forecasts could not be recorded", source=source, error=str(error))
        return False
    except (Malformed, Refused) as error:
        # Nobody waits for an answer: that the weather is not known shows in the verdicts of the rules.
        _log.warning("forecasts refused", source=source, error=str(error))
        return True
    _log.info("forecasts received", source=source, areas=[one.area for one in taken if one.taken])
    return True
