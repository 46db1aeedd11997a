"""The configuration read again while work is under way: what has begun ends as it began, and faults change nothing."""

from collections.abc import Mapping
from pathlib import Path

from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation_table import Trigger
from meterhold.domain.words import Outcome
from meterhold.profiles import Profile, parse_profile
from meterhold.usecases.ports import Ports
from meterhold_simulators import Fate
from tests.integration.gateway.conftest import Open
from tests.support.homes import DDS238, dds238, quick_profiles
from tests.support.journal_file import read_events
from tests.support.premises import Site

TEXT = (Path(__file__).parents[3] / "src" / "meterhold" / "profiles" / "builtin" / f"{DDS238}.yaml").read_text()


def version(old: str, new: str) -> Profile:
    """The meter's profile with something else in it, as quick as the one in use."""
    changed = TEXT.replace(old, new)
    assert changed != TEXT
    timing = quick_profiles()[DDS238].timing
    return parse_profile(changed, DDS238).with_timing(
        settle_s=timing.settle_s, poll_s=timing.poll_s, travel_s=timing.travel_s
    )


UPSIDE_DOWN = version(
    "{equals: 0, state: disconnected}\n      - {equals: 1, state: connected}",
    "{equals: 0, state: connected}\n      - {equals: 1, state: disconnected}",
)
"""Reads the relay's register the wrong way round."""
RENAMED = version("title: Hiking", "title: The good old Hiking")


def profiles_of(ports: Ports, profile: Profile) -> Mapping[str, Profile]:
    """What the gateway has, with this one in place of another."""
    return {**ports.profiles, profile.name: profile}


async def reload(here: Site, profile: Profile) -> bool:
    """Let the gateway read this profile."""
    ports = here.desk.ports
    return await here.desk.gateway.reloading.reload(lambda: (profiles_of(ports, profile), ports.terms))


def kinds(here: Site) -> list[str]:
    """What the journal says of reloads, in order."""
    return [event.kind for event in read_events(here.place.store) if "reload" in event.kind]


def made_by(here: Site) -> list[str]:
    """The profile that each intent was made by."""
    moves = [event.body["move"] for event in read_events(here.place.store) if event.kind == "operation_moved"]
    return [move["intent"]["profile"] for move in moves if move["trigger"] == Trigger.INTEND]


async def test_what_has_begun_to_write_ends_by_the_profile_that_it_began_with(open_site: Open) -> None:
    """Between write and proof another version is read, by which the meter would seem to be still connected."""
    async with open_site(dds238("E-1")) as here:
        here.fleet.set_fault("E-1", "late_write_reply_s", 0.3, times=1)
        hold = await here.desk.suspend("E-1")
        await here.fleet.journal.wait_for_writes("E-1")
        assert await reload(here, UPSIDE_DOWN)
        hold = await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert hold.legs[0].outcome is Outcome.VERIFIED
        assert here.attempts("E-1") == [Fate.APPLIED]
        assert made_by(here) == [quick_profiles()[DDS238].digest]


async def test_what_begins_later_goes_by_the_new_version(open_site: Open) -> None:
    """The restore's intent names the profile that it was made by."""
    async with open_site(dds238("E-1")) as here:
        hold = await here.desk.suspended("E-1")
        assert await reload(here, RENAMED)
        await here.desk.restored(hold.hold_id)
        assert made_by(here) == [quick_profiles()[DDS238].digest, RENAMED.digest]
        assert kinds(here) == ["configuration_reloaded"]


async def test_a_faulty_file_changes_nothing_and_is_in_the_journal(open_site: Open) -> None:
    """Not the file that is faulty, and not those beside it that are sound."""

    def read() -> tuple[Mapping[str, Profile], object]:
        raise Malformed("profiles", [Fault("x.yaml: points", "must be a mapping", line=7)])

    async with open_site(dds238("E-1")) as here:
        before = here.desk.ports.profiles
        assert not await here.desk.gateway.reloading.reload(read)  # type: ignore[arg-type]
        assert here.desk.ports.profiles is before
        (refused,) = [event for event in read_events(here.place.store) if event.kind == "reload_refused"]
        assert refused.body["faults"] == ["profiles: line 7, x.yaml: points: must be a mapping"]
        await here.desk.suspended("E-1")


async def test_a_profile_that_a_meter_needs_cannot_be_taken_away(open_site: Open) -> None:
    """Its restore could not be carried out: the reload is refused whole, and names the meter."""
    async with open_site(dds238("E-1")) as here:
        hold = await here.desk.suspended("E-1")
        ports = here.desk.ports
        without = {name: profile for name, profile in ports.profiles.items() if name != DDS238}
        assert not await here.desk.gateway.reloading.reload(lambda: (without, ports.terms))
        (refused,) = [event for event in read_events(here.place.store) if event.kind == "reload_refused"]
        assert "E-1" in refused.body["faults"][0]
        await here.desk.restored(hold.hold_id)
