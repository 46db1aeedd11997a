"""What one look at a meter saw, as every face shows it."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.documents.render import decimal_text
from meterhold.domain.observation import Observation, RegisterReading
from meterhold.domain.words import Because, Identity, Quality, Quantity, SupplyState


@dataclass(frozen=True, slots=True)
class ReadingView:
    """A billing register as it stood at one look."""

    name: Quantity
    value: str
    unit: str
    quality: Quality
    at: datetime


@dataclass(frozen=True, slots=True)
class IdentityView:
    """Who answered."""

    strength: Identity
    value: str | None


@dataclass(frozen=True, slots=True)
class InterlockView:
    """Something that forbids a movement now."""

    because: Because
    blocks_disconnect: bool
    blocks_connect: bool


@dataclass(frozen=True, slots=True)
class MeasuredView:
    """One measured value, and the earliest moment at which the device is known to have supplied it."""

    name: Quantity
    value: str
    unit: str
    produced_at: datetime | None


@dataclass(frozen=True, slots=True)
class ObservationView:
    """What one look saw."""

    at: datetime
    state: SupplyState
    echo_state: SupplyState
    load: bool | None
    load_side_voltage: bool | None
    supply_healthy: bool | None
    empty_pipe: bool
    identity: IdentityView
    interlocks: tuple[InterlockView, ...]
    registers: tuple[ReadingView, ...]
    measured: tuple[MeasuredView, ...]
    source: str


def view_reading(reading: RegisterReading) -> ReadingView:
    """Show a billing register."""
    return ReadingView(
        reading.quantity, decimal_text(reading.value), reading.quantity.unit, reading.quality, reading.at
    )


def view_observation(seen: Observation) -> ObservationView:
    """Show what one look saw."""
    return ObservationView(
        at=seen.at,
        state=seen.state,
        echo_state=seen.echo_state,
        load=seen.load,
        load_side_voltage=seen.load_side_voltage,
        supply_healthy=seen.supply_healthy,
        empty_pipe=seen.empty_pipe,
        identity=IdentityView(seen.identity.strength, seen.identity.value),
        interlocks=tuple(
            InterlockView(lock.because, lock.blocks_disconnect, lock.blocks_connect) for lock in seen.interlocks
        ),
        registers=tuple(view_reading(reading) for reading in seen.registers),
        measured=tuple(
            MeasuredView(one.quantity, decimal_text(one.value), one.quantity.unit, one.produced_at)
            for one in seen.measured
        ),
        source=seen.source,
    )
