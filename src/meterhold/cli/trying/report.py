"""What trying a profile found, as a document."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, assert_never

from meterhold.cli.trying.asking import Asked, Tried, payload_of
from meterhold.cli.trying.plausible import doubt, power_doubt
from meterhold.domain.words import Quantity, SupplyState
from meterhold.profiles import PointShown, Profile
from meterhold.profiles.wire import ModbusRead, MqttAsk, MqttLatest, Question, Words


def tried_document(profile: Profile, link: str, address: str, tried: Tried) -> dict[str, Any]:
    """Everything that was asked and shown, and what a person should look at twice."""
    seen = tried.seen
    points = [_point(profile, shown) for shown in tried.points]
    return {
        "profile": profile.name,
        "version": profile.version,
        "link": link,
        "address": address,
        "written": "nothing: questions only",
        "identity": {"strength": str(seen.identity.strength), "value": seen.identity.value},
        "state": str(seen.state),
        "echo_state": str(seen.echo_state),
        "load": seen.load,
        "load_side_voltage": seen.load_side_voltage,
        "supply_healthy": seen.supply_healthy,
        "evidence": seen.source,
        "interlocks": [str(lock.because) for lock in seen.interlocks],
        "asked": [_asked(one) for one in tried.asked],
        "points": points,
        "doubts": list(_doubts(profile, tried, points)),
    }


def _point(profile: Profile, shown: PointShown) -> dict[str, Any]:
    value = shown.value
    return {
        "name": shown.name,
        "words": [f"{word:04X}" for word in shown.words],
        "raw": shown.raw,
        "value": None if value is None else f"{value:f}",
        "unit": None if shown.quantity is None else shown.quantity.unit,
        "quantity": None if shown.quantity is None else str(shown.quantity),
        "at": None if shown.produced_at is None else shown.produced_at.isoformat(),
        "doubt": _point_doubt(profile, shown),
    }


def _point_doubt(profile: Profile, shown: PointShown) -> str | None:
    if shown.raw is None:
        sentinel = profile.definition.points[shown.name].sentinel is not None
        return f"no value: absent{', its sentinel,' if sentinel else ''} or of another type"
    if shown.quantity is None or shown.value is None:
        return None
    return doubt(shown.quantity, shown.value)


def _doubts(profile: Profile, tried: Tried, points: list[dict[str, Any]]) -> Iterator[str]:
    for one in tried.asked:
        if one.failure is not None and not (isinstance(one.question, MqttLatest) and one.question.optional):
            yield f"{_question(one.question)}: {one.failure}"
    # A question without an answer explains what lacks; a point that only warns may well be absent.
    all_answered = all(one.reply is not None for one in tried.asked)
    needed = _needed(profile)
    for point in points:
        lacks = point["raw"] is None
        if point["doubt"] and (not lacks or (all_answered and point["name"] in needed)):
            yield f"{point['name']}: {point['doubt']}"
    if (wrong := power_doubt(_measured(tried))) is not None:
        yield wrong
    seen = tried.seen
    if seen.identity.strength.rank < profile.identity.rank:
        yield f"identity: the meter did not give its {profile.identity}"
    if seen.shown_state is SupplyState.UNKNOWN:
        yield "state: no test of the profile holds, or what shows it is not fresh"
    if seen.supply_healthy is False:
        yield "supply: the supply side shows no voltage"


def _needed(profile: Profile) -> set[str]:
    """The points without which the profile cannot do its work: all but those that only warn."""
    definition = profile.definition
    sources = (*definition.state, *definition.load, *definition.guards, definition.load_side, definition.supply)
    named = {source.point for source in sources if source is not None} | set(definition.registers)
    identity = definition.identity
    return named | {name for name in (identity.point, identity.register_) if name is not None}


def _measured(tried: Tried) -> dict[Quantity, Decimal]:
    """Values of quantities that only one point measures."""
    named = [shown for shown in tried.points if shown.quantity is not None and shown.value is not None]
    quantities = [shown.quantity for shown in named]
    return {
        shown.quantity: shown.value
        for shown in named
        if shown.quantity is not None and shown.value is not None and quantities.count(shown.quantity) == 1
    }


def _asked(one: Asked) -> dict[str, Any]:
    reply = one.reply
    if reply is None:
        answer = None
    elif isinstance(reply, Words):
        answer = " ".join(f"{word:04X}" for word in reply.values)
    else:
        answer = payload_of(reply) + (" (retained: of unknown age)" if reply.retained else "")
    return {"question": _question(one.question), "answer": answer, "failure": one.failure}


def _question(question: Question) -> str:
    match question:
        case ModbusRead():
            last = question.address + question.count - 1
            return f"unit {question.unit}: read {question.table} {question.address:#06x} to {last:#06x}"
        case MqttAsk():
            return f"{question.topic} {question.payload}"
        case MqttLatest():
            return f"listen on {question.topic}"
        case other:
            assert_never(other)
