"""The safety floor, which no configuration can lower: what stands here is code on purpose."""

from collections.abc import Iterable
from datetime import datetime

from meterhold.domain.meter import Meter
from meterhold.domain.policy.verdict import Effect, Verdict
from meterhold.domain.words import Because, Flag, Service

FLOOR_VERSION = "floor-1"


def floor(meters: Iterable[Meter], at: datetime) -> tuple[Verdict, ...]:
    """Judge a disconnection of these meters: protected premises are refused, whoever asks and for whatever reason."""
    return tuple(verdict for meter in meters for verdict in _judge(meter, at))


def _judge(meter: Meter, at: datetime) -> Iterable[Verdict]:
    place = meter.installation
    facts = {"meter_id": place.meter_id, "service": place.service}
    if Flag.LIFE_SUPPORT in place.flags:
        yield Verdict(
            "floor.life_support",
            FLOOR_VERSION,
            Effect.REFUSE,
            at,
            Because.PROTECTED_CUSTOMER,
            f"{place.meter_id} supplies a life-support premises and may not be disconnected",
            facts,
        )
    if Flag.MEDICAL in place.flags:
        yield Verdict(
            "floor.medical",
            FLOOR_VERSION,
            Effect.REFUSE,
            at,
            Because.PROTECTED_CUSTOMER,
            f"{place.meter_id} supplies a person who depends on it for their health and may not be disconnected",
            facts,
        )
    if Flag.FIRE_SERVICE in place.flags:
        yield Verdict(
            "floor.fire_service",
            FLOOR_VERSION,
            Effect.REFUSE,
            at,
            Because.FIRE_SERVICE,
            f"{place.meter_id} feeds a fire {'sprinkler' if place.service is Service.WATER else 'service'}"
            " and may not be disconnected",
            facts,
        )
    if Flag.MASTER_METERED in place.flags:
        yield Verdict(
            "floor.master_metered",
            FLOOR_VERSION,
            Effect.REFUSE,
            at,
            Because.PROTECTED_CUSTOMER,
            f"{place.meter_id} supplies several homes and may not be disconnected",
            facts,
        )
