"""What all parts of a fleet file share: names, and what every meter, electricity meter and water meter has."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meterhold_simulators.faults import NO_FAULTS, Faults, Model, NotNegative, misplaced

Port = Annotated[int, Field(ge=0, le=65535)]
Unit = Annotated[int, Field(ge=1, le=247)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
TopicPart = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^+#\x00]+$")]


class VoltageAt(StrEnum):
    """On which side of the contacts a meter measures voltage."""

    SUPPLY = "supply"
    LOAD = "load"


class Strict(BaseModel):
    """A part of a fleet file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MeterBase(Strict):
    """What every meter has."""

    id: Name
    model: Model
    connected: bool = True
    actuation_s: NotNegative = 0.0
    faults: Faults = NO_FAULTS

    @model_validator(mode="after")
    def _faults_mean_something(self) -> Self:
        wrong = misplaced(self.model, self.faults)
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class ElectricityBase(MeterBase):
    """What every electricity meter has."""

    load_w: NotNegative = 0.0
    voltage_v: NotNegative = 230.0
    power_factor: Annotated[float, Field(gt=0, le=1)] = 1.0
    energy_kwh: NotNegative = 0.0
    voltage_at: VoltageAt = VoltageAt.SUPPLY


class WaterBase(MeterBase):
    """What every water meter has."""

    demand_m3_h: NotNegative = 0.0
    volume_m3: NotNegative = 0.0
    travel_s: NotNegative = 8.0
