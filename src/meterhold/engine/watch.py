"""The watch of one process: looks at held meters in their turn, whenever their link has time for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from meterhold.domain.draft import Draft
from meterhold.domain.errors import MeterholdError, NeverSent
from meterhold.domain.watched import is_held
from meterhold.engine.patience import GaveWay, HasWork, PatientLinks
from meterhold.engine.rounds import Rounds, next_place
from meterhold.usecases.ports import Ports
from meterhold.usecases.sharding import shard_of
from meterhold.usecases.watching import Came, report_silent_link, watch_meter

_log = structlog.get_logger()

_TICK_S = 1.0
_READ_ANEW_S = 60.0
"""The list of held meters is read again from the store: what was heard of commits only sharpens it."""
_HEARD_AT_MOST_EVERY_S = 60.0
_AFTER_GIVING_WAY_S = 1.0


@dataclass(slots=True)
class Watch:
    """Finds in the store whom to watch. What was planned is in memory only: it follows from names and the clock."""

    ports: Ports
    has_work: HasWork
    _rounds: Rounds = field(default_factory=Rounds)
    _at_work: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _rests_until: dict[str, float] = field(default_factory=dict)
    """By link, on the monotonic clock: until then the watch has had its share of it."""
    _well_at: dict[str, datetime] = field(default_factory=dict)
    _owing: set[str] = field(default_factory=set)
    """Meters of which it is known that a look is to be taken at once."""
    _down_since: dict[str, datetime] = field(default_factory=dict)
    _said_down: set[str] = field(default_factory=set)
    _read_at: float | None = None
    _stopping: bool = False

    async def run(self) -> None:
        """Watch for ever; a pass that fails is said, and the next one tries again."""
        while True:
            try:
                await self.once()
            except MeterholdError as error:
                _log.warning("the watch could not read whom to watch", error=str(error))
            except Exception:  # noqa: BLE001  the supervisor of the watch must outlive any defect of a single pass
                _log.exception("the watch failed in our own code")
            await asyncio.sleep(min(_TICK_S, self.ports.terms.watch.every_s / 4))

    async def once(self) -> None:
        """Do one pass: start a look on each link that has time for one."""
        now_s = self.ports.clock.monotonic()
        if self._read_at is None or now_s - self._read_at >= _READ_ANEW_S:
            await self._read_anew()
            self._read_at = now_s
        for link in self._rounds.links():
            self._start(link)

    async def stop(self) -> None:
        """Begin no new look, and let those under way come to their end."""
        self._stopping = True
        if self._at_work:
            await asyncio.wait(list(self._at_work.values()))

    def learn(self, drafts: Sequence[Draft]) -> None:
        """Hear of what was committed: who is held now, and who no longer. A lost call loses a minute."""
        for draft in drafts:
            for meter_id, meter in draft.meters.items():
                if not is_held(meter):
                    self._leave(meter_id)
                else:
                    self._enter(meter_id, meter.installation.link, owed=bool(meter.watch.owed))

    def heard(self, meter_id: str) -> None:
        """Hear that a meter has spoken by itself: what it said is compared, at most once in a while."""
        now, rules = self.ports.clock.now(), self.ports.terms.watch
        pause_s = min(_HEARD_AT_MOST_EVERY_S, rules.every_s)
        last = self._well_at.get(meter_id)
        at = now if last is None else max(now, last + timedelta(seconds=pause_s))
        link = self._rounds.hurry(meter_id, at)
        if link is not None:
            self._start(link)

    async def _read_anew(self) -> None:
        held = {one.meter_id: one for one in await self.ports.queries.watched_meters()}
        for meter_id in self._rounds.names():
            if meter_id not in held:
                self._leave(meter_id)
        for meter_id, one in held.items():
            self._enter(meter_id, one.link, owed=one.owed)
            # The clock may have been put back, or the interval been made shorter: nobody waits longer than that.
            self._rounds.hurry(meter_id, self._place(meter_id))
        self._say_who_is_late()

    def _say_who_is_late(self) -> None:
        every_s = self.ports.terms.watch.every_s
        for link in self._rounds.links():
            late_s = self._rounds.late_s(link, self.ports.clock.now())
            if late_s > every_s:
                _log.warning("held meters are looked at more rarely than they should be", link=link, late_s=late_s)

    def _enter(self, meter_id: str, link: str, *, owed: bool) -> None:
        """Watch a meter from now on, in its place; one that is owed a look, at once."""
        shard = shard_of(self.ports.links, link, meter_id)
        if self._rounds.link_of(meter_id) != shard:
            self._rounds.enter(meter_id, shard, self._place(meter_id))
        if owed and meter_id not in self._owing:
            self._rounds.hurry(meter_id, self.ports.clock.now())
        (self._owing.add if owed else self._owing.discard)(meter_id)

    def _leave(self, meter_id: str) -> None:
        self._rounds.leave(meter_id)
        self._well_at.pop(meter_id, None)
        self._owing.discard(meter_id)

    def _place(self, meter_id: str) -> datetime:
        return next_place(meter_id, self.ports.clock.now(), self.ports.terms.watch.every_s)

    def _start(self, link: str) -> None:
        """Begin a look on a link where one is due, nobody has work, and the watch's share is not used up."""
        clock = self.ports.clock
        if self._stopping or link in self._at_work or self.has_work(link):
            return
        rests_until = self._rests_until.get(link)
        if rests_until is not None and clock.monotonic() < rests_until:
            return
        meter_id = self._rounds.take(link, clock.now())
        if meter_id is not None:
            self._rounds.enter(meter_id, link, self._place(meter_id))
            task = asyncio.get_running_loop().create_task(self._work(link, meter_id), name=meter_id)
            self._at_work[link] = task
            task.add_done_callback(lambda _: self._ended(link))

    def _ended(self, link: str) -> None:
        self._at_work.pop(link, None)
        self._start(link)

    async def _work(self, link: str, meter_id: str) -> None:
        """Look at one meter; whatever goes wrong with one must not keep the others from being watched."""
        patient = PatientLinks(self.ports.links, self.has_work, self.ports.clock)
        try:
            came = await watch_meter(replace(self.ports, links=patient), meter_id, self._well_at.get(meter_id))
            self._note(link, meter_id, came)
        except GaveWay:
            self._rounds.hurry(meter_id, self.ports.clock.now() + timedelta(seconds=_AFTER_GIVING_WAY_S))
        except NeverSent:
            await self._down(link)
        except MeterholdError as error:
            _log.warning("a held meter could not be watched", meter=meter_id, error=str(error))
        except Exception:  # noqa: BLE001  the supervisor: one meter's defect must not end the watch over the others
            _log.exception("watching a meter failed in our own code", meter=meter_id)
        finally:
            self._rest(link, patient.spent_s)

    def _note(self, link: str, meter_id: str, came: Came) -> None:
        self._down_since.pop(link, None)
        self._said_down.discard(link)
        if came in {Came.WELL, Came.SAID}:
            self._well_at[meter_id] = self.ports.clock.now()

    def _rest(self, link: str, spent_s: float) -> None:
        """Leave the link alone for so long that the look was no more than the watch's share of its time.

        On a link that takes several turns at once a look takes one of them.
        """
        of_a_turn = min(1.0, self.ports.terms.watch.share * self.ports.links.width(link))
        self._rests_until[link] = self.ports.clock.monotonic() + spent_s * (1 / of_a_turn - 1)

    async def _down(self, link: str) -> None:
        """Note that a link is down, and say so once it has been for longer than a meter may be silent."""
        now = self.ports.clock.now()
        since = self._down_since.setdefault(link, now)
        silent = now - since > timedelta(seconds=self.ports.terms.watch.silent_after_s)
        if silent and link not in self._said_down:
            try:
                await report_silent_link(self.ports, link, since)
                self._said_down.add(link)
            except MeterholdError as error:
                _log.warning("an alarm could not be recorded", link=link, error=str(error))
