"""Meters with physics behind them, in memory: what a write does to supply, and what a look then shows.

Four faces, one for each built-in profile, encode by themselves. The truth is ``FakeMeter.supplied``; everything else
is what the device says, and a fault may make it say something else.
"""

import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.frame import Frame
from meterhold.domain.meter import Installation
from meterhold.domain.words import Because, Proof, Service
from meterhold.profiles.wire import (
    Acknowledgement,
    Document,
    ModbusRead,
    ModbusWrite,
    MqttLatest,
    MqttWrite,
    Question,
    Reply,
    Words,
    Write,
)
from meterhold.usecases.ports import Turn
from tests.fakes.world import Fuse, VirtualClock

DDS238 = "hiking-dds238-2-zn-sr"
SHELLY = "shelly-plus-pro-1pm"
XINTAI = "kaifeng-xintai-valve"
SWV = "z2m-sonoff-swv"
PROFILES = (DDS238, SHELLY, XINTAI, SWV)

_SERVICES = {
    DDS238: Service.ELECTRICITY,
    SHELLY: Service.ELECTRICITY,
    XINTAI: Service.WATER,
    SWV: Service.WATER,
}
_TRAVEL_S = {DDS238: 0.1, SHELLY: 0.1, XINTAI: 8.0, SWV: 4.0}
_FOR_EVER_S = 10.0**8
_PER_HOUR = {Service.ELECTRICITY: 1.5, Service.WATER: 0.3}


class OnWrite(StrEnum):
    """What happens to the next write."""

    OBEY = auto()
    LOSE_REPLY = auto()
    """It takes effect, and nobody hears of it."""
    LOSE_WRITE = auto()
    """It never arrives, and nobody hears of that either."""
    NEVER_SENT = auto()
    REFUSE = auto()
    IGNORE = auto()
    """It is taken and acknowledged, and nothing moves."""
    LATE = auto()
    """It is acknowledged, and takes effect only when the travel time is nearly over."""
    LATE_UNHEARD = auto()


@dataclass(slots=True)
class FakeMeter:
    """One meter: contacts or a valve, a house behind it, a register that counts, and what the device says of them."""

    place: Installation
    clock: VirtualClock
    draws: bool = True
    """The house draws, whenever it is supplied."""
    serial: str = ""
    commanded: bool = True
    """The last command that the device took."""
    acts_after_s: float | None = None
    """It takes each command at once and begins to move so much later."""
    jams: bool = False
    """A valve stops half way."""
    welded: bool = False
    """What moves is only what the device shows."""
    silent: bool = False
    busy: bool = False
    """Every question is answered with the refusal that says: later."""
    deaf: bool = False
    """It answers no question, but what it last said by itself is there."""
    mains: bool = True
    """The street is supplied."""
    battery_low: bool = False
    tripped: bool = False
    next_write: OnWrite = OnWrite.OBEY
    writes: list[tuple[datetime, bool]] = field(default_factory=list)
    """Every write that arrived."""
    total: float = 1234.5
    _closed: bool = True
    _moving: tuple[datetime, datetime, bool] | None = None
    _counted_at: datetime | None = None
    _drew: tuple[bool, datetime] = field(init=False)

    def __post_init__(self) -> None:
        """Be what the registry says."""
        self.serial = self.serial or self.place.serial or "00000000000000FF"
        self._drew = (True, self.clock.now())

    @property
    def supplied(self) -> bool:
        """The truth: the way to the house is free."""
        self._settle()
        return self._closed

    @property
    def flowing(self) -> bool:
        """The house draws now."""
        return self.supplied and self.draws and self.mains

    @property
    def moving(self) -> bool:
        """A valve is between its ends."""
        self._settle()
        return self._moving is not None and self._moving[0] <= self.clock.now()

    @property
    def foreign(self) -> bool:
        """It is not the meter that the registry means."""
        return self.place.serial is not None and self.serial != self.place.serial

    @property
    def believed(self) -> bool:
        """What a firmware that drives its relay says of it: the command, once it has acted on it."""
        self._settle()
        late = self._moving is not None and self.clock.now() < self._moving[0]
        return self._closed if late else self.commanded

    def stand(self, *, connected: bool) -> None:
        """Be switched by hand at the meter, before anything else happens."""
        self.commanded = self._closed = connected
        self._moving = None

    def _settle(self) -> None:
        now = self.clock.now()
        if self._counted_at is not None and self._closed and self.draws and self.mains:
            passed_h = (now - self._counted_at).total_seconds() / 3600
            self.total += _PER_HOUR[self.place.service] * passed_h
        self._counted_at = now
        if self._moving is not None and now >= self._moving[1]:
            self._closed = self._moving[2]
            self._moving = None
        flows = self._closed and self.draws and self.mains
        if flows or self._drew[0] != flows:
            self._drew = (flows, now)

    def take(self, *, connect: bool, lag_s: float = 0.0) -> None:
        """Take a command: the device shows it at once, what moves follows."""
        self._settle()
        self.commanded = connect
        if self.welded:
            return
        begins = self.clock.now() + timedelta(seconds=lag_s if self.acts_after_s is None else self.acts_after_s)
        travels_s = _FOR_EVER_S if self.jams else _TRAVEL_S[self.place.profile]
        self._moving = (begins, begins + timedelta(seconds=travels_s), connect)

    def answer(self, question: Question) -> Reply:
        """Say what the device says now."""
        self._settle()
        now = self.clock.now()
        if isinstance(question, ModbusRead):
            words = _DDS238(self) if self.place.profile == DDS238 else _XINTAI(self)
            first = question.address
            return Words(question, tuple(words.get(n, 0) for n in range(first, first + question.count)), now)
        if self.place.profile == SHELLY:
            return Document(question, _shelly(self), now)
        flow = {"/flow": self._drew[1], "/state": self._shown_since()}
        return Document(question, _swv(self), now, changed_at=flow)

    def _shown_since(self) -> datetime:
        return self.writes[-1][0] + timedelta(milliseconds=1) if self.writes else self.clock.now() - timedelta(days=9)


def _u32(value: float) -> tuple[int, int]:
    return int(value) >> 16 & 0xFFFF, int(value) & 0xFFFF


def _DDS238(meter: FakeMeter) -> dict[int, int]:  # noqa: N802  a face is called after its model
    total = _u32(meter.total * 100)
    return {
        0x00: total[0],
        0x01: total[1],
        0x0A: total[0],
        0x0B: total[1],
        0x0C: 2300 if meter.mains else 0,
        0x0D: 650 if meter.flowing else 0,
        0x0E: 1500 if meter.flowing else 0,
        0x1A: int(meter.commanded),
    }


def _f32(value: float) -> tuple[int, int]:
    raw = struct.pack("<f", value)
    return int.from_bytes(raw[:2], "big"), int.from_bytes(raw[2:], "big")


def _XINTAI(meter: FakeMeter) -> dict[int, int]:  # noqa: N802  a face is called after its model
    words: dict[int, int] = {0x07: 0x00AA if meter.mains else 0x0055}
    for address, value in ((0x01, meter.total), (0x03, 0.0), (0x05, 0.3 if meter.flowing else 0.0), (0x1A, 3.6)):
        words[address], words[address + 1] = _f32(value)
    for n in range(4):
        words[0x12 + n] = int(meter.serial[4 * n : 4 * n + 4], 16)
    shown = meter.commanded if meter.welded else meter.supplied
    position = 0 if meter.moving else 1 if shown else 2
    words[0x1C] = position | (8 if meter.battery_low else 0)
    return words


def _shelly(meter: FakeMeter) -> dict[str, object]:
    return {
        "id": 1,
        "src": meter.serial,
        "result": {
            "id": 0,
            "output": meter.believed,
            "apower": 1500.0 if meter.flowing else 0.0,
            "current": 6.5 if meter.flowing else 0.0,
            "voltage": 230.0 if meter.mains else 0.0,
            "aenergy": {"total": round(meter.total * 1000, 1)},
            "errors": ["overpower"] if meter.tripped else [],
        },
    }


def _swv(meter: FakeMeter) -> dict[str, object]:
    return {
        "state": "ON" if meter.commanded else "OFF",
        "flow": 0.3 if meter.flowing else 0.0,
        "battery": 5 if meter.battery_low else 90,
        "device": {"ieeeAddr": meter.serial},
    }


@dataclass(slots=True)
class MeterLinks:
    """The ``Links`` port over fake meters, found by link and address."""

    clock: VirtualClock
    meters: list[FakeMeter] = field(default_factory=list)
    fuse: Fuse = field(default_factory=Fuse)
    down: set[str] = field(default_factory=set)
    referee: Callable[[FakeMeter, bool], None] = lambda _meter, _connect: None
    """Is asked before each write that leaves the gateway."""

    def shards(self, link: str) -> Sequence[str]:
        """Nothing is divided here."""
        return (link,)

    def turn(self, link: str) -> AbstractAsyncContextManager[Turn]:
        """Take a turn."""
        return self._turn(link)

    @asynccontextmanager
    async def _turn(self, link: str) -> AsyncIterator[Turn]:
        self.fuse.burn("before a turn")
        if link in self.down:
            raise NeverSent(Because.DEVICE_OFFLINE, f"{link} is down")
        yield MeterTurn(self, link)

    def width(self, link: str) -> int:
        """One turn at a time."""
        return 1

    def names(self) -> list[str]:
        """All links."""
        return sorted({meter.place.link for meter in self.meters})

    def up(self, link: str) -> bool:
        """Whether the test left it up."""
        return link not in self.down

    def at(self, link: str, address: str) -> FakeMeter | None:
        """Who answers there."""
        return next((m for m in self.meters if (m.place.link, m.place.address) == (link, address)), None)


@dataclass(slots=True)
class MeterTurn:
    """One use of a link."""

    links: MeterLinks
    link: str

    async def ask(self, question: Question) -> Reply:
        """Read."""
        self.links.fuse.burn("before a question")
        meter = self._find(question)
        if meter is None or meter.silent or self.link in self.links.down:
            raise NoAnswer(Because.COMM_TIMEOUT, "silence")
        if meter.busy:
            raise MeterRefused(Because.BUS_BUSY, "exception 06 for a read", 6)
        if meter.deaf and not isinstance(question, MqttLatest):
            raise NoAnswer(Because.COMM_TIMEOUT, "silence")
        reply = meter.answer(question)
        self.links.fuse.burn("after a reply")
        return reply

    async def write(self, write: Write) -> Acknowledgement:
        """Write once."""
        self.links.fuse.burn("before a write")
        meter = self._find(write)
        if meter is None:
            raise OutcomeUnknown(Because.COMM_TIMEOUT, "silence")
        connect = _connects(write)
        fate, meter.next_write = meter.next_write, OnWrite.OBEY
        if fate is OnWrite.NEVER_SENT or self.link in self.links.down:
            raise NeverSent(Because.DEVICE_OFFLINE, "nothing left")
        self.links.referee(meter, connect)
        if meter.silent or fate is OnWrite.LOSE_WRITE:
            raise OutcomeUnknown(Because.COMM_TIMEOUT, "no reply")
        meter.writes.append((self.links.clock.now(), connect))
        if fate is OnWrite.REFUSE:
            raise MeterRefused(Because.DEVICE_REFUSED, "no", 4)
        if fate is not OnWrite.IGNORE:
            late = fate in {OnWrite.LATE, OnWrite.LATE_UNHEARD}
            meter.take(connect=connect, lag_s=1.5 if late else 0.0)
        self.links.fuse.burn("after a write took effect")
        if fate in {OnWrite.LOSE_REPLY, OnWrite.LATE_UNHEARD}:
            raise OutcomeUnknown(Because.COMM_TIMEOUT, "no reply")
        level = Proof.SENT if isinstance(write, MqttWrite) and write.reply is None else Proof.ACKNOWLEDGED
        return Acknowledgement(level, self.links.clock.now(), Frame(self.link, "what was sent"))

    def _find(self, request: Question | Write) -> FakeMeter | None:
        if isinstance(request, ModbusRead | ModbusWrite):
            return self.links.at(self.link, str(request.unit))
        topic = request.topic
        return next(
            (
                m
                for m in self.links.meters
                if m.place.link == self.link and f"{topic}/".startswith(f"{m.place.address}/")
            ),
            None,
        )


def _connects(write: Write) -> bool:
    if isinstance(write, ModbusWrite):
        return write.values[0] == 1
    return '"ON"' in write.payload or "true" in write.payload


def place(
    profile: str,
    meter_id: str,
    *,
    service_point: str = "SP-1",
    link: str | None = None,
    address: str | None = None,
    serial: str | None = None,
) -> Installation:
    """A meter of a built-in model, as a registry names it; an address and a serial of its own unless given."""
    modbus = profile in {DDS238, XINTAI}
    number = sum(meter_id.encode()) % 200 + 1
    identified = {DDS238: None, XINTAI: f"{number:016X}"}
    return Installation(
        meter_id,
        service_point,
        _SERVICES[profile],
        profile,
        link or ("line" if modbus else "broker"),
        address or (str(number) if modbus else f"site/{meter_id}"),
        serial or identified.get(profile, f"id-{meter_id}"),
    )
