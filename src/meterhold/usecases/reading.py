"""A live read: the meter's true state now, for a technician or a desk."""

from collections.abc import Sequence
from dataclasses import dataclass

from meterhold.domain.commands import ObserveMeter
from meterhold.domain.errors import MeterRefused, NoAnswer, StoreUnavailable, UnknownThing
from meterhold.domain.identity import IdentityVerdict, check_identity
from meterhold.domain.meter import Actual, Meter
from meterhold.domain.observation import Observation
from meterhold.domain.proof import resting
from meterhold.domain.words import Because, Proof, SupplyState
from meterhold.profiles import Profile, plan_look, show_points
from meterhold.profiles.wire import MqttLatest, Question, Reply
from meterhold.usecases.looking import Sight, ask, link_of, profile_of
from meterhold.usecases.pairing import joined, see_witness
from meterhold.usecases.ports import Ports, Turn


@dataclass(frozen=True, slots=True)
class Unread:
    """A point that the read did not bring, and why."""

    point: str
    because: Because
    detail: str


@dataclass(frozen=True, slots=True)
class Readout:
    """What a live read saw."""

    meter: Meter
    observation: Observation
    actual: SupplyState
    proof: Proof
    took_s: float
    unread: tuple[Unread, ...] = ()
    stranger: IdentityVerdict | None = None
    """Why it is not sure that the meter which answered is the one that is meant; nothing of it then counts."""
    recorded: bool = True
    """The journal has it; ``False``: the store could not be written, and the meter was read all the same."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with its answer, or why there is none."""

    reply: Reply | None
    failure: NoAnswer | MeterRefused | None = None


async def read_meter(ports: Ports, meter_id: str) -> Readout:
    """Look at a meter now, in the order of turns, and keep what was seen. Raises ``UnknownThing`` or ``WireError``.

    What one question did not bring does not hide what the others did.
    """
    meter = await ports.queries.meter(meter_id)
    if meter is None:
        raise UnknownThing(Because.UNKNOWN_METER, f"there is no meter {meter_id!r}")
    started = ports.clock.monotonic()
    profile = profile_of(ports, meter)
    witness = await see_witness(ports, meter, None, must=False)
    async with ports.links.turn(link_of(ports, meter)) as turn:
        asked = await _ask_all(turn, plan_look(profile, meter.installation.address))
    sight = Sight(profile, [one.reply for one in asked], ports.clock.now())
    own = sight.since(None)
    unread = _unread(profile, asked, sight)
    verdict = check_identity(meter, None, profile.identity, own, disconnects=False)
    if not verdict.ok:
        # Another meter answered: nothing was seen of ours, and its register must not become what ours is measured by.
        took_s = ports.clock.monotonic() - started
        return Readout(meter, own, SupplyState.UNKNOWN, Proof.NONE, took_s, unread, verdict, recorded=False)
    seen = joined(own, witness, None)
    state, proof = resting(seen)
    kept = await _keep(ports, meter, Actual(state, proof, seen.source, seen.at), seen)
    took_s = ports.clock.monotonic() - started
    return Readout(kept or meter, seen, state, proof, took_s, unread, recorded=kept is not None)


async def _ask_all(turn: Turn, questions: Sequence[Question]) -> list[_Asked]:
    """Ask everything. A meter that once kept silent is not asked again in this turn: others wait for the line.

    Raises the first failure where nothing that was asked was answered: what the device said earlier is no live read.
    """
    asked: list[_Asked] = []
    silent: NoAnswer | None = None
    for question in questions:
        one = _Asked(None, silent)
        if silent is None or isinstance(question, MqttLatest):
            one = await _ask(turn, question)
        if isinstance(one.failure, NoAnswer) and not isinstance(question, MqttLatest):
            silent = one.failure
        asked.append(one)
    put = [one for question, one in zip(questions, asked, strict=True) if not isinstance(question, MqttLatest)] or asked
    failures = [one.failure for one in put if one.failure is not None]
    if failures and len(failures) == len(put):
        raise failures[0]
    return asked


async def _ask(turn: Turn, question: Question) -> _Asked:
    try:
        return _Asked(await ask(turn, question))
    except (NoAnswer, MeterRefused) as failure:
        return _Asked(None, failure)


def _unread(profile: Profile, asked: Sequence[_Asked], sight: Sight) -> tuple[Unread, ...]:
    """The points of which nothing came, in the order of the profile."""
    missing = []
    shown = show_points(profile, sight.replies, sight.at)
    for point, reader in zip(shown, profile.look.points, strict=True):
        if point.raw is not None:
            continue
        failure = asked[reader.reply].failure if reader.reply < len(asked) else None
        if failure is not None:
            missing.append(Unread(point.name, failure.because, failure.detail))
        elif asked[reader.reply].reply is None:
            missing.append(Unread(point.name, Because.NO_EVIDENCE, "the device has not said it yet"))
        else:
            missing.append(Unread(point.name, Because.NO_EVIDENCE, "the answer does not hold it, or no number"))
    return tuple(missing)


async def _keep(ports: Ports, meter: Meter, actual: Actual, seen: Observation) -> Meter | None:
    """Leave it in the journal; a store that cannot be written must not keep a technician from seeing the meter."""
    register = seen.registers[0] if seen.registers else None
    command = ObserveMeter(ports.clock.now(), meter.meter_id, actual, seen.identity.strength, register)
    try:
        draft = await ports.journal.submit(command)
    except StoreUnavailable:
        return None
    return draft.meter(meter.meter_id)
