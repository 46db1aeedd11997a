"""The safety floor, which no configuration can lower: what stands here is code on purpose."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.meter import Meter
from meterhold.domain.policy.verdict import Effect, Verdict
from meterhold.domain.words import Because, Flag, Reason, Service

FLOOR_VERSION = "floor-2"

MONEY_REASONS = frozenset({Reason.NON_PAYMENT, Reason.FINANCIAL_HARDSHIP})
"""Nobody is cut off from what they live on for money: no override helps there, whoever agrees to it."""

_PROTECTED: Mapping[Flag, str] = {
    Flag.LIFE_SUPPORT: "supplies life-support premises",
    Flag.MEDICAL: "supplies a person who depends on it for their health",
    Flag.MASTER_METERED: "supplies several homes",
}


@dataclass(frozen=True, slots=True)
class Override:
    """The sender knows that the premises are protected, and says why they are to be disconnected all the same."""

    why: str
    reason: Reason


def floor(meters: Iterable[Meter], at: datetime, override: Override | None = None) -> tuple[Verdict, ...]:
    """Judge a disconnection of these meters: protected premises are refused, and a fire service always.

    With an override a second person decides, except where the reason is money.
    """
    return tuple(verdict for meter in meters for verdict in _judge(meter, at, override))


def _judge(meter: Meter, at: datetime, override: Override | None) -> Iterator[Verdict]:
    place = meter.installation
    facts = {"meter_id": place.meter_id, "service": str(place.service)}
    for flag in Flag:
        if flag not in place.flags:
            continue
        if flag is Flag.FIRE_SERVICE:
            fed = "sprinkler" if place.service is Service.WATER else "service"
            sentence = f"{place.meter_id} feeds a fire {fed} and may not be disconnected"
            yield Verdict("floor.fire_service", FLOOR_VERSION, Effect.REFUSE, at, Because.FIRE_SERVICE, sentence, facts)
        else:
            yield _of_protected(flag, place.meter_id, at, override, facts)


def _of_protected(flag: Flag, meter_id: str, at: datetime, override: Override | None, facts: dict[str, str]) -> Verdict:
    effect, sentence = Effect.REFUSE, f"{meter_id} {_PROTECTED[flag]} and may not be disconnected"
    if override is not None and override.reason in MONEY_REASONS:
        sentence = f"{sentence}: for {override.reason} no override is accepted"
    elif override is not None:
        effect, sentence = Effect.NEEDS_APPROVAL, f"{meter_id} {_PROTECTED[flag]}; a second person decides"
        facts = facts | {"override": override.why}
    return Verdict(f"floor.{flag}", FLOOR_VERSION, effect, at, Because.PROTECTED_CUSTOMER, sentence, facts)
