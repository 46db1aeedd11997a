"""The same bench for every kind of link: a gateway's side to ask, a device's side to script."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest

from meterhold.clock import SteadyClock
from meterhold.documents.config_links import MutualTlsSection
from meterhold.domain.errors import MeterRefused
from meterhold.domain.words import Because
from meterhold.drivers import (
    BrokerLink,
    Framing,
    ModbusLine,
    MqttVersion,
    SerialPort,
    SiteLinks,
    TcpPeer,
    TlsPeer,
)
from meterhold.drivers.modbus import Peer
from meterhold.drivers.tls import client_context
from meterhold.profiles.wire import ByCorrelation, ModbusRead, ModbusWrite, MqttAsk, MqttWrite, Question, Table, Write
from meterhold.usecases.ports import Links
from tests.fakes import modbus_device, mqtt_device
from tests.fakes.links import HANG, SILENCE, FakeLinks, obliging
from tests.fakes.modbus_device import ModbusDevice, Request
from tests.fakes.mqtt_device import Command, MqttDevice
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.mosquitto import BrokerFactory
from tests.support.serial_port import SerialCable, serial_cable

NAME = "link-1"
REFUSAL = 3
SHORT_S = 0.15


class Far(Protocol):
    """The far end of a link."""

    def behave(self) -> None:
        """Answer everything."""

    def be_silent(self) -> None:
        """Take everything and answer nothing."""

    def refuse(self) -> None:
        """Answer everything with the device's own refusal."""

    async def lose_the_carrier(self) -> None:
        """Cut the connection; no new one is accepted."""

    async def reached(self, number: int) -> None:
        """Wait until so many requests have come."""

    def writes(self) -> int:
        """How many writes have come."""


@dataclass
class Bench:
    """One link and its far end."""

    links: Links
    far: Far
    question: Question
    write: Write
    name: str = NAME
    patient: bool = field(default=False)


@dataclass
class FakeFar:
    """The far end of the fake."""

    links: FakeLinks
    patient: bool

    def behave(self) -> None:
        """Answer everything."""
        self.links[NAME].script = obliging

    def be_silent(self) -> None:
        """Answer nothing, for as long as the bench is patient."""
        self.links[NAME].then(HANG if self.patient else SILENCE)

    def refuse(self) -> None:
        """Answer with a refusal."""
        self.links[NAME].then(MeterRefused(Because.DEVICE_REFUSED, "no", REFUSAL))

    async def lose_the_carrier(self) -> None:
        """Go down."""
        self.links[NAME].go_down()

    async def reached(self, number: int) -> None:
        """Nothing takes time here but other tasks' steps."""
        assert len(self.links[NAME].carried) >= number

    def writes(self) -> int:
        """How many writes were carried."""
        return len(self.links[NAME].writes)


@dataclass
class ModbusFar:
    """The far end of a line."""

    device: ModbusDevice
    cable: SerialCable | None = None

    def behave(self) -> None:
        """Answer everything."""
        self.device.on_request = modbus_device.answer

    def be_silent(self) -> None:
        """Answer nothing."""
        self.device.on_request = modbus_device.stay_silent

    def refuse(self) -> None:
        """Answer with an exception."""
        self.device.on_request = _refuse_modbus

    async def lose_the_carrier(self) -> None:
        """Close everything."""
        if self.cable is not None:
            await self.cable.pull_out()
        await self.device.close()

    async def reached(self, number: int) -> None:
        """Wait until so many requests have come."""
        await self.device.request(number)

    def writes(self) -> int:
        """How many writes have come."""
        return len(self.device.writes)


@dataclass
class MqttFar:
    """The far end of a broker link."""

    device: MqttDevice
    kill_broker: Callable[[], None]

    def behave(self) -> None:
        """Answer everything."""
        self.device.on_command = mqtt_device.answer

    def be_silent(self) -> None:
        """Answer nothing."""
        self.device.on_command = mqtt_device.stay_silent

    def refuse(self) -> None:
        """Answer with an error."""
        self.device.on_command = _refuse_mqtt

    async def lose_the_carrier(self) -> None:
        """Kill the broker."""
        self.kill_broker()

    async def reached(self, number: int) -> None:
        """Wait until so many commands have come."""
        await self.device.command(number)

    def writes(self) -> int:
        """How many switching commands have come."""
        return sum("Switch.Set" in command.text for command in self.device.commands)


def _refuse_modbus(request: Request) -> None:
    request.refuse(REFUSAL)


async def _refuse_mqtt(command: Command) -> None:
    await command.reply(error={"code": REFUSAL, "message": "no"})


def _rpc(method: str) -> dict[str, Any]:
    return {
        "payload": f'{{"id":{{request_id}},"src":"{{reply_to}}","method":"{method}","params":{{"id":0}}}}',
        "reply": ByCorrelation("{reply_to}/rpc", "/id", "/error"),
    }


class MakeBench(Protocol):
    """Make the bench; ``patient`` links wait for a reply longer than any test lasts."""

    def __call__(self, *, patient: bool = False) -> "_BenchContext":
        """Make it."""
        ...


_BenchContext = Any


@asynccontextmanager
async def _fake(*, patient: bool = False) -> AsyncIterator[Bench]:
    links = FakeLinks(SteadyClock(), {NAME: 1})
    yield Bench(links, FakeFar(links, patient), ModbusRead(1, Table.HOLDING, 26, 2), ModbusWrite(1, 16, 26, (0,)))


@asynccontextmanager
async def _line(peer: Peer, far: ModbusFar, *, patient: bool) -> AsyncIterator[Bench]:
    line = ModbusLine(NAME, peer=peer, timeout_s=60.0 if patient else SHORT_S, clock=SteadyClock())
    links = SiteLinks({NAME: line})
    await links.start()
    yield Bench(links, far, ModbusRead(1, Table.HOLDING, 26, 2), ModbusWrite(1, 16, 26, (0,)))
    await links.stop()


@asynccontextmanager
async def _tcp(framing: Framing, *, patient: bool = False) -> AsyncIterator[Bench]:
    async with (
        ModbusDevice.running(rtu=framing is Framing.RTU_OVER_TCP) as device,
        _line(TcpPeer("127.0.0.1", device.port, framing), ModbusFar(device), patient=patient) as bench,
    ):
        yield bench


@asynccontextmanager
async def _tls(authority: Authority, *, patient: bool = False) -> AsyncIterator[Bench]:
    ours = authority.pair("meterhold")
    files = MutualTlsSection(ca=authority.file, certificate=ours.certificate, key=ours.key)
    async with ModbusDevice.running(tls=authority.server_context()) as device:
        peer = TlsPeer("127.0.0.1", device.port, client_context(NAME, files), SERVER_NAME)
        async with _line(peer, ModbusFar(device), patient=patient) as bench:
            yield bench


@asynccontextmanager
async def _serial(folder: Path, *, patient: bool = False) -> AsyncIterator[Bench]:
    async with ModbusDevice.running(rtu=True) as device, serial_cable(folder, device.port) as cable:
        peer = SerialPort(str(cable.device), 115_200)
        async with _line(peer, ModbusFar(device, cable), patient=patient) as bench:
            yield bench


@asynccontextmanager
async def _mqtt(version: MqttVersion, make: BrokerFactory, *, patient: bool = False) -> AsyncIterator[Bench]:
    broker = make()
    async with MqttDevice.running(broker, "shelly-1") as device:
        link = BrokerLink(
            NAME,
            host=broker.host,
            port=broker.port,
            client_id="gateway",
            topic_prefix="gateway/replies",
            clock=SteadyClock(),
            random=random.Random(1),
            protocol=version,
            timeout_s=60.0 if patient else SHORT_S,
            width=1,
        )
        links = SiteLinks({NAME: link})
        await links.start()
        await link.wait_up()
        yield Bench(
            links,
            MqttFar(device, broker.kill),
            MqttAsk(device.rpc, **_rpc("Switch.GetStatus")),
            MqttWrite(device.rpc, **_rpc("Switch.Set")),
        )
        await links.stop()


@pytest.fixture(
    params=["fake", "modbus-tcp", "modbus-rtu-over-tcp", "modbus-tls", "modbus-serial", "mqtt-3.1.1", "mqtt-5"]
)
def bench(request: pytest.FixtureRequest, broker_factory: BrokerFactory, tmp_path: Path) -> MakeBench:
    """Every kind of link in turn."""
    kinds: dict[str, MakeBench] = {
        "fake": _fake,
        "modbus-tcp": partial(_tcp, Framing.TCP),
        "modbus-rtu-over-tcp": partial(_tcp, Framing.RTU_OVER_TCP),
        "modbus-tls": partial(_tls, Authority(tmp_path / "certificates")),
        "modbus-serial": partial(_serial, tmp_path),
        "mqtt-3.1.1": partial(_mqtt, MqttVersion.V3_1_1, broker_factory),
        "mqtt-5": partial(_mqtt, MqttVersion.V5, broker_factory),
    }
    return kinds[request.param]
