"""What goes over a wire and what comes back, as data. A profile makes the requests, a driver carries them.

Addresses are protocol addresses, counted from 0. MQTT payloads are JSON text in which the driver fills two
placeholders: ``{request_id}`` (a number that this process never used before) and ``{reply_to}`` (a topic prefix of
ours, unique to the request).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from meterhold.domain.frame import Frame
from meterhold.domain.words import Because, Proof


class Table(StrEnum):
    """The four Modbus tables."""

    COIL = "coil"
    DISCRETE = "discrete"
    HOLDING = "holding"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class ModbusRead:
    """Read ``count`` registers or bits in one request."""

    unit: int
    table: Table
    address: int
    count: int


@dataclass(frozen=True, slots=True)
class ModbusWrite:
    """Write with exactly this function: 5 or 15 (coils), 6 or 16 (holding registers)."""

    unit: int
    function: int
    address: int
    values: tuple[int, ...]
    refusals: Mapping[int, Because] = field(default_factory=dict)
    """What this model's exception codes mean, beyond the standard's own meaning."""
    within_s: float | None = None
    """Only valid if it leaves within so many seconds after the former write of its command was acknowledged."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What is written is made of what was read: a key of a serial number."""

    address: int
    """Where it is written."""
    words: "Callable[[Words], tuple[int, ...]]"
    """Raises ``NeverSent`` where nothing can be made of what was read."""
    says: str
    """What is written, for people."""


@dataclass(frozen=True, slots=True)
class MaskedWrite:
    """Read one register, and write ``(word & keep) | force`` back to it; ``resolve`` makes the write.

    With ``computed``, what was read may be several words, and what is written is made of them instead.
    """

    read: ModbusRead
    function: int
    keep: int
    force: int
    refusals: Mapping[int, Because] = field(default_factory=dict)
    within_s: float | None = None
    """As of any write."""
    computed: Computed | None = None


@dataclass(frozen=True, slots=True)
class ByCorrelation:
    """The reply is the message on ``topic`` (may hold ``{reply_to}``) whose ``id_pointer`` equals ``{request_id}``."""

    topic: str
    id_pointer: str
    error_pointer: str | None = None
    """Where the device puts its own refusal, if there is one."""


@dataclass(frozen=True, slots=True)
class NextMessage:
    """The reply is the next non-retained message on ``topic`` after the request was published."""

    topic: str


@dataclass(frozen=True, slots=True)
class MqttAsk:
    """Publish a question and take its reply. Never retained."""

    topic: str
    payload: str
    reply: ByCorrelation | NextMessage


@dataclass(frozen=True, slots=True)
class MqttLatest:
    """Take what the device last said on ``topic``, without asking."""

    topic: str
    optional: bool = False
    """A look goes on without it: what was never said leaves its place among the replies ``None``."""


@dataclass(frozen=True, slots=True)
class Follow:
    """A topic on which a device speaks by itself, and how what it says is kept for ``MqttLatest``."""

    topic: str
    merge: bool = False
    """Messages are partial: each is laid over what was said before, JSON object over JSON object."""
    decode: Callable[[object], object] | None = None
    """Applied to each message before it is kept: to the parsed JSON, the text, or, where it is neither, the bytes.
    Raises ``ValueError`` for a message that cannot be read."""
    order_by: str | None = None
    """Where messages carry a number that rises: one that is not news (``is_news``) came late, and is not kept."""
    order_within: str | None = None
    """Where they name what the numbers are counted within: when it changes, they begin anew."""


@dataclass(frozen=True, slots=True)
class MqttWrite:
    """Publish a command once, QoS 1, never retained. Without ``reply`` only the broker's receipt can be known."""

    topic: str
    payload: str
    reply: ByCorrelation | None = None
    within_s: float | None = None
    """As of any write."""


Question = ModbusRead | MqttAsk | MqttLatest
Write = ModbusWrite | MqttWrite


@dataclass(frozen=True, slots=True)
class Words:
    """Registers (0..65535) or bits (0/1) as they came."""

    request: ModbusRead
    values: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A message as it came.

    ``changed_at`` gives, for each JSON pointer to a leaf, when a message last brought another value than the one
    before: the last moment at which the device is known to have supplied it. A pointer that was only ever seen once
    (so nobody knows how old it is) is absent.
    """

    request: MqttAsk | MqttLatest
    value: Any
    """The parsed JSON, or the text where it is none."""
    at: datetime
    retained: bool = False
    changed_at: Mapping[str, datetime] = field(default_factory=dict)
    supplied_at: Mapping[str, datetime] = field(default_factory=dict)
    """For a topic that is merged: when each leaf last stood in a live message, changed or not."""


Reply = Words | Document


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait between steps; the link is kept."""

    s: float


@dataclass(frozen=True, slots=True)
class Check:
    """A step that must hold before the next one is sent."""

    question: Question
    holds: Callable[[Reply], bool]
    within_s: float
    """Asked again until it holds or this has passed."""
    every_s: float
    because: Because
    """What it means if it never holds."""
    says: str
    """What must hold, for people."""


Step = ModbusWrite | MqttWrite | MaskedWrite | Check | Pause
"""One step of a command, in the order in which they are taken."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the write itself brought back: ``sent`` (only a carrier has it) or ``acknowledged`` (the device said so)."""

    level: Proof
    at: datetime
    frame: Frame
