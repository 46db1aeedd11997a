"""The composition root: which real part stands behind each port. Nothing else in the package builds these."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from meterhold.clock import SteadyClock, UuidIds
from meterhold.documents.config import GatewayDocument
from meterhold.documents.config_forecasts import ForecastsSection
from meterhold.documents.terms import read_terms
from meterhold.domain.commands import Terms
from meterhold.domain.decide import decide
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.events import MeterRegistered
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Installation
from meterhold.drivers import BrokerLink, SiteLinks
from meterhold.drivers.configured import Ears, make_links
from meterhold.engine import (
    CalendarJob,
    Checkpointing,
    Engine,
    ForecastFile,
    ForecastPost,
    Hearing,
    attend,
    room_of,
    watching,
)
from meterhold.profiles import Profile, Wire, load_profiles
from meterhold.store import OnCommit, Store, ThreadExecutor, open_store
from meterhold.usecases.founding import found_store
from meterhold.usecases.ports import Clock, Ports
from meterhold.usecases.refusals import RefusalLog
from meterhold.usecases.registry_file import all_installations, take_over_registry
from meterhold.usecases.reloading import Reloading
from meterhold.usecases.settled import Settled
from meterhold.usecases.wiring import Check, names_faults, wiring_check
from meterhold.web import Instruments, TokenReader, create_app

_log = structlog.get_logger()

_SETTLED = frozenset({"terms", "policy", "profiles"})
"""The sections that may be read again while the gateway runs."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway at work."""

    ports: Ports
    engine: Engine
    app: FastAPI
    config: GatewayDocument
    """As it was read at start."""
    reloading: Reloading

    async def reload(self, read: Callable[[], GatewayDocument]) -> bool:
        """Read the configuration again and let its profiles, terms and policy count; false: all stays as it was."""
        return await self.reloading.reload(lambda: self._settled_in(read()))

    def _settled_in(self, fresh: GatewayDocument) -> tuple[Mapping[str, Profile], Terms]:
        waits = [name for name, now in fresh if name not in _SETTLED and now != getattr(self.config, name)]
        if waits:
            _log.warning("this part of the configuration counts only after a restart", sections=waits)
        return read_settled(fresh)


@asynccontextmanager
async def gateway(
    config: GatewayDocument,
    store_url: str,
    *,
    clock: Clock | None = None,
    profiles: Mapping[str, Profile] | None = None,
    wrap: Callable[[Ports], Ports] = lambda ports: ports,
) -> AsyncIterator[Gateway]:
    """Build a gateway and run it until the block ends: then nothing more is written, and what is under way ends.

    ``wrap`` sees the ports before anything uses them; crash tests put theirs around ours.
    """
    clock = clock or SteadyClock()
    # What cannot be used is said before anything starts.
    tokens = None if config.http.oidc is None else TokenReader(config.http.oidc, clock)
    random = Random(secrets.randbits(128))
    profiles = profiles or load_profiles(*profile_folders(config))
    hearing = Hearing()
    site = make_links(config.links, clock, random, Ears(hearing.message, hearing.retained_command))
    heard: list[OnCommit] = []
    async with AsyncExitStack() as running:
        ids = UuidIds(random, clock.now)
        store = _open(store_url, ids.new(), lambda drafts: _tell(heard, drafts))
        running.push_async_callback(store.close)
        settled, room = Settled(profiles, settled_terms(config, profiles)), room_of(_file_of(store_url), config.store)
        ports = wrap(Ports(store.journal, store.queries, site, clock, ids, settled, room))
        check = _settled_check(config, ports.settled)
        await found_store(ports)
        await take_over_registry(ports, Path(config.meters), _mark_of(store_url), check)
        serve = partial(attend, site, hearing, ports.settled)
        serve(await all_installations(ports))
        heard.append(lambda drafts: serve(_registered(drafts)))
        reloading = Reloading(ports, partial(site_check, config), serve)
        jobs = await _checkpoints(config, store, ports, running)
        refusals = RefusalLog(ports)
        running.push_async_callback(refusals.flush)
        jobs += (CalendarJob("refusals", "* * * * *", refusals.flush),)
        jobs += _forecasts(config.forecasts, site, hearing, ports, running)
        engine = Engine(ports, jobs=jobs, time_zone=config.site.time_zone)
        hearing.engine = engine
        await site.start()
        running.push_async_callback(site.stop)
        metrics = CollectorRegistry()
        instruments = Instruments(metrics)
        instruments.watch_room(room)
        instruments.resume_alarms(await store.queries.open_alarms())
        instruments.resume(await _holds_at_work(ports))
        heard += [engine.wake, instruments.committed]
        await engine.start()
        running.push_async_callback(engine.stop)
        await running.enter_async_context(watching(ports, room))
        app = create_app(
            ports,
            engine_state=engine,
            metrics_registry=metrics,
            registry_check=check,
            refusals=refusals,
            tokens=tokens,
        )
        yield Gateway(ports, engine, app, config, reloading)


@asynccontextmanager
async def store_alone(store_url: str) -> AsyncIterator[Ports]:
    """The store without links and engine, for work on it while no gateway runs."""
    clock = SteadyClock()
    ids = UuidIds(Random(secrets.randbits(128)), clock.now)
    store = _open(store_url, ids.new(), lambda _: None)
    try:
        ports = Ports(store.journal, store.queries, SiteLinks({}), clock, ids, Settled({}, Terms()))
        await found_store(ports)
        yield ports
    finally:
        await store.close()


def profile_folders(config: GatewayDocument) -> tuple[Path, ...]:
    """Where the site keeps its own profiles, beside the built-in ones."""
    return () if config.profiles is None else (Path(config.profiles),)


def read_settled(config: GatewayDocument) -> tuple[Mapping[str, Profile], Terms]:
    """Read what a configuration settles and what may be read again while the gateway runs."""
    profiles = load_profiles(*profile_folders(config))
    return profiles, settled_terms(config, profiles)


def settled_terms(config: GatewayDocument, profiles: Mapping[str, Profile]) -> Terms:
    """Read the terms; raises ``Malformed`` where they name what there is not: a rule for nobody looks like a rule."""
    terms = read_terms(config)
    if faults := list(names_faults(terms, profiles)):
        raise Malformed("gateway.yaml", faults)
    return terms


def _settled_check(config: GatewayDocument, settled: Settled) -> Check:
    """The check of a registry against the profiles that count when it is asked."""

    def check(place: Installation) -> list[Fault]:
        return site_check(config, settled.profiles)(place)

    return check


def site_check(config: GatewayDocument, profiles: Mapping[str, Profile]) -> Check:
    """The check of a registry against this site's profiles and links."""
    return wiring_check(profiles, {name: Wire(link.kind) for name, link in config.links.items()})


async def _holds_at_work(ports: Ports) -> list[Hold]:
    """The holds with operations that have not ended: what was in doubt before a restart still is."""
    hold_ids = await ports.queries.open_operation_holds()
    return [hold for hold_id in hold_ids if (hold := await ports.queries.hold(hold_id)) is not None]


def make_room(store_url: str) -> None:
    """Make the folder that the store's file is to be in."""
    if (file := _file_of(store_url)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)


def _open(store_url: str, writer: str, on_commit: OnCommit) -> Store:
    make_room(store_url)
    executor = ThreadExecutor()
    return open_store(store_url, executor=executor, decide=decide, writer=writer, on_commit=on_commit, create=True)


def _file_of(store_url: str) -> Path | None:
    scheme, _, path = store_url.partition(":///")
    return Path(path) if scheme == "sqlite" and path else None


def _mark_of(store_url: str) -> Path | None:
    """Where it is noted which registry's file was taken over."""
    file = _file_of(store_url)
    return None if file is None else file.with_name(f"{file.name}.registry")


async def _checkpoints(
    config: GatewayDocument, store: Store, ports: Ports, running: AsyncExitStack
) -> tuple[CalendarJob, ...]:
    """Note the heads now, when the calendar says, and when all else has ended."""
    if config.audit is None:
        return ()
    checkpointing = Checkpointing(ports, store, Path(config.audit.checkpoints))
    await checkpointing.run()
    running.push_async_callback(checkpointing.run)
    return (CalendarJob("checkpoint", config.audit.cron, checkpointing.run),)


def _forecasts(
    sources: ForecastsSection, links: SiteLinks, hearing: Hearing, ports: Ports, running: AsyncExitStack
) -> tuple[CalendarJob, ...]:
    """Take forecasts in from where the configuration says."""
    if sources.link is not None and sources.topic is not None:
        post = ForecastPost(ports, sources.topic)
        running.push_async_callback(post.stop)
        hearing.listen(sources.link, sources.topic, post.wake)
        link = links.driver(links.shards(sources.link)[0])
        if isinstance(link, BrokerLink):
            link.follow([post.follow])
    if sources.file is None:
        return ()
    return (CalendarJob("forecasts", sources.cron, ForecastFile(ports, Path(sources.file)).look),)


def _tell(heard: Sequence[OnCommit], drafts: Sequence[Draft]) -> None:
    for hear in heard:
        hear(drafts)


def _registered(drafts: Sequence[Draft]) -> list[Installation]:
    return [event.installation for draft in drafts for event in draft.events if isinstance(event, MeterRegistered)]
