"""Whether the meter that answered is the meter that is meant. Checked at every look, so before every write."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from meterhold.domain.meter import Meter
from meterhold.domain.observation import Observation, RegisterReading
from meterhold.domain.words import Because, Identity, Quantity

LONG_GAP = timedelta(days=400)
"""A fingerprint that nobody saw for longer than this says nothing any more."""
_DEFAULT_RATED_KW = Decimal(25)
_DEFAULT_RATED_M3_H = Decimal(10)
_MARGIN = Decimal("1.2")
_ALLOWANCE = Decimal(1)


@dataclass(frozen=True, slots=True)
class IdentityVerdict:
    """Whether to go on, and if not, why."""

    ok: bool
    strength: Identity
    because: Because | None = None
    detail: str = ""
    voids_commissioning: bool = False


def check_identity(
    meter: Meter,
    expected_serial: str | None,
    profile_gives: Identity,
    look: Observation,
    *,
    disconnects: bool,
) -> IdentityVerdict:
    """Compare who answered with who is meant."""
    seen = look.identity
    if seen.strength.rank < profile_gives.rank:
        return _mismatch(seen.strength, f"the meter did not give its {profile_gives}")
    if seen.strength.rank >= Identity.DEVICE_ID.rank:
        expected = expected_serial or meter.installation.serial
        if expected is not None:
            if seen.value is not None and _same(seen.value, expected):
                return IdentityVerdict(ok=True, strength=seen.strength)
            return _mismatch(seen.strength, f"{seen.value!r} answered where {expected!r} is meant")
    return _by_fingerprint(meter, look, disconnects=disconnects)


def _by_fingerprint(meter: Meter, look: Observation, *, disconnects: bool) -> IdentityVerdict:
    strength = look.identity.strength
    record = meter.commissioning
    if record is None or record.wiring != meter.wiring:
        if not disconnects:
            return IdentityVerdict(ok=True, strength=strength)
        detail = (
            "it cannot say who it is and nobody has confirmed it at this address"
            if record is None
            else f"it was confirmed as {record.wiring}, and is now {meter.wiring}"
        )
        return IdentityVerdict(
            ok=False,
            strength=strength,
            because=Because.NOT_COMMISSIONED,
            detail=f"{detail}: run `meter verify`",
            voids_commissioning=record is not None,
        )
    last = meter.last_register or record.baseline
    if last is None:
        return IdentityVerdict(ok=True, strength=strength)
    reading = look.register(last.quantity)
    if reading is None:
        return _mismatch(strength, f"it gave no {last.quantity}, which it has given before", voids=True)
    complaint = _implausible(meter, last, reading)
    if complaint:
        return _mismatch(strength, complaint, voids=True)
    if disconnects and look.at - last.at > LONG_GAP:
        return IdentityVerdict(
            ok=False,
            strength=strength,
            because=Because.NOT_COMMISSIONED,
            detail=f"it was last seen on {last.at:%Y-%m-%d}: run `meter verify`",
            voids_commissioning=True,
        )
    return IdentityVerdict(ok=True, strength=strength)


def _implausible(meter: Meter, last: RegisterReading, reading: RegisterReading) -> str | None:
    step = reading.value - last.value
    if step < 0:
        return f"{last.quantity} went back from {last.value} to {reading.value}"
    if reading.at < last.at:
        return None
    hours = Decimal((reading.at - last.at).total_seconds()) / 3600
    most = _most_per_hour(meter, last.quantity) * hours * _MARGIN + _ALLOWANCE
    if step > most:
        return f"{last.quantity} rose by {step} within {hours:.2f} h, at most {most:.2f} is plausible"
    return None


def _most_per_hour(meter: Meter, quantity: Quantity) -> Decimal:
    if quantity in {Quantity.VOLUME_M3, Quantity.VOLUME_REVERSE_M3}:
        return _DEFAULT_RATED_M3_H
    return meter.installation.rated_load_kw or _DEFAULT_RATED_KW


def _mismatch(strength: Identity, detail: str, *, voids: bool = False) -> IdentityVerdict:
    return IdentityVerdict(
        ok=False, strength=strength, because=Because.METER_MISMATCH, detail=detail, voids_commissioning=voids
    )


def _same(seen: str, expected: str) -> bool:
    return seen.strip().casefold() == expected.strip().casefold()
