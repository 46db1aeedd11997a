"""Every refusal at the door is in the journal: one by one, and beyond a measure counted, so that no flood fills it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import structlog

from meterhold.domain.commands import KeepRefusal, KeepRefusedCalls
from meterhold.domain.errors import StoreUnavailable
from meterhold.domain.refusals import RefusedCalls
from meterhold.domain.words import Because
from meterhold.usecases.keys import concealed
from meterhold.usecases.ports import Ports

_log = structlog.get_logger()

WINDOW_S = 60.0
MOST_OF_A_CALLER = 60
"""So many refusals of one caller in a window are kept one by one."""
MOST_OF_STRANGERS = 20
"""The same, of all together whom nobody knows: any number of them may come."""
_LONGEST_WHAT, _LONGEST_DETAIL = 200, 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was refused."""

    by: str | None
    """The authenticated caller; ``None``: nobody that we know."""
    source: str
    """The address that the call came from."""
    what: str
    code: Because
    detail: str


class RefusalLog:
    """Keeps refusals, and counts those beyond the measure until they can be kept as one."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._began_at: float | None = None
        self._since: datetime = ports.clock.now()
        self._kept: Counter[str | None] = Counter()
        self._counted: Counter[tuple[str | None, Because]] = Counter()

    async def note(self, refusal: Refusal) -> None:
        """Keep a refusal: durable before its answer leaves, unless it is one of many or the store cannot be written."""
        await self._begin_window()
        self._kept[refusal.by] += 1
        if self._kept[refusal.by] > (MOST_OF_STRANGERS if refusal.by is None else MOST_OF_A_CALLER):
            self._count(refusal)
            return
        what, detail = concealed(refusal.what)[:_LONGEST_WHAT], concealed(refusal.detail)[:_LONGEST_DETAIL]
        at = self._ports.clock.now()
        try:
            await self._ports.journal.submit(KeepRefusal(at, refusal.by, refusal.source, what, refusal.code, detail))
        except StoreUnavailable:
            # Nothing was done, so the answer may go; the count is kept until it can be written.
            self._count(refusal)

    async def flush(self) -> None:
        """Keep what was only counted."""
        counted, self._counted = self._counted, Counter()
        if not counted:
            return
        calls = tuple(RefusedCalls(by, code, n) for (by, code), n in sorted(counted.items(), key=_by_name))
        try:
            await self._ports.journal.submit(KeepRefusedCalls(self._ports.clock.now(), self._since, calls))
        except StoreUnavailable as error:
            self._counted.update(counted)
            _log.warning("refused calls could not be recorded", calls=sum(counted.values()), error=str(error))

    async def _begin_window(self) -> None:
        now = self._ports.clock.monotonic()
        if self._began_at is None or now - self._began_at >= WINDOW_S:
            self._began_at = now
            self._kept.clear()
            await self.flush()

    def _count(self, refusal: Refusal) -> None:
        if not self._counted:
            self._since = self._ports.clock.now()
        self._counted[refusal.by, refusal.code] += 1


def _by_name(item: tuple[tuple[str | None, Because], int]) -> tuple[str, str]:
    (by, code), _ = item
    return by or "", code
