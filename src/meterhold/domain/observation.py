"""What one look at a meter saw, already decoded into the words of the trade."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhold.domain.words import Because, Identity, Quality, Quantity, SupplyState


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured value.

    ``produced_at`` is the earliest moment at which the device is known to have supplied this value: for a fresh reply
    the moment of the reply, for a cached field the last time it changed, ``None`` when nobody can say.
    """

    quantity: Quantity
    value: Decimal
    produced_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """A billing register as it stood at one look."""

    quantity: Quantity
    value: Decimal
    quality: Quality
    at: datetime


@dataclass(frozen=True, slots=True)
class Interlock:
    """Something that forbids a movement now."""

    because: Because
    blocks_disconnect: bool
    blocks_connect: bool


@dataclass(frozen=True, slots=True)
class IdentitySeen:
    """Who answered: the strongest the profile gives. A fingerprint has no value of its own."""

    strength: Identity
    value: str | None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look saw.

    ``state`` comes from points that tell the actuator's own position; ``echo_state`` from points that may only repeat
    the command. ``load`` says whether the customer's side draws (current, power, flow): ``None`` means that it was not
    measured, is older than the evidence allows, or says nothing (an empty pipe). ``load_side_voltage`` is the voltage
    behind the switch, where a device can tell.
    """

    at: datetime
    state: SupplyState = SupplyState.UNKNOWN
    echo_state: SupplyState = SupplyState.UNKNOWN
    load: bool | None = None
    load_side_voltage: bool | None = None
    supply_healthy: bool | None = None
    empty_pipe: bool = False
    identity: IdentitySeen = IdentitySeen(Identity.NONE, None)
    interlocks: tuple[Interlock, ...] = ()
    registers: tuple[RegisterReading, ...] = ()
    """Billing registers; where identity is a fingerprint, the register that it is taken from leads."""
    paired: tuple[RegisterReading, ...] = ()
    """Billing registers of the meter that it takes its proof from."""
    measured: tuple[Measured, ...] = ()
    source: str = ""
    """The points that this rests on, for the evidence: ``relay(echo), current_a(load)``."""

    @property
    def shown_state(self) -> SupplyState:
        """What the device shows, echo or not: enough to know an old state, never enough to prove a new one."""
        return self.state if self.state is not SupplyState.UNKNOWN else self.echo_state

    def register(self, quantity: Quantity) -> RegisterReading | None:
        """Find a billing register."""
        return next((r for r in self.registers if r.quantity is quantity), None)
