"""The Modbus models of a fleet file."""

from typing import Annotated, Literal

from pydantic import Field

from meterhold_simulators.faults import Model, NotNegative, Positive
from meterhold_simulators.spec_base import ElectricityBase, Name, Unit, WaterBase


class Dds238Spec(ElectricityBase):
    """A Hiking DDS238-2 ZN/SR on a Modbus line. Its serial is not on the wire."""

    model: Literal[Model.DDS238]
    listener: Name
    unit: Unit
    serial: Name | None = None
    register_follows: Literal["command", "armature"] = "command"


class XintaiSpec(WaterBase):
    """A Kaifeng Xintai valve meter on a Modbus line."""

    model: Literal[Model.XINTAI]
    listener: Name
    unit: Unit
    serial: Annotated[str, Field(pattern=r"^[0-9]{1,16}$")]
    battery_v: Positive = 3.6
    remaining_m3: NotNegative = 100.0
    pressure_mpa: NotNegative = 0.3
    temperature_c: float = 12.0


ModbusSpec = Dds238Spec | XintaiSpec
