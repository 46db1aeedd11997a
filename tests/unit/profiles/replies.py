"""Replies as drivers would bring them, for tests of decoding."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from meterhold.profiles import Profile, load_profiles, parse_profile, plan_latest, plan_look
from meterhold.profiles.wire import Document, ModbusRead, MqttAsk, MqttLatest, Reply, Words

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(seconds=30)
"""When the write was delivered that a look is to prove."""

PROFILES = load_profiles()
DDS238 = PROFILES["hiking-dds238-2-zn-sr"]
XINTAI = PROFILES["kaifeng-xintai-valve"]
SHELLY = PROFILES["shelly-plus-pro-1pm"]
SWV = PROFILES["z2m-sonoff-swv"]

SAMPLES = Path(__file__).parents[2] / "profiles" / "samples"


def sample(name: str) -> Profile:
    """A profile of no real device, made to show a part of the language."""
    return parse_profile((SAMPLES / f"{name}.yaml").read_text(encoding="utf-8"), name)


def words(profile: Profile, registers: Mapping[int, int]) -> list[Reply]:
    """Answer a look from a register image; what is not in it is 0."""
    replies: list[Reply] = []
    for question in plan_look(profile, "1"):
        assert isinstance(question, ModbusRead)
        span = range(question.address, question.address + question.count)
        replies.append(Words(question, tuple(registers.get(address, 0) for address in span), NOW))
    return replies


def answer(profile: Profile, value: object, changed_at: Mapping[str, datetime] | None = None) -> list[Reply]:
    """Answer a look with one fresh message."""
    (question,) = plan_look(profile, "site/device-1")
    assert isinstance(question, MqttAsk)
    return [Document(question, value, NOW, changed_at=changed_at or {})]


def latest(
    profile: Profile, value: object, *, at: datetime, retained: bool, changed_at: Mapping[str, datetime] | None = None
) -> list[Reply]:
    """Answer a look with what the device last said."""
    (question,) = plan_latest(profile, "site/device-1")
    assert isinstance(question, MqttLatest)
    return [Document(question, value, at, retained=retained, changed_at=changed_at or {})]
