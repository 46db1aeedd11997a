"""The steps of a command: write, wait, check. One thing a step, in the order in which they stand."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from meterhold.domain.words import Because
from meterhold.profiles.language.base import DeviceCause, Part
from meterhold.profiles.language.conditions import PointCondition
from meterhold.profiles.language.modbus_writes import AnyWriteStep, ComputedWriteStep, MaskedWriteStep, ModbusWriteStep
from meterhold.profiles.language.mqtt_writes import MqttWriteStep

LinkSeconds = Annotated[float, Field(gt=0, le=60)]
"""A time in which a link is kept from others."""


class CheckStep(PointCondition):
    """A test that must hold before the next step is sent."""

    within_s: LinkSeconds
    """Asked again until it holds or this has passed."""
    every_s: LinkSeconds = 0.5
    because: DeviceCause = Because.DEVICE_REFUSED
    """What it means if it never holds."""


class StepBase(Part):
    """What steps of both wires can be."""

    wait_s: LinkSeconds | None = None
    """Wait; the link is kept. The wait after the last write is ``timing.settle_s``, off the link."""
    check: CheckStep | None = None
    within_s: Annotated[float, Field(gt=0, le=600)] | None = None
    """Of a write: it is sent only if the former write was acknowledged less than this ago (arm, then execute)."""

    @property
    def writes(self) -> bool:
        """Whether this step sends something that changes the device."""
        raise NotImplementedError

    @property
    def takes_limit(self) -> bool:
        """Whether this step sends what an order asks for."""
        raise NotImplementedError

    @property
    def varies(self) -> bool:
        """Whether this step differs from one command to the next."""
        return self.takes_limit


class ModbusStep(StepBase):
    """One step of a command over Modbus."""

    write: ModbusWriteStep | None = None
    masked_write: MaskedWriteStep | None = None
    computed_write: ComputedWriteStep | None = None

    @property
    def sends(self) -> list[tuple[str, AnyWriteStep]]:
        """What this step writes, by the name of its form."""
        forms = (
            ("write", self.write),
            ("masked_write", self.masked_write),
            ("computed_write", self.computed_write),
        )
        return [(name, write) for name, write in forms if write is not None]

    @property
    def writes(self) -> bool:
        """Whether this step sends something that changes the device."""
        return bool(self.sends)

    @property
    def takes_limit(self) -> bool:
        """Whether this step sends what an order asks for."""
        return self.write is not None and self.write.takes_limit

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if len(self.sends) + (self.wait_s is not None) + (self.check is not None) != 1:
            raise ValueError("a step is exactly one of write, masked_write, computed_write, wait_s, check")
        return self


class MqttStep(StepBase):
    """One step of a command over MQTT."""

    write: MqttWriteStep | None = None

    @property
    def writes(self) -> bool:
        """Whether this step sends something that changes the device."""
        return self.write is not None

    @property
    def takes_limit(self) -> bool:
        """Whether this step sends what an order asks for."""
        return self.write is not None and self.write.takes_limit

    @property
    def varies(self) -> bool:
        """Whether this step differs from one command to the next."""
        return self.write is not None and self.write.varies

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(one is not None for one in (self.write, self.wait_s, self.check)) != 1:
            raise ValueError("a step is exactly one of write, wait_s, check")
        return self


def in_order(steps: Sequence[StepBase]) -> None:
    """Refuse steps that make no sense one after the other."""
    if steps and not any(step.writes for step in steps):
        raise ValueError("no step writes anything")
    waited_s: float | None = None
    for n, step in enumerate(steps):
        if step.within_s is not None:
            _in_time(step, n, waited_s)
        if step.writes:
            waited_s = 0
        elif waited_s is not None and step.wait_s is not None:
            waited_s += step.wait_s
    if steps and steps[-1].wait_s is not None:
        raise ValueError("the last step waits: say so with timing.settle_s, which keeps no link")


def _in_time(step: StepBase, n: int, waited_s: float | None) -> None:
    if not step.writes:
        raise ValueError(f"step {n} has a within_s and writes nothing")
    if waited_s is None:
        raise ValueError(f"step {n} has a within_s and no write before it to count from")
    if step.within_s is not None and waited_s >= step.within_s:
        raise ValueError(f"step {n} can never be sent within {step.within_s:g} s: the waits before it take as long")
