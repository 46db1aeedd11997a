"""Making the links ready for the meters on them: when they are registered, and when other profiles count for them."""

from collections.abc import Iterable, Mapping, Sequence

import structlog

from meterhold.domain.meter import Installation
from meterhold.drivers import BrokerLink, ModbusLine, SiteLinks
from meterhold.engine.hearing import Hearing
from meterhold.profiles import Profile, check_address, command_topics, follows
from meterhold.profiles.wire import Follow
from meterhold.usecases.looking import speaks_by_itself
from meterhold.usecases.settled import Settled
from meterhold.usecases.sharding import shard_of

_log = structlog.get_logger()


def attend(links: SiteLinks, hearing: Hearing, settled: Settled, places: Sequence[Installation]) -> None:
    """Make the links ready for these meters."""
    _suit(links, settled.profiles, places)
    _follow(links, hearing, settled.profiles, places)


def _suit(links: SiteLinks, profiles: Mapping[str, Profile], places: Iterable[Installation]) -> None:
    """Treat each line as the meters on it need, and say where the configuration does not let us."""
    for name, profile_name in sorted({(place.link, place.profile) for place in places}):
        line, profile = links.driver(name), profiles.get(profile_name)
        if isinstance(line, ModbusLine) and profile is not None and profile.line is not None:
            for need in line.suit(profile.line):
                _log.warning("the link is not set as its meters need", link=name, profile=profile_name, need=need)


def _follow(
    links: SiteLinks, hearing: Hearing, profiles: Mapping[str, Profile], places: Iterable[Installation]
) -> None:
    """Hear what these meters say by themselves, and look for commands that somebody left for them."""
    topics: dict[str, list[Follow]] = {}
    commands: dict[str, list[str]] = {}
    for place in places:
        profile = profiles.get(place.profile)
        if profile is not None and not check_address(profile, place.address):
            name = shard_of(links, place.link, place.meter_id)
            speaks, obeys = follows(profile, place.address), command_topics(profile, place.address)
            topics.setdefault(name, []).extend(speaks)
            commands.setdefault(name, []).extend(obeys)
            # What a device that must be asked says by itself is no reason to ask it.
            by_itself = speaks if speaks_by_itself(profile, place.address) else ()
            hearing.learn(place.link, place.meter_id, speaks_on=(one.topic for one in by_itself), obeys=obeys)
    for name, wanted in topics.items():
        link = links.driver(name)
        if isinstance(link, BrokerLink):
            link.follow(wanted)
            link.watch_commands(commands[name])
