"""What went through a meter during a hold, by the registers that count what a customer draws."""

from collections.abc import Iterator, Mapping, Sequence

from meterhold.domain.hold import Leg
from meterhold.domain.observation import Observation, RegisterReading
from meterhold.domain.words import Moment, Quality, Quantity

CONSUMED = frozenset({Quantity.ENERGY_IMPORT_KWH, Quantity.ENERGY_TOTAL_KWH, Quantity.VOLUME_M3})
"""Registers that only ever count up, by what the customer draws."""


def baseline(leg: Leg) -> Mapping[Quantity, RegisterReading]:
    """The registers that use during a hold is counted from. After an exchange: the new meter's first ones."""
    if leg.exchanges:
        return {reading.quantity: reading for reading in leg.exchanges[-1].initial}
    return {
        one.name: RegisterReading(one.name, one.value, one.quality, one.at)
        for one in leg.registers
        if one.moment is Moment.AFTER_SUSPEND
    }


def used_since(leg: Leg, look: Observation) -> Iterator[tuple[RegisterReading, RegisterReading]]:
    """Each register that counts consumption: as it stood when the hold began to count, and as this look shows it."""
    begun = baseline(leg)
    for reading in look.registers + look.paired:
        old = begun.get(reading.quantity)
        if old is not None and reading.quantity in CONSUMED and reading.at >= old.at:
            yield old, reading


def went_back(
    now: Sequence[RegisterReading], before: Sequence[RegisterReading]
) -> tuple[RegisterReading, RegisterReading] | None:
    """A register that stands lower than it once did, with what it was then. One of unknown age says nothing."""
    for reading in now:
        if reading.quantity not in CONSUMED or reading.quality is Quality.UNDATED:
            continue
        for old in before:
            if old.quantity is reading.quantity and reading.value < old.value and reading.at >= old.at:
                return old, reading
    return None


def measured(reading: RegisterReading) -> str:
    """A reading for people, with unit and time."""
    return f"{reading.value} {reading.quantity.unit} at {reading.at.isoformat()}"
