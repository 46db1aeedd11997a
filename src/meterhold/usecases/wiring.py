"""Whether what the registry says of a meter fits the profiles and links that the gateway has."""

from collections.abc import Callable, Iterator, Mapping

from meterhold.domain.commands import Terms
from meterhold.domain.errors import Fault
from meterhold.domain.meter import Installation
from meterhold.domain.words import Because, Service
from meterhold.profiles import Profile, Wire, check_address

Check = Callable[[Installation], list[Fault]]


def wiring_check(profiles: Mapping[str, Profile], links: Mapping[str, Wire]) -> Check:
    """Make the check of one meter: its profile, service, link and address. ``links`` says which wire each one is."""

    def check(place: Installation) -> list[Fault]:
        return list(_faults(place, profiles, links))

    return check


def rows_check(profiles: Mapping[str, Profile]) -> Check:
    """Make the check of one meter where nobody can say which links there are: all but the link."""

    def check(place: Installation) -> list[Fault]:
        profile = profiles.get(place.profile)
        links = {} if profile is None else {place.link: profile.wire}
        return [fault for fault in _faults(place, profiles, links) if fault.field != "link"]

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
    if profile.paired and place.proof_from is None:
        rule = f"is missing: {place.profile} measures nothing, so that only another meter can show what it does"
        yield Fault("proof_from", rule)
    yield from check_address(profile, place.address)


def names_faults(terms: Terms, profiles: Mapping[str, Profile]) -> Iterator[Fault]:
    """Find names in the terms that are no profile's, or no service's either: a rule for nobody looks like one."""
    listed = _listed(profiles)
    for field, names in (("required_proof", terms.required_proof), ("billing_proof_of", terms.billing_proof_of)):
        for name in names:
            if name not in profiles:
                yield Fault(f"terms.{field}.{name}", f"is no profile; there are {listed}", Because.NOT_CAPABLE)
    for name in terms.leak_watch:
        if name not in profiles and name not in set(Service):
            services = ", ".join(Service)
            rule = f"is neither a service ({services}) nor a profile; there are {listed}"
            yield Fault(f"terms.leak_watch.{name}", rule, Because.NOT_CAPABLE)


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "none"
