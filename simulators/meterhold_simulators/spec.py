"""What a fleet file may say: brokers, listeners, bridges and meters. Unknown keys are errors."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meterhold_simulators.faults import NO_FAULTS, Faults, Model, NotNegative, Positive, misplaced
from meterhold_simulators.journal import DEFAULT_LIMIT

Port = Annotated[int, Field(ge=0, le=65535)]
Unit = Annotated[int, Field(ge=1, le=247)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
TopicPart = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^+#\x00]+$")]


class Framing(StrEnum):
    """How frames are delimited on a TCP listener."""

    MBAP = "mbap"
    RTU = "rtu"


class VoltageAt(StrEnum):
    """On which side of the contacts a meter measures voltage."""

    SUPPLY = "supply"
    LOAD = "load"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerSpec(_Strict):
    """An MQTT broker the simulated devices connect to."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str | None = None
    password: str | None = None
    reconnect_s: Positive = 0.5


class ListenerSpec(_Strict):
    """A TCP port that stands for a Modbus TCP peer or for a serial line behind a converter."""

    host: str = "127.0.0.1"
    port: Port = 0  # 0: a free port, reported when ready
    framing: Framing = Framing.MBAP
    baud: Annotated[int, Field(ge=300)] | None = None  # pace answers as a line of this speed would
    bits_per_char: Annotated[int, Field(ge=9, le=12)] = 10
    turnaround_s: NotNegative = 0.0
    max_connections: Annotated[int, Field(ge=1)] | None = None


class BridgeSpec(_Strict):
    """A Zigbee2MQTT-like bridge; the defaults are its traps."""

    broker: Name
    base_topic: TopicPart = "zigbee2mqtt"
    optimistic: bool = True
    cache_state: bool = True
    last_seen: Literal["ISO_8601", "disable"] = "ISO_8601"
    include_device_information: bool = True


class _MeterSpec(_Strict):
    id: Name
    connected: bool = True
    actuation_s: NotNegative = 0.0
    faults: Faults = NO_FAULTS

    @model_validator(mode="after")
    def _faults_mean_something(self) -> Self:
        wrong = misplaced(Model(getattr(self, "model", "")), self.faults)
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class _ElectricitySpec(_MeterSpec):
    load_w: NotNegative = 0.0
    voltage_v: NotNegative = 230.0
    power_factor: Annotated[float, Field(gt=0, le=1)] = 1.0
    energy_kwh: NotNegative = 0.0
    voltage_at: VoltageAt = VoltageAt.SUPPLY


class _WaterSpec(_MeterSpec):
    demand_m3_h: NotNegative = 0.0
    volume_m3: NotNegative = 0.0
    travel_s: NotNegative = 8.0


class Dds238Spec(_ElectricitySpec):
    """A Hiking DDS238-2 ZN/SR on a Modbus line. Its serial is not on the wire."""

    model: Literal[Model.DDS238]
    listener: Name
    unit: Unit
    serial: Name | None = None
    register_follows: Literal["command", "armature"] = "command"


class XintaiSpec(_WaterSpec):
    """A Kaifeng Xintai valve meter on a Modbus line."""

    model: Literal[Model.XINTAI]
    listener: Name
    unit: Unit
    serial: Annotated[str, Field(pattern=r"^[0-9]{1,16}$")]
    battery_v: Positive = 3.6
    remaining_m3: NotNegative = 100.0
    pressure_mpa: NotNegative = 0.3
    temperature_c: float = 12.0


class ShellySpec(_ElectricitySpec):
    """A Shelly Plus/Pro 1PM on a broker."""

    model: Literal[Model.SHELLY_1PM]
    broker: Name
    mac: Annotated[str, Field(pattern=r"^[0-9A-F]{12}$")]
    prefix: TopicPart | None = None  # default: shellypro1pm-<mac>
    status_ntf: bool = True
    enable_control: bool = True
    notify_every_s: Positive | None = 60.0
    own_connection: bool = False  # a connection of its own, so that its will speaks for it alone


class SwvSpec(_WaterSpec):
    """A SONOFF SWV valve behind a Zigbee2MQTT bridge."""

    model: Literal[Model.SWV]
    bridge: Name
    name: TopicPart
    ieee: Annotated[str, Field(pattern=r"^0x[0-9a-f]{16}$")]
    battery_pct: Annotated[int, Field(ge=0, le=100)] = 87
    report_after_s: NotNegative = 0.1  # from rest to the state report
    flow_report_after_s: NotNegative = 0.3  # from the state report to the flow report
    report_every_s: Positive | None = 60.0
    flow_ripple: Annotated[float, Field(ge=0, lt=1)] = (
        0.0  # a tap's draw is never quite constant: per report, up or down
    )
    retain: bool = False


MeterSpec = Annotated[Dds238Spec | XintaiSpec | ShellySpec | SwvSpec, Field(discriminator="model")]
ElectricitySpec = Dds238Spec | ShellySpec
WaterSpec = XintaiSpec | SwvSpec


class FleetSpec(_Strict):
    """A whole fleet."""

    time_scale: Positive = 1.0
    journal_limit: Annotated[int, Field(ge=1)] = DEFAULT_LIMIT
    brokers: dict[Name, BrokerSpec] = {}
    listeners: dict[Name, ListenerSpec] = {}
    bridges: dict[Name, BridgeSpec] = {}
    meters: tuple[MeterSpec, ...] = ()

    def with_broker(self, host: str, port: int) -> "FleetSpec":
        """The same fleet with every broker at this address."""
        moved = {name: broker.model_copy(update={"host": host, "port": port}) for name, broker in self.brokers.items()}
        return self.model_copy(update={"brokers": moved})
