"""Read profiles, terms and policy again while the gateway runs: all of it is taken over, or none."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence

import structlog

from meterhold.domain.commands import KeepReload, Terms
from meterhold.domain.errors import Fault, Malformed, StoreUnavailable
from meterhold.domain.meter import Installation
from meterhold.profiles import Profile
from meterhold.usecases.ports import Ports
from meterhold.usecases.registry_file import all_installations
from meterhold.usecases.reviewing import review_deferred
from meterhold.usecases.wiring import Check

_log = structlog.get_logger()

Read = Callable[[], tuple[Mapping[str, Profile], Terms]]
"""Reads what is to count; raises ``Malformed`` with all faults."""
CheckWith = Callable[[Mapping[str, Profile]], Check]
"""Makes the check of a meter against these profiles."""
Installed = Callable[[Sequence[Installation]], None]
"""Told of all meters once other profiles count for them."""

_MOST_FAULTS = 20
"""So many faults of a reload are kept; a broken profile may fault every meter of a site."""


class Reloading:
    """Reads the configuration again, one reload after the other."""

    def __init__(self, ports: Ports, check_with: CheckWith, installed: Installed) -> None:
        self._ports = ports
        self._check_with = check_with
        self._installed = installed
        self._one_at_a_time = asyncio.Lock()

    async def reload(self, read: Read) -> bool:
        """Take over what is read, or leave all as it is. Either is said in the log, and in the journal first."""
        async with self._one_at_a_time:
            try:
                return await self._reload(read)
            except StoreUnavailable as error:
                _log.error("nothing was reloaded: the journal cannot be written", error=str(error))
                return False

    async def _reload(self, read: Read) -> bool:
        places = await all_installations(self._ports)
        try:
            profiles, terms = read()
            self._require_sound(profiles, places)
        except Malformed as error:
            await self._refuse(error)
            return False
        settled = self._ports.settled
        changed, gone = tuple(_changed(settled.profiles, profiles)), tuple(sorted(settled.profiles.keys() - profiles))
        terms_changed = terms != settled.terms
        await self._ports.journal.submit(
            KeepReload(self._ports.clock.now(), profiles=changed, gone=gone, terms_changed=terms_changed)
        )
        settled.take_over(profiles, terms)
        self._installed(places)
        await review_deferred(self._ports)
        _log.warning("the configuration was reloaded", profiles=changed, gone=gone, terms_changed=terms_changed)
        return True

    def _require_sound(self, profiles: Mapping[str, Profile], places: Sequence[Installation]) -> None:
        """Refuse profiles that some meter of the registry could not be served with."""
        check = self._check_with(profiles)
        faults = [Fault(f"{place.meter_id}: {fault.field}", fault.rule) for place in places for fault in check(place)]
        if faults:
            raise Malformed("meters", faults)

    async def _refuse(self, error: Malformed) -> None:
        told = tuple(_told(error))
        try:
            await self._ports.journal.submit(KeepReload(self._ports.clock.now(), faults=told))
        finally:
            _log.error("nothing was reloaded, all stays as it was", faults=told)


def _told(error: Malformed) -> Iterator[str]:
    for fault in error.faults[:_MOST_FAULTS]:
        line = "" if fault.line is None else f"line {fault.line}, "
        yield f"{error.what}: {line}{fault.field}: {fault.rule}"
    if len(error.faults) > _MOST_FAULTS:
        yield f"{error.what}: and {len(error.faults) - _MOST_FAULTS} more"


def _changed(before: Mapping[str, Profile], after: Mapping[str, Profile]) -> Iterator[str]:
    for name, profile in sorted(after.items()):
        if name not in before or before[name].digest != profile.digest:
            yield name
