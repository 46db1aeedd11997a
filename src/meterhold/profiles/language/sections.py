"""The sections that both wires share: what points mean, what forbids a movement, and how long to wait."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from meterhold.domain.words import Evidence, Identity, SupplyState
from meterhold.profiles.language.base import DeviceCause, Part, PointName
from meterhold.profiles.language.conditions import Condition, PointCondition

Seconds = Annotated[float, Field(ge=0, le=86400)]

Age = Annotated[float, Field(gt=0, le=7 * 86400)]
"""How old something may be."""

Decoded = Literal[
    SupplyState.CONNECTED,
    SupplyState.DISCONNECTED,
    SupplyState.MOVING,
    SupplyState.FAULT,
    SupplyState.ARMED,
    SupplyState.RESTRICTED,
]


class StateTest(Condition):
    """If this holds, supply is in this state. What no test matches is unknown."""

    state: Decoded


class StateSource(Part):
    """A point that tells the supply state."""

    point: PointName
    evidence: Literal[Evidence.ECHO, Evidence.DRIVER]
    """``echo``: it may be only the command repeated, and alone proves nothing. ``driver``: the actuator's position."""
    decode: Annotated[tuple[StateTest, ...], Field(min_length=1)]
    """Tried in order; the first that holds decides."""
    valid_within_s: Age | None = None
    """For a reported point: how old its message may be; by default as its report says."""


class LoadSource(Part):
    """A point on the customer's side of the switch. Its size counts, whichever way it flows."""

    point: PointName
    above: Annotated[Decimal, Field(ge=0)]
    """More than this is a load."""
    valid_within_s: Age | None = None
    """For a cached point: how recent its last change must be, where no write gives a later bound. For a reported
    point: how old its message may be; by default as its report says."""
    meaningful_when: PointCondition | None = None
    """If given and not met, this point says nothing: no flow in an empty pipe proves no closed valve."""


class VoltageSource(Part):
    """A point that tells whether one side of the switch is alive."""

    point: PointName
    above: Annotated[Decimal, Field(ge=0)]
    """More than this is alive, in the unit of the point."""


class Guard(PointCondition):
    """What must hold for this profile to be the right one: a model, a firmware, a register map.

    Where it does not, nothing that was read means what the profile says: the look knows neither who answered nor how
    supply stands.
    """


class AlarmRule(PointCondition):
    """Something that a person should know of, and that forbids nothing."""

    because: DeviceCause


class InterlockRule(PointCondition):
    """Something in the device that forbids a movement while it holds."""

    because: DeviceCause
    blocks: Annotated[tuple[Literal["disconnect", "connect"], ...], Field(min_length=1)]


class IdentitySource(Part):
    """How strongly a look knows which meter answered."""

    strength: Identity
    point: PointName | None = None
    """The point that carries the serial number or the device id."""
    register_: Annotated[PointName | None, Field(alias="register")] = None
    """The billing register whose plausible step is the fingerprint."""

    @model_validator(mode="after")
    def _what_it_needs(self) -> Self:
        by_point = self.strength in {Identity.SERIAL, Identity.DEVICE_ID}
        if by_point is not (self.point is not None):
            raise ValueError(f"strength {self.strength} {'needs' if by_point else 'has no'} point")
        by_register = self.strength is Identity.FINGERPRINT
        if by_register is not (self.register_ is not None):
            raise ValueError(f"strength {self.strength} {'needs' if by_register else 'has no'} register")
        return self


class Timing(Part):
    """How long the device takes."""

    settle_s: Seconds
    """After a write, wait this long before the first look."""
    poll_s: Annotated[float, Field(gt=0, le=86400)]
    """Between looks."""
    travel_s: Seconds
    """A movement is over after this; only then may a look conclude that nothing moved."""
    interlock_recheck_s: Annotated[float, Field(gt=0, le=86400)]
    """How often an interlock that stops a restore is looked at again."""
    post_check_s: Seconds = 60
    """This long after a verified movement it is looked at once more: a device may go back by itself. 0: not at all."""
    proof_window_s: Annotated[float, Field(ge=86_400, le=366 * 86_400)] | None = None
    """A register that stands still for so long while the supply side is alive shows that nothing is drawn, even by a
    house that drew nothing when it was switched off. Not given: it never does."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.travel_s < self.settle_s:
            raise ValueError("travel_s must not be less than settle_s")
        return self
