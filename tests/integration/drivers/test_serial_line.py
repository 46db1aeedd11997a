"""A serial port of this machine: the rules of RTU, paced by the port's own speed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from meterhold.clock import SteadyClock
from meterhold.domain.errors import NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.words import Proof
from meterhold.drivers import ModbusLine, SerialPort
from meterhold.drivers.modbus import Parity
from meterhold.profiles.wire import ModbusRead, ModbusWrite, Table
from tests.fakes.modbus_device import ModbusDevice, Request, stay_silent
from tests.integration.drivers.lines import COIL, IS_IT_ON, OFF, SWITCH_ON
from tests.support.serial_port import SerialCable, serial_cable

HOLDING = ModbusRead(1, Table.HOLDING, 7, 2)


def line_at(device: Path, *, baud: int = 115_200, timeout_s: float = 5.0, quiet_s: float | None = None) -> ModbusLine:
    """A line at a serial port."""
    return ModbusLine(
        "line-1", peer=SerialPort(str(device), baud), timeout_s=timeout_s, quiet_s=quiet_s, clock=SteadyClock()
    )


@asynccontextmanager
async def cabled(tmp_path: Path) -> AsyncIterator[tuple[ModbusDevice, SerialCable]]:
    """A scripted meter at a serial port."""
    async with ModbusDevice.running(rtu=True) as device, serial_cable(tmp_path, device.port) as cable:
        yield device, cable


async def test_a_meter_at_a_serial_port_is_read_and_switched(tmp_path: Path) -> None:
    """Words come back, and a write is acknowledged by its echo."""
    async with cabled(tmp_path) as (device, cable):
        line = line_at(cable.device)
        async with line.turn() as turn:
            assert (await turn.ask(HOLDING)).values == (7, 8)
            assert (await turn.write(ModbusWrite(1, 16, 26, (0,)))).level is Proof.ACKNOWLEDGED
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert [request.function for request in device.requests] == [3, 16, 1]
        await line.stop()


async def test_three_and_a_half_characters_of_silence_come_before_each_request(tmp_path: Path) -> None:
    """At 1,200 baud they last 29 ms, although nobody configured a gap."""
    moments: list[float] = []
    clock = SteadyClock()

    def note(request: Request) -> None:
        moments.append(clock.monotonic())
        request.answer()

    async with cabled(tmp_path) as (device, cable):
        device.on_request = note
        line = line_at(cable.device, baud=1_200)
        for _ in range(2):
            async with line.turn() as turn:
                await turn.ask(HOLDING)
                await turn.ask(HOLDING)
        await line.stop()
    assert all(later - earlier >= 0.029 for earlier, later in pairwise(moments))


async def test_h1_a_late_echo_at_a_serial_port_never_answers_a_read(tmp_path: Path) -> None:
    """The echo of a write comes after its time-out; it is dropped while the line is kept quiet."""
    async with cabled(tmp_path) as (device, cable):
        device.on_request = stay_silent
        line = line_at(cable.device, timeout_s=0.15, quiet_s=0.4)
        async with line.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(SWITCH_ON)
            with pytest.raises(NeverSent):
                await turn.ask(IS_IT_ON)
        written = device.requests[0]
        device.on_request = Request.answer
        asyncio.get_running_loop().call_later(0.05, written.answer)
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert len(device.writes) == 1
        await line.stop()


async def test_noise_before_a_reply_is_no_reply(tmp_path: Path) -> None:
    """Stray bytes in front of a frame spoil it; the next question is answered."""

    def noisy(request: Request) -> None:
        request.peer.send(b"\xff\x00")
        request.answer()

    async with cabled(tmp_path) as (device, cable):
        device.on_request = noisy
        line = line_at(cable.device, timeout_s=0.15)
        async with line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(IS_IT_ON)
        device.on_request = Request.answer
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        await line.stop()


async def test_an_adapter_that_is_pulled_out_fails_the_write_at_once(tmp_path: Path) -> None:
    """The line does not wait for a reply that cannot come, and says which device is missing."""
    async with cabled(tmp_path) as (device, cable):
        device.on_request = stay_silent
        line = line_at(cable.device, timeout_s=60.0, quiet_s=0.0)
        async with asyncio.timeout(20), line.turn() as turn:
            writing = asyncio.create_task(turn.write(SWITCH_ON))
            await device.request(1)
            await cable.pull_out()
            with pytest.raises(OutcomeUnknown, match="connection lost"):
                await writing
        line.backoff.forget()
        with pytest.raises(NeverSent, match=str(cable.device)):
            async with line.turn():
                pass
        assert len(device.writes) == 1
        await line.stop()


async def test_a_port_serves_one_line_alone(tmp_path: Path) -> None:
    """A second program at the same port would take half of our replies."""
    async with cabled(tmp_path) as (_, cable):
        one, other = line_at(cable.device), line_at(cable.device)
        async with one.turn() as turn:
            await turn.ask(IS_IT_ON)
            with pytest.raises(NeverSent, match="exclusively lock"):
                async with other.turn():
                    pass
        await one.stop()
        other.backoff.forget()
        async with other.turn() as turn:
            await turn.ask(IS_IT_ON)
        await other.stop()


async def test_a_port_that_does_not_take_its_settings_is_no_defect_of_ours(tmp_path: Path) -> None:
    """A pseudo-terminal has no parity: the line cannot be connected, and says why."""
    async with cabled(tmp_path) as (device, cable):
        peer = SerialPort(str(cable.device), 9_600, Parity.EVEN)
        line = ModbusLine("line-1", peer=peer, timeout_s=1.0, clock=SteadyClock())
        with pytest.raises(NeverSent, match="refuses its settings"):
            async with line.turn():
                pass
        assert not device.requests


async def test_a_line_that_is_given_up_while_it_opens_keeps_no_port(tmp_path: Path) -> None:
    """Whenever the turn is cancelled, the port is free again."""
    async with cabled(tmp_path) as (_, cable):
        for steps in range(12):
            line = line_at(cable.device)
            taking = asyncio.create_task(line.take())
            for _ in range(steps):
                await asyncio.sleep(0)
            taking.cancel()
            await asyncio.wait([taking])
            await line.stop()
            await asyncio.sleep(0.01)
            other = line_at(cable.device)
            async with other.turn() as turn:
                assert (await turn.ask(ModbusRead(1, Table.COIL, COIL, 1))).values == OFF
            await other.stop()
