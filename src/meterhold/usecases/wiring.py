"""Whether what the registry says of a meter fits the profiles and links that the gateway has."""

from collections.abc import Callable, Iterator, Mapping

from meterhold.domain.errors import Fault
from meterhold.domain.meter import Installation
from meterhold.domain.words import Because
from meterhold.profiles import Profile, Wire, check_address

Check = Callable[[Installation], list[Fault]]


def wiring_check(profiles: Mapping[str, Profile], links: Mapping[str, Wire]) -> Check:
    """Make the check of one meter: its profile, service, link and address. ``links`` says which wire each one is."""

    def check(place: Installation) -> list[Fault]:
        return list(_faults(place, profiles, links))

    return check


def _faults(place: Installation, profiles: Mapping[str, Profile], links: Mapping[str, Wire]) -> Iterator[Fault]:
    profile = profiles.get(place.profile)
    wire = links.get(place.link)
    if wire is None:
        yield Fault("link", f"{place.link!r} is not configured; there are {_listed(links)}")
    if profile is None:
        yield Fault("profile", f"{place.profile!r} is not known; there are {_listed(profiles)}", Because.NOT_CAPABLE)
        return
    if place.service is not profile.service:
        yield Fault("service", f"is {place.service}, but {place.profile} is a meter of {profile.service}")
    if wire is not None and wire is not profile.wire:
        yield Fault("link", f"{place.link} is a {wire} link, but {place.profile} speaks {profile.wire}")
    yield from check_address(profile, place.address)


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "none"
