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


class Lx47leSpec(ElectricityBase):
    """A Lingxun LX47LE-125 motorised breaker. Its serial is not on the wire."""

    model: Literal[Model.LX47LE]
    listener: Name
    unit: Unit
    serial: Name | None = None
    actuation_s: NotNegative = 2.0  # the motor
    firmware: Literal["3.2", "4.6"] = "4.6"  # 3.2 has no switch register, only the coil
    automatic: bool = False
    remote_locked: bool = False
    frequency_counts_per_hz: Literal[10, 100] = 10  # sources differ


class NeptunSpec(WaterBase):
    """A Neptun Smart with two groups of taps, behind a Modbus TCP port of its own. It has no serial on the wire."""

    model: Literal[Model.NEPTUN]
    listener: Name
    unit: Unit = 240
    serial: Name | None = None
    two_groups: bool = False
    second_demand_m3_h: NotNegative = 0.0
    close_on_sensor_loss: bool = False
    keyboard_lock: bool = False
    floor_wash: bool = False
    pulse_l: Literal[1, 10, 100] = 10


class WbMwacSpec(WaterBase):
    """A Wiren Board WB-MWAC v2 with a valve on its first output."""

    model: Literal[Model.WB_MWAC]
    listener: Name
    unit: Unit
    serial: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]
    safe_state: Literal["connected", "disconnected"] = "disconnected"


class Acti9Spec(ElectricityBase):
    """One channel of a Schneider Acti9 I/O Smart Link; rows with the same unit are channels of one module."""

    model: Literal[Model.ACTI9]
    listener: Name
    unit: Unit
    channel: Annotated[int, Field(ge=1, le=11)] = 1
    serial: Annotated[str, Field(pattern=r"^[0-9A-Z]{1,11}$")]
    product: Literal["iact24", "rca"] = "iact24"
    actuation_s: NotNegative = 0.2


class AbbA43Spec(ElectricityBase):
    """An ABB A43 whose first output drives a contactor behind the meter."""

    model: Literal[Model.ABB_A43]
    listener: Name
    unit: Unit
    serial: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]
    auxiliary_input: Annotated[int, Field(ge=1, le=4)] | None = None  # where the contactor's own contact is wired to


ModbusSpec = Dds238Spec | XintaiSpec | Lx47leSpec | NeptunSpec | WbMwacSpec | Acti9Spec | AbbA43Spec
