"""Commands: which steps bring supply to which state, and how a reconnect may end."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from meterhold.domain.words import SupplyState
from meterhold.profiles.language.base import DeviceCause, Part, Text
from meterhold.profiles.language.points import Scale
from meterhold.profiles.language.steps import ModbusStep, MqttStep, in_order

TARGETS: Mapping[str, SupplyState] = {
    "disconnect": SupplyState.DISCONNECTED,
    "connect": SupplyState.CONNECTED,
    "restrict": SupplyState.RESTRICTED,
    "arm": SupplyState.ARMED,
}
"""What each command leads to."""


class LimitRange(Part):
    """The limits that a restriction can have, in the unit in which orders ask for them."""

    unit: Text
    at_least: Annotated[Decimal, Field(ge=0)]
    at_most: Decimal
    """The same as ``at_least`` where the device knows one limit only."""
    scale: Scale = Decimal(1)
    """What one count is worth, where a step writes the limit."""

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        if self.at_most < self.at_least:
            raise ValueError("at_most is less than at_least")
        return self

    def counts(self, limit: Decimal) -> int | None:
        """The limit in counts; nothing if it is out of range, or between two counts."""
        counts = limit / self.scale
        return int(counts) if self.at_least <= limit <= self.at_most and counts == int(counts) else None


class ModbusCommand(Part):
    """What brings supply to a state over Modbus."""

    limit: LimitRange | None = None
    """Of ``restrict``: what it can be told, or always does."""
    steps: Annotated[tuple[ModbusStep, ...], Field(min_length=1)]
    exceptions: dict[Annotated[int, Field(ge=1, le=255)], DeviceCause] = Field(default={})
    """What this model means by an exception code, beyond the standard."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.steps)
        return self


class MqttCommand(Part):
    """What brings supply to a state over MQTT."""

    limit: LimitRange | None = None
    """Of ``restrict``: what it can be told, or always does."""
    steps: Annotated[tuple[MqttStep, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.steps)
        return self


class ModbusCommands(Part):
    """The movements that a model can be told."""

    disconnect: ModbusCommand | None = None
    connect: ModbusCommand | None = None
    restrict: ModbusCommand | None = None
    """To a trickle of water, or a limit of power."""
    arm: ModbusCommand | None = None
    """Ready for reconnection: the customer presses the button."""
    withdraw: ModbusCommand | None = None
    """Takes back a movement that the device or its carrier has not made yet. Moves nothing by itself."""


class MqttCommands(Part):
    """The movements that a model can be told."""

    disconnect: MqttCommand | None = None
    connect: MqttCommand | None = None
    restrict: MqttCommand | None = None
    """To a trickle of water, or a limit of power."""
    arm: MqttCommand | None = None
    """Ready for reconnection: the customer presses the button."""
    withdraw: MqttCommand | None = None
    """Takes back a movement that the device or its carrier has not made yet. Moves nothing by itself."""


Commands = ModbusCommands | MqttCommands
Command = ModbusCommand | MqttCommand


class Reconnect(Part):
    """How a reconnection may end."""

    ends_in: Annotated[tuple[Literal[SupplyState.CONNECTED, SupplyState.ARMED], ...], Field(min_length=1)]
    """``connected``: supply is back. ``armed``: the customer must press the button."""


def movements(commands: Commands) -> dict[str, Command]:
    """The commands that lead to a state, by name."""
    named = {name: getattr(commands, name) for name in TARGETS}
    return {name: command for name, command in named.items() if command is not None}
