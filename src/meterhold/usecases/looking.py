"""Looking at a meter: ask what its profile asks for, and decode the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.errors import MeterholdError, NoAnswer
from meterhold.domain.meter import Meter
from meterhold.domain.next_step import Timing
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Operation
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because, Identity, SupplyState
from meterhold.profiles import Profile, decode_look, plan_latest, plan_look
from meterhold.profiles.wire import MqttLatest, Question, Reply
from meterhold.usecases.ports import Ports, Turn
from meterhold.usecases.sharding import shard_of


class ProfileMissing(MeterholdError):
    """The meter's profile is not loaded: nothing can be asked or written."""

    because = Because.NOT_CAPABLE


def profile_of(ports: Ports, meter: Meter) -> Profile:
    """Find the meter's profile."""
    try:
        return ports.profiles[meter.installation.profile]
    except KeyError:
        msg = f"meter {meter.meter_id} names the profile {meter.installation.profile!r}, which is not loaded"
        raise ProfileMissing(msg) from None


def profile_in_use(ports: Ports, meter: Meter, operation: Operation) -> Profile:
    """Find the profile that an operation goes by: the one that its write was made by, as long as that is known."""
    begun_with = None if operation.intent is None else ports.settled.version(operation.intent.profile)
    # A meter that is said to be another model now is another meter: nothing of the former one holds for it.
    if begun_with is not None and begun_with.name == meter.installation.profile:
        return begun_with
    return profile_of(ports, meter)


def link_of(ports: Ports, meter: Meter) -> str:
    """The link that carries the meter."""
    return shard_of(ports.links, meter.installation.link, meter.meter_id)


def timing_of(profile: Profile) -> Timing:
    """Take a profile's times over into the terms of the protocol."""
    timing, carrier = profile.timing, profile.carrier
    return Timing(
        timing.settle_s,
        timing.poll_s,
        timing.travel_s,
        timing.interlock_recheck_s,
        latency_s=0.0 if carrier is None else carrier.latency_s,
        withdraws=profile.definition.commands.withdraw is not None,
    )


@dataclass(frozen=True, slots=True)
class Sight:
    """What the questions of one look brought. What it is worth depends on the moment that it is to tell of."""

    profile: Profile
    replies: Sequence[Reply | None]
    at: datetime

    def since(self, after: datetime | None) -> Observation:
        """Decode it. ``after`` is when a write was delivered: only what the device supplied later counts.

        Raises ``NoAnswer`` where the device is said to be offline: what it said before that is no answer.
        """
        seen = decode_look(self.profile, self.replies, self.at, after)
        if seen.state is SupplyState.UNKNOWN and seen.identity.strength is Identity.NONE:
            gone = next((lock for lock in seen.interlocks if lock.because is Because.DEVICE_OFFLINE), None)
            if gone is not None:
                raise NoAnswer(gone.because, sentence(gone.because))
        return seen


def speaks_by_itself(profile: Profile, address: str) -> bool:
    """Whether a look asks the device nothing: then what it says is no answer to us, and is worth a look."""
    return all(isinstance(question, MqttLatest) for question in plan_look(profile, address))


async def look(ports: Ports, turn: Turn, meter: Meter, profile: Profile, after: datetime | None) -> Observation:
    """Look once and say what was seen since a moment. Raises ``WireError`` when the meter cannot be read."""
    return (await see(ports, turn, meter, profile, after)).since(after)


async def see(ports: Ports, turn: Turn, meter: Meter, profile: Profile, after: datetime | None) -> Sight:
    """Look once. ``after`` is when a write was delivered.

    After a write, a device that does not answer may still have spoken by itself; before one, it must answer.
    Raises ``WireError`` when the meter cannot be read.
    """
    address = meter.installation.address
    try:
        replies = [await ask(turn, question) for question in plan_look(profile, address)]
    except NoAnswer:
        spoken = plan_latest(profile, address) if after is not None else ()
        if not spoken:
            raise
        sight = Sight(profile, [await ask(turn, question) for question in spoken], ports.clock.now())
        if sight.since(after).identity.strength.rank < profile.identity.rank:
            # All that it ever said is older than the write: silence, and no stranger.
            raise
        return sight
    return Sight(profile, replies, ports.clock.now())


async def ask(turn: Turn, question: Question) -> Reply | None:
    """Ask; of what a device may never have said, nothing is an answer."""
    if not isinstance(question, MqttLatest) or not question.optional:
        return await turn.ask(question)
    try:
        return await turn.ask(question)
    except NoAnswer:
        return None
