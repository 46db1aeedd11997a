"""The MQTT models of a fleet file that came after the first two: Tasmota, Home Assistant valves, LoRaWAN valves."""

from typing import Annotated, Literal

from pydantic import Field

from meterhold_simulators.faults import Model, NotNegative, Positive
from meterhold_simulators.spec_base import ElectricityBase, Name, Strict, TopicPart, WaterBase

Percent = Annotated[int, Field(ge=0, le=100)]
TopicLevel = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^+#/\x00]+$")]


class NetworkServerSpec(Strict):
    """A LoRaWAN network server (ChirpStack v4) with its MQTT integration, in one application."""

    broker: Name
    application_id: Annotated[str, Field(pattern=r"^[\w-]{1,64}$")] = "7d6d2b5c-8a9e-4a59-a7a4-43b1f6a3a3f1"
    rx_after_s: NotNegative = 1.0  # from an uplink to the device's receive window


class TasmotaSpec(ElectricityBase):
    """A Tasmota plug or relay with energy measurement."""

    model: Literal[Model.TASMOTA]
    broker: Name
    mac: Annotated[str, Field(pattern=r"^[0-9A-F]{12}$")]
    topic: TopicLevel | None = None  # default: tasmota_<last six digits of the MAC>
    group_topic: TopicLevel = "tasmotas"
    tele_period_s: Positive | None = 300.0
    pulse_time: Annotated[int, Field(ge=0, le=64900)] = 0  # as somebody has set it: tenths of s, from 112 s + 100
    own_connection: bool = False  # a connection of its own, so that its will speaks for it alone


class HaValveSpec(WaterBase):
    """A valve whose firmware keeps to Home Assistant's MQTT valve convention; it measures no water."""

    model: Literal[Model.HA_VALVE]
    broker: Name
    topic: TopicPart
    serial: Name | None = None
    reports: Literal["state", "position", "json"] = "state"
    position_open: int = 100
    position_closed: int = 0
    retain: bool = True
    report_every_s: Positive | None = None  # most say something only when it changes
    own_connection: bool = False


class LoraBase(WaterBase):
    """What every class A valve behind a network server has: it hears only just after it has spoken."""

    server: Name
    dev_eui: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    uplink_every_s: Positive = 600.0
    answer_after_s: NotNegative = 1.0  # from a downlink to the uplink that answers it
    report_after_s: NotNegative = 1.0  # from rest to the uplink that tells of a movement


class Uc511Spec(LoraBase):
    """A Milesight UC511 with a valve and a pulse meter on its first channel."""

    model: Literal[Model.UC511]
    serial_number: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] = "6412b8c3a0920012"
    battery_pct: Percent = 92
    pressure_kpa: Annotated[int, Field(ge=0, le=0xFFFF)] | None = None
    litres_per_pulse: Positive = 1.0
    travel_s: NotNegative = 0.1  # a solenoid


class StregaSpec(LoraBase):
    """A STREGA motorised valve, maybe with a pulse meter on its counter input."""

    model: Literal[Model.STREGA]
    battery_mv: Annotated[int, Field(ge=0, le=9999)] = 3600
    litres_per_pulse: Positive | None = None  # no counter without


DirectSpec = TasmotaSpec | HaValveSpec
LoraSpec = Uc511Spec | StregaSpec
