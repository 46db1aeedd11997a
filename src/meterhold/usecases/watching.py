"""Look at a held meter and compare it with what is held. Nothing is ever written to a meter from here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from meterhold.domain.commands import ReportSiteAlarm, WatchMeter
from meterhold.domain.decide.watching import watch
from meterhold.domain.draft import Draft, World
from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Meter
from meterhold.domain.observation import Observation
from meterhold.domain.watched import holds_to_watch, watched_legs, worked_at
from meterhold.domain.words import Because
from meterhold.profiles import Profile
from meterhold.profiles.wire import Document, Reply
from meterhold.usecases.looking import Sight, link_of, profile_of, see, speaks_by_itself
from meterhold.usecases.pairing import joined, see_witness
from meterhold.usecases.ports import Ports


class Came(StrEnum):
    """What came of a look."""

    NOT_HELD = "not_held"
    """Nothing is to be watched there (any more, or yet)."""
    BUSY = "busy"
    """An operation is under way there, which looks for itself."""
    WELL = "well"
    """It was seen, and nothing is wrong that was not known."""
    SAID = "said"
    """Something was new, and is in the journal."""
    UNSEEN = "unseen"
    """It did not answer, and has not been silent for long enough that this would be news."""


async def watch_meter(ports: Ports, meter_id: str, well_at: datetime | None) -> Came:
    """Look once. ``well_at`` is when this process last saw it well. Raises ``NeverSent`` where its link is down."""
    meter = await ports.queries.meter(meter_id)
    holds = {} if meter is None else await _holds(ports, meter)
    if meter is None or meter.retired or not (meter.watch.owed or watched_legs(meter, holds.values())):
        return Came.NOT_HELD
    if worked_at(meter, holds.values()):
        return Came.BUSY
    command = await _look(ports, meter, tuple(holds), well_at)
    if not _is_news(meter, holds, command):
        return Came.UNSEEN if command.look is None else Came.WELL
    await ports.journal.submit(command)
    return Came.SAID


async def report_silent_link(ports: Ports, link: str, since: datetime) -> None:
    """Say that nothing behind a link can be watched: one alarm, and not one for each meter."""
    detail = f"link {link} has been down since {since.isoformat()}: no meter behind it is watched"
    evidence = {"link": link, "since": since.isoformat()}
    await ports.journal.submit(
        ReportSiteAlarm(ports.clock.now(), Because.DEVICE_SILENT, detail, f"link {link}", evidence)
    )


async def _holds(ports: Ports, meter: Meter) -> Mapping[str, Hold]:
    found = {hold_id: await ports.queries.hold(hold_id) for hold_id in holds_to_watch(meter)}
    return {hold_id: hold for hold_id, hold in found.items() if hold is not None}


def _is_news(meter: Meter, holds: Mapping[str, Hold], command: WatchMeter) -> bool:
    """Decide beforehand on the rows as they are: what would leave nothing is no business of the journal."""
    draft = Draft(World(holds=dict(holds), meters={meter.meter_id: meter}))
    watch(draft, command)
    return bool(draft.events)


async def _look(ports: Ports, meter: Meter, hold_ids: tuple[str, ...], well_at: datetime | None) -> WatchMeter:
    profile = profile_of(ports, meter)
    rules = ports.terms.watch
    silent_after_s = max(rules.silent_after_s, *_speaks_every_s(profile))
    unseen = WatchMeter(
        ports.clock.now(),
        meter.meter_id,
        hold_ids,
        None,
        profile.identity,
        rules,
        silent_after_s,
        well_at,
        proof_window_s=profile.timing.proof_window_s,
    )
    link = link_of(ports, meter)
    try:
        look = await _see(ports, meter, profile, link, ports.clock.now() - timedelta(seconds=silent_after_s))
    except (NeverSent, NoAnswer, MeterRefused) as failure:
        if isinstance(failure, NeverSent) and not ports.links.up(link):
            raise
        if failure.because is Because.DEVICE_OFFLINE:
            # Its broker has seen it go: that it speaks rarely is no reason to wait longer.
            unseen = replace(unseen, silent_after_s=rules.silent_after_s)
        return replace(unseen, at=ports.clock.now(), because=failure.because, detail=failure.detail)
    return replace(unseen, at=ports.clock.now(), look=look)


async def _see(ports: Ports, meter: Meter, profile: Profile, link: str, heard_since: datetime) -> Observation:
    """One look, with that of the meter that it takes its proof from; what was last said too long ago is silence."""
    witness = await see_witness(ports, meter, None, must=False)
    async with ports.links.turn(link) as turn:
        sight = await see(ports, turn, meter, profile, heard_since)
    if not _was_heard(sight, meter, heard_since):
        raise NoAnswer(Because.COMM_TIMEOUT, f"nothing was heard of it since {heard_since.isoformat()}")
    seen = sight.since(None)
    if seen.identity.strength.rank < profile.identity.rank:
        # It did not answer and has spoken by itself: only what it said lately counts.
        seen = sight.since(heard_since)
    return joined(seen, witness, None)


def _was_heard(sight: Sight, meter: Meter, since: datetime) -> bool:
    """Whether a meter that is not asked has given a sign of life: a message, or that its broker says it is there."""
    if not speaks_by_itself(sight.profile, meter.installation.address):
        return True
    if sight.profile.look.offline is not None and len(sight.replies) and sight.replies[-1] is not None:
        return True
    return any(moment >= since for moment in _heard_at(sight.replies))


def _heard_at(replies: Sequence[Reply | None]) -> Iterator[datetime]:
    for reply in replies:
        if reply is not None and not (isinstance(reply, Document) and reply.retained):
            yield reply.at


def _speaks_every_s(profile: Profile) -> Iterator[float]:
    """Twice what a profile says of how rarely its device is heard of."""
    yield 0.0
    if profile.carrier is not None:
        yield 2 * profile.carrier.latency_s
    for report in getattr(profile.definition, "reports", {}).values():
        yield 2 * (report.valid_within_s or 0.0)
