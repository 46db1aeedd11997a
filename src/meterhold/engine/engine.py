"""The engine of one process: the sweep, a drain for each link, the clock's guard and the calendar."""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from meterhold.domain.commands import ReportPoisoned, StepClock
from meterhold.domain.draft import Draft
from meterhold.domain.errors import MeterholdError
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Meter
from meterhold.engine.board import Board
from meterhold.engine.calendar import CalendarJob, make_calendar
from meterhold.engine.drain import Drain
from meterhold.engine.releasing import ended_stops
from meterhold.engine.sweep import SWEEP_EVERY_S, Sweep
from meterhold.engine.watch import Watch
from meterhold.usecases.advance import advance
from meterhold.usecases.alarming import report_retained_command
from meterhold.usecases.calendar import advance_hold
from meterhold.usecases.looking import speaks_by_itself
from meterhold.usecases.ports import Ports
from meterhold.usecases.sharding import shard_of

_log = structlog.get_logger()

_SWEEP_IS_LATE_S = 10 * SWEEP_EVERY_S
_HURRIED_AT_MOST_EVERY_S = 1.0


class Engine:
    """Runs what is due, when it is due, on the link that it is due on."""

    def __init__(self, ports: Ports, *, jobs: tuple[CalendarJob, ...] = (), time_zone: str = "UTC") -> None:
        """Prepare to work with these ports; nothing runs before ``start``."""
        self._ports = ports
        self._board = Board(partial(shard_of, ports.links))
        self._sweep = Sweep(ports, self._board, self._advance_hold)
        self._drains: dict[str, Drain] = {}
        self._watch = Watch(ports, self._has_work)
        self._watching: asyncio.Task[None] | None = None
        self._calendar = make_calendar(jobs, time_zone)
        self._task: asyncio.Task[None] | None = None
        self._alarms: set[asyncio.Task[None]] = set()
        self._found_commands: set[tuple[str, str]] = set()
        self._leaving = False

    async def start(self) -> None:
        """Resolve what is in doubt and take up what is overdue: the first sweep finds both."""
        for link in self._ports.links.names():
            self._drains[link] = Drain(
                link, self._ports.links.width(link), self._board, self._ports.clock, self._advance, self._poisoned
            )
        self._task = asyncio.create_task(self._sweep.run(self._after_pass), name="sweep")
        self._watching = asyncio.create_task(self._watch.run(), name="watch")
        self._calendar.start()

    def leave(self) -> None:
        """Write nothing any more that is not on its way. Nothing but ``stop`` may follow."""
        self._leaving = True

    async def stop(self) -> None:
        """Leave, and take no new turn; what is under way comes to its end and is recorded."""
        self.leave()
        if self._task is None or self._watching is None:
            return
        self._calendar.shutdown(wait=False)
        self._task.cancel()
        self._watching.cancel()
        await asyncio.gather(self._task, self._watching, return_exceptions=True)
        self._task = self._watching = None
        await asyncio.gather(*(drain.stop() for drain in self._drains.values()), self._watch.stop(), *self._alarms)

    def wake(self, drafts: Sequence[Draft]) -> None:
        """Hear of what was committed. A lost call loses nothing: the sweep finds the work as well."""
        links = self._board.take_over(drafts)
        for because, meter_id in ended_stops(drafts):
            links |= self._board.release(because, meter_id, self._ports.clock.now())
        self._wake_links(links)
        self._watch.learn(drafts)

    def healthy(self) -> bool:
        """Whether the sweep is alive."""
        if self._task is None or self._task.done():
            return False
        last = self._sweep.last_pass_at
        return last is None or self._ports.clock.monotonic() - last < _SWEEP_IS_LATE_S

    async def _after_pass(self, links: set[str]) -> None:
        self._wake_links({shard for link in links for shard in self._ports.links.shards(link)})
        step_s = self._ports.clock.take_over()
        if step_s is not None:
            _log.warning("the machine's clock jumped and its time was taken over", step_s=step_s)
            hold_ids = tuple(await self._ports.queries.open_operation_holds())
            await self._ports.journal.submit(StepClock(self._ports.clock.now(), step_s, hold_ids))

    def _has_work(self, link: str) -> bool:
        """Whether work of orders waits on a link, or takes all of its turns: then the watch does not come between."""
        drain, due_at = self._drains.get(link), self._board.next_moment(link)
        waits = self._board.ready(link) > 0 or (due_at is not None and due_at <= self._ports.clock.now())
        return waits or (drain is not None and drain.full)

    def _wake_links(self, links: set[str]) -> None:
        for link in links:
            drain = self._drains.get(link)
            if drain is not None:
                drain.wake()

    def heard(self, meter_id: str) -> None:
        """Hear that a meter has spoken by itself: what waits for it need not wait, and what is held is compared."""
        self._watch.heard(meter_id)
        meter = self._board.meters.get(meter_id)
        profile = None if meter is None else self._ports.profiles.get(meter.installation.profile)
        if meter is None or profile is None or not speaks_by_itself(profile, meter.installation.address):
            return
        pace_s = min(_HURRIED_AT_MOST_EVERY_S, profile.timing.poll_s)
        self._wake_links(self._board.hurry(meter_id, self._ports.clock.now(), pace_s))

    def found_command(self, meter_id: str, topic: str) -> None:
        """Hear that somebody has left a command for a meter; it is said once as long as the process runs."""
        if (meter_id, topic) not in self._found_commands:
            self._found_commands.add((meter_id, topic))
            task = asyncio.get_running_loop().create_task(self._alarm(meter_id, topic), name=f"alarm {meter_id}")
            self._alarms.add(task)
            task.add_done_callback(self._alarms.discard)

    async def _alarm(self, meter_id: str, topic: str) -> None:
        try:
            await report_retained_command(self._ports, meter_id, topic)
        except MeterholdError as error:
            _log.warning("an alarm could not be recorded", meter=meter_id, topic=topic, error=str(error))
            self._found_commands.discard((meter_id, topic))

    async def _advance(self, hold: Hold, meter: Meter) -> None:
        hurry = self._board.in_hurry((hold.hold_id, meter.meter_id))
        await advance(self._ports, hold, meter, hurry=hurry, leaving=lambda: self._leaving)

    async def _advance_hold(self, hold_id: str) -> None:
        await advance_hold(self._ports, hold_id)

    async def _poisoned(self, hold: Hold, meter: Meter, error: str) -> None:
        await self._ports.journal.submit(ReportPoisoned(self._ports.clock.now(), hold.hold_id, meter.meter_id, error))
