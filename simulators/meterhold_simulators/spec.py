"""What a fleet file may say: brokers, listeners, bridges and meters. Unknown keys are errors."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from meterhold_simulators.faults import Model, NotNegative, Positive
from meterhold_simulators.journal import DEFAULT_LIMIT
from meterhold_simulators.spec_base import ElectricityBase, Name, Port, Strict, TopicPart, WaterBase
from meterhold_simulators.spec_modbus import ModbusSpec
from meterhold_simulators.spec_mqtt import DirectSpec, LoraSpec, NetworkServerSpec


class Framing(StrEnum):
    """How frames are delimited on a TCP listener."""

    MBAP = "mbap"
    RTU = "rtu"


class BrokerSpec(Strict):
    """An MQTT broker the simulated devices connect to."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str | None = None
    password: str | None = None
    reconnect_s: Positive = 0.5


class ListenerSpec(Strict):
    """A TCP port that stands for a Modbus TCP peer or for a serial line behind a converter."""

    host: str = "127.0.0.1"
    port: Port = 0  # 0: a free port, reported when ready
    framing: Framing = Framing.MBAP
    baud: Annotated[int, Field(ge=300)] | None = None  # pace answers as a line of this speed would
    bits_per_char: Annotated[int, Field(ge=9, le=12)] = 10
    turnaround_s: NotNegative = 0.0
    max_connections: Annotated[int, Field(ge=1)] | None = None


class BridgeSpec(Strict):
    """A Zigbee2MQTT-like bridge; the defaults are its traps."""

    broker: Name
    base_topic: TopicPart = "zigbee2mqtt"
    optimistic: bool = True
    cache_state: bool = True
    last_seen: Literal["ISO_8601", "disable"] = "ISO_8601"
    include_device_information: bool = True


class ShellySpec(ElectricityBase):
    """A Shelly Plus/Pro 1PM on a broker."""

    model: Literal[Model.SHELLY_1PM]
    broker: Name
    mac: Annotated[str, Field(pattern=r"^[0-9A-F]{12}$")]
    prefix: TopicPart | None = None  # default: shellypro1pm-<mac>
    status_ntf: bool = True
    enable_control: bool = True
    notify_every_s: Positive | None = 60.0
    own_connection: bool = False  # a connection of its own, so that its will speaks for it alone


class SwvSpec(WaterBase):
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


MeterSpec = Annotated[ModbusSpec | ShellySpec | SwvSpec | DirectSpec | LoraSpec, Field(discriminator="model")]


class FleetSpec(Strict):
    """A whole fleet."""

    time_scale: Positive = 1.0
    journal_limit: Annotated[int, Field(ge=1)] = DEFAULT_LIMIT
    brokers: dict[Name, BrokerSpec] = Field(default_factory=dict)
    listeners: dict[Name, ListenerSpec] = Field(default_factory=dict)
    bridges: dict[Name, BridgeSpec] = Field(default_factory=dict)
    network_servers: dict[Name, NetworkServerSpec] = Field(default_factory=dict)
    meters: tuple[MeterSpec, ...] = ()

    def with_broker(self, host: str, port: int) -> "FleetSpec":
        """The same fleet with every broker at this address."""
        moved = {name: broker.model_copy(update={"host": host, "port": port}) for name, broker in self.brokers.items()}
        return self.model_copy(update={"brokers": moved})
