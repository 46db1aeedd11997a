"""A whole profile as it stands in its file."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from meterhold.domain.words import Service
from meterhold.profiles.language.base import ID_PATTERN, Part, PointName, Text, Wire
from meterhold.profiles.language.carrying import Carrier
from meterhold.profiles.language.commands import ModbusCommands, MqttCommands, Reconnect
from meterhold.profiles.language.conditions import PointCondition
from meterhold.profiles.language.points import Address, ModbusPoint, MqttPoint
from meterhold.profiles.language.questions import AddressParts, Availability, Decoding, MqttQuestion, Report
from meterhold.profiles.language.sections import (
    AlarmRule,
    Guard,
    IdentitySource,
    InterlockRule,
    LoadSource,
    StateSource,
    Timing,
    VoltageSource,
)
from meterhold.profiles.language.settings import ModbusSettings, MqttSettings
from meterhold.profiles.wire import Table


class DefinitionBase(Part):
    """What profiles of both wires say."""

    profile: Annotated[str, Field(pattern=ID_PATTERN, max_length=64)]
    """The name that meters refer to; also the file's name."""
    version: Annotated[int, Field(ge=1)]
    title: Text
    service: Service
    source: Text
    """The vendor's document, and the table in it."""
    tried_on: Literal["simulators", "hardware"]
    """What this profile was verified against."""
    assumptions: tuple[Text, ...] = ()
    """What the source does not say and was assumed."""
    identity: IdentitySource
    state: Annotated[tuple[StateSource, ...], Field(min_length=1)]
    load: tuple[LoadSource, ...] = ()
    load_side: VoltageSource | None = None
    """Voltage behind the switch: present while supply is on, and when somebody feeds in from behind."""
    paired: bool = False
    """It measures nothing behind its switch: its proof is the load of another meter, which the registry names."""
    supply: VoltageSource | None = None
    """Voltage before the switch: whether the supply side is alive."""
    empty_pipe: PointCondition | None = None
    """When the pipe is known to be empty."""
    interlocks: tuple[InterlockRule, ...] = ()
    alarms: tuple[AlarmRule, ...] = ()
    guards: tuple[Guard, ...] = ()
    registers: tuple[PointName, ...] = ()
    """The billing registers, recorded before and after."""
    reconnect: Reconnect | None = None
    """How a reconnection may end; by default as the commands ``connect`` and ``arm`` say."""
    timing: Timing


class Line(Part):
    """How to treat the line and read the device. The link has settings of its own; ``unmet`` compares them."""

    gap_ms: Annotated[float, Field(ge=0, le=10000)] = 0
    """Silence between requests."""
    timeout_ms: Annotated[float, Field(gt=0, le=60000)] = 1000
    """How long the device may take to answer."""
    max_words: Annotated[int, Field(ge=1, le=125)] = 125
    """The longest read the device answers."""
    max_hole: Annotated[int, Field(ge=0, le=124)] = 0
    """How many registers that nobody asked for may be read along to save a request."""
    max_connections: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many connections its gateway takes at once."""
    close_after_use: bool = False
    """Whether a connection must be closed after each turn."""
    echoes_transaction_id: bool = True
    """Whether replies over TCP repeat the transaction id of their request."""

    def unmet(
        self, *, gap_s: float, timeout_s: float, connections: int, close_after_use: bool, echoes_transaction_id: bool
    ) -> list[str]:
        """Say where a link does not give what the device needs. ``connections``: how many links lead to its host."""
        needs = (
            (gap_s * 1000 >= self.gap_ms, f"needs a gap of {self.gap_ms:g} ms between requests"),
            (timeout_s * 1000 >= self.timeout_ms, f"may take {self.timeout_ms:g} ms to answer"),
            (
                connections <= (self.max_connections or connections),
                f"serves at most {self.max_connections} at once",
            ),
            (close_after_use or not self.close_after_use, "needs its connection closed after use"),
            (self.echoes_transaction_id or not echoes_transaction_id, "does not repeat the transaction id"),
        )
        return [need for met, need in needs if not met]


class ForbiddenRegisters(Part):
    """Addresses that must never be written, or bits that must never be written as 1."""

    table: Literal[Table.COIL, Table.HOLDING]
    address: Address
    count: Annotated[int, Field(ge=1, le=65536)] = 1
    bits: Annotated[int, Field(ge=1, le=0xFFFF)] | None = None
    """If given, the register may be written, with these bits cleared."""
    why: Text

    @model_validator(mode="after")
    def _bits_of_registers(self) -> Self:
        if self.bits is not None and self.table is Table.COIL:
            raise ValueError("a coil is one bit: bits are of holding registers")
        return self


class ForbiddenWord(Part):
    """A key or text that must never stand in a payload that is written."""

    word: Text
    why: Text


class ModbusDefinition(DefinitionBase):
    """A profile of a meter that speaks Modbus."""

    wire: Literal[Wire.MODBUS]
    line: Line = Line()
    points: Annotated[dict[PointName, ModbusPoint], Field(min_length=1)]
    settings: ModbusSettings | None = None
    """Configuration that a hold should leave as it was: read at both ends of it."""
    commands: ModbusCommands = ModbusCommands()
    forbidden: tuple[ForbiddenRegisters, ...] = ()


class MqttDefinition(DefinitionBase):
    """A profile of a meter that speaks MQTT."""

    wire: Literal[Wire.MQTT]
    address: AddressParts | None = None
    """Where one name is not enough to find the device."""
    questions: dict[PointName, MqttQuestion] = Field(default={})
    """What is asked in a look."""
    reports: dict[PointName, Report] = Field(default={})
    """What the device says by itself."""
    availability: Availability | None = None
    carrier: Carrier | None = None
    """What commands go through, if something keeps them for the device."""
    points: Annotated[dict[PointName, MqttPoint], Field(min_length=1)]
    settings: MqttSettings | None = None
    """Configuration that a hold should leave as it was: asked for at both ends of it."""
    commands: MqttCommands = MqttCommands()
    forbidden: tuple[ForbiddenWord, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """What brings values, in the order of a look."""
        return (*self.questions, *self.reports)

    def source_of(self, point: MqttPoint) -> str:
        """Which of the sources brings a point; the only one where it names none."""
        return point.question or point.report or next(iter(self.sources), "")

    def decoding_of(self, source: str) -> Decoding | None:
        """What makes values of a source's messages, if they need it."""
        return self.questions[source].decode if source in self.questions else self.reports[source].decode

    def report_of(self, point: MqttPoint) -> Report | None:
        """The report that brings a point, if one does."""
        return self.reports.get(self.source_of(point))


Definition = ModbusDefinition | MqttDefinition
