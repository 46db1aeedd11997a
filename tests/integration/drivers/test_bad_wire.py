"""What a bad wire does to frames and connections (rows 7, 8, 31 to 34 and 58 of the fault matrix), at a line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import pytest

from meterhold.clock import SteadyClock
from meterhold.domain.errors import NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.words import Because, Proof
from meterhold.drivers import Framing, ModbusLine, TcpPeer
from meterhold.drivers.modbus import Allowance
from meterhold.profiles.wire import ModbusRead, ModbusWrite, Table
from tests.fakes.modbus_device import ModbusDevice, Request, stay_silent
from tests.support.mosquitto import HOST
from tests.support.proxy import (
    Fault,
    Proxy,
    Swap,
    corrupt,
    delay,
    double,
    drop,
    flood,
    is_read,
    is_write,
    only,
    oversize,
    reset,
    split,
    stall,
    trickle,
)
from tests.support.proxy import Framing as Passing

SHORT_S = 0.2
SWITCH_OFF = ModbusWrite(1, 16, 26, (0,))


def read(address: int, count: int = 2) -> ModbusRead:
    """A question whose answer shows what was asked."""
    return ModbusRead(1, Table.HOLDING, address, count)


@dataclass
class Wire:
    """A line, the proxy on its way, and the device at its end."""

    line: ModbusLine
    proxy: Proxy
    device: ModbusDevice

    async def ask(self, address: int) -> tuple[int, ...]:
        """Ask in a turn of its own."""
        async with self.line.turn() as turn:
            return (await turn.ask(read(address))).values

    async def write(self) -> Proof:
        """Write in a turn of its own."""
        async with self.line.turn() as turn:
            return (await turn.write(SWITCH_OFF)).level


@asynccontextmanager
async def wired(*, rtu: bool = False, timeout_s: float = 5.0, gap_s: float = 0.0) -> AsyncIterator[Wire]:
    """A line that leads through a proxy."""
    passing, framing = (Passing.RTU, Framing.RTU_OVER_TCP) if rtu else (Passing.MBAP, Framing.TCP)
    async with ModbusDevice.running(rtu=rtu) as device, Proxy.before(device.port, passing) as proxy:
        peer = TcpPeer(HOST, proxy.port, framing)
        line = ModbusLine("line-1", peer=peer, timeout_s=timeout_s, gap_s=gap_s, clock=SteadyClock())
        yield Wire(line, proxy, device)
        await line.stop()


BOTH = pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])


@BOTH
async def test_frames_may_be_cut_anywhere(rtu: bool) -> None:
    """Each place within a question, an answer and an echo, one after the other."""
    async with wired(rtu=rtu) as wire:
        for at in range(1, 17):
            wire.proxy.to_device = wire.proxy.to_gateway = split(at)
            assert await wire.ask(7) == (7, 8)
            assert await wire.write() is Proof.ACKNOWLEDGED
        assert len(wire.device.writes) == 16
        assert wire.proxy.accepted == 1


@BOTH
async def test_a_trickle_has_one_deadline(rtu: bool) -> None:
    """Row 58: each byte comes in time, the reply does not; the next question is answered."""
    async with wired(rtu=rtu, timeout_s=SHORT_S) as wire:
        wire.proxy.to_gateway = trickle(SHORT_S / 2)
        with pytest.raises(NoAnswer):
            await wire.ask(7)
        with pytest.raises(OutcomeUnknown):
            await wire.write()
        wire.proxy.heal()
        assert await wire.ask(9) == (9, 10)
        assert len(wire.device.writes) == 1


async def test_the_rest_of_a_reply_that_came_too_late_spoils_no_other() -> None:
    """Half of an answer comes, then the deadline; its other half would stand before the next one."""
    async with wired(timeout_s=SHORT_S) as wire:
        wire.proxy.to_gateway = trickle(SHORT_S / 4)
        with pytest.raises(NoAnswer):
            await wire.ask(7)
        wire.proxy.heal()
        assert await wire.ask(9) == (9, 10)
        assert wire.proxy.accepted == 2


@BOTH
@pytest.mark.parametrize("nonsense", [flood(30), flood(300), flood(300_000)], ids=["short", "long", "endless"])
async def test_nonsense_is_no_answer_and_is_not_kept(nonsense: Fault, rtu: bool) -> None:
    """Row 58: whatever its length, it ends with the deadline, and nothing of it stays."""
    async with wired(rtu=rtu, timeout_s=SHORT_S) as wire:
        wire.proxy.to_gateway = nonsense
        with pytest.raises(NoAnswer):
            await wire.ask(7)
        connection = wire.line._connection
        assert connection is None or len(connection._ctx.recv_buffer) <= 300
        wire.proxy.heal()
        assert await wire.ask(9) == (9, 10)


@BOTH
async def test_nonsense_behind_an_answer_spoils_no_other(rtu: bool) -> None:
    """Row 58: an answer with a tail is that answer, or none; what follows gets its own."""
    async with wired(rtu=rtu, timeout_s=SHORT_S) as wire:
        wire.proxy.to_gateway = only(is_read, oversize(100), times=1)
        with suppress(NoAnswer):
            assert await wire.ask(7) == (7, 8)
        for address in (9, 11):
            assert await wire.ask(address) == (address, address + 1)


async def test_a_wrong_crc_is_no_answer() -> None:
    """A damaged answer proves nothing about a write and nothing of what was read."""
    async with wired(rtu=True, timeout_s=SHORT_S) as wire:
        wire.proxy.to_gateway = corrupt
        with pytest.raises(NoAnswer):
            await wire.ask(7)
        with pytest.raises(OutcomeUnknown):
            await wire.write()
        wire.proxy.heal()
        assert await wire.ask(9) == (9, 10)
        assert len(wire.device.writes) == 1


@BOTH
@pytest.mark.parametrize(
    ("to_device", "to_gateway", "arrived"),
    [(drop, None, 0), (None, drop, 1), (reset, None, 0), (None, reset, 1)],
    ids=["lost before", "lost after", "reset before", "reset after"],
)
async def test_whether_a_write_was_lost_or_its_answer_nobody_knows(
    to_device: Fault | None, to_gateway: Fault | None, arrived: int, rtu: bool
) -> None:
    """Rows 5 and 6: the outcome is unknown, and the write leaves once."""
    async with wired(rtu=rtu, timeout_s=SHORT_S) as wire:
        if to_device is not None:
            wire.proxy.to_device = only(is_write, to_device)
        if to_gateway is not None:
            wire.proxy.to_gateway = only(is_write, to_gateway)
        with pytest.raises(OutcomeUnknown):
            await wire.write()
        wire.line.backoff.forget()
        assert await wire.ask(9) == (9, 10)
        assert len(wire.device.writes) == arrived


@BOTH
async def test_an_answer_that_comes_in_the_next_request_answers_nothing_else(rtu: bool) -> None:
    """Row 7: on MBAP it is passed over by its id, on RTU its connection is gone."""
    async with wired(rtu=rtu, timeout_s=SHORT_S) as wire:
        wire.proxy.to_gateway = only(lambda _frame: True, delay(1.5 * SHORT_S), times=1)
        with pytest.raises(NoAnswer):
            await wire.ask(7)
        wire.proxy.to_gateway = delay(0.75 * SHORT_S)
        for address in (9, 11):
            assert await wire.ask(address) == (address, address + 1)


@BOTH
async def test_answers_in_the_wrong_order_answer_their_own(rtu: bool) -> None:
    """Row 8: the answer to the first question comes after that to the second."""
    async with wired(rtu=rtu, timeout_s=SHORT_S) as wire:
        wire.proxy.to_gateway = Swap()
        for address in (7, 9, 11, 13):
            with suppress(NoAnswer):
                assert await wire.ask(address) == (address, address + 1)
        wire.proxy.heal()
        assert await wire.ask(15) == (15, 16)


@BOTH
async def test_answers_that_come_twice_answer_once(rtu: bool) -> None:
    """Row 8: the second copy is nobody's, also in the next question."""
    async with wired(rtu=rtu, gap_s=0.03 if rtu else 0.0) as wire:
        wire.proxy.to_gateway = double
        for address in (7, 9, 11):
            assert await wire.ask(address) == (address, address + 1)
        assert await wire.write() is Proof.ACKNOWLEDGED
        assert await wire.ask(13) == (13, 14)


async def test_a_line_that_never_falls_silent_is_not_spoken_to() -> None:
    """A neighbour that talks without end is busy, not a reason to wait without end."""
    async with wired(rtu=True, timeout_s=SHORT_S, gap_s=0.02) as wire:
        assert await wire.ask(7) == (7, 8)
        wire.proxy.framing = Passing.RAW
        (peer,) = wire.device.peers

        async def chatter() -> None:
            while True:
                peer.send(b"\x55")
                await asyncio.sleep(0.005)

        chattering = asyncio.create_task(chatter())
        await asyncio.sleep(0.02)
        async with wire.line.turn() as turn:
            with pytest.raises(NeverSent, match="does not fall silent") as busy:
                await turn.write(SWITCH_OFF)
        assert busy.value.because is Because.BUS_BUSY
        chattering.cancel()
        await asyncio.sleep(0.05)
        assert await wire.ask(9) == (9, 10)
        assert not wire.device.writes


@BOTH
async def test_a_peer_that_has_vanished_is_given_up_by_the_clock(rtu: bool) -> None:
    """Row 33: no reset ever comes. The deadline ends the waiting, then a new connection is tried."""
    async with wired(rtu=rtu, timeout_s=SHORT_S) as wire, wired() as other:
        assert await wire.ask(7) == (7, 8)
        wire.proxy.to_device = only(lambda _frame: True, stall, times=1)

        async def try_until_answered() -> int:
            for number in range(10):
                with suppress(NoAnswer):
                    await wire.ask(9)
                    return number
            return 10

        trying = asyncio.create_task(try_until_answered())
        answered = 0
        while not trying.done():
            # Another line does not notice.
            assert await other.ask(11) == (11, 12)
            answered += 1
        assert await trying == (1 if rtu else 3)
        assert answered > 10
        assert wire.proxy.accepted == 2


async def test_a_flapping_peer_makes_no_storm() -> None:
    """Row 31: there for a moment, away for a moment, again and again: few connections, and the truth at the end."""
    async with wired(timeout_s=SHORT_S) as wire:
        flapping = asyncio.create_task(wire.proxy.flap(0.1, 0.1))
        tries = answers = 0
        stop_at = asyncio.get_running_loop().time() + 4.0
        while asyncio.get_running_loop().time() < stop_at:
            tries += 1
            with suppress(NeverSent, NoAnswer):
                await wire.ask(7)
                answers += 1
            await asyncio.sleep(0.01)
        flapping.cancel()
        assert tries > 100
        assert answers > 0
        # Without rest there would be some 20 up-times, and a try every 10 ms in between.
        assert wire.proxy.accepted <= 10
        wire.proxy.heal()
        wire.line.backoff.forget()
        assert await wire.ask(9) == (9, 10)


async def test_one_dead_line_slows_no_other() -> None:
    """Row 34: twenty lines work while one waits for a peer that takes everything and says nothing."""
    async with AsyncExitStack() as running:
        dead = await running.enter_async_context(wired(timeout_s=60.0))
        dead.device.on_request = stay_silent
        waiting = asyncio.create_task(dead.ask(7))
        await dead.device.request(1)
        others = [await running.enter_async_context(wired(rtu=number % 2 == 1)) for number in range(20)]
        async with asyncio.timeout(20):
            for _ in range(5):
                assert await asyncio.gather(*(other.ask(9) for other in others)) == [(9, 10)] * 20
        assert not waiting.done()
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting


# Row 32: a host that serves few connections


@asynccontextmanager
async def two_lines_to_one_host(
    most: int, allowance: Allowance | None, *, close_after_use: bool = False
) -> AsyncIterator[tuple[Proxy, Proxy, list[ModbusLine]]]:
    """Two serial lines behind one converter, a port for each, and a limit for both together."""
    async with (
        ModbusDevice.running() as one,
        ModbusDevice.running() as other,
        Proxy.before(one.port) as first,
    ):
        first.most = most
        async with Proxy.before(other.port, beside=first) as second:
            lines = [
                ModbusLine(
                    f"line-{proxy.port}",
                    peer=TcpPeer(HOST, proxy.port),
                    timeout_s=5.0,
                    clock=SteadyClock(),
                    allowance=allowance,
                    close_after_use=close_after_use,
                )
                for proxy in (first, second)
            ]
            yield first, second, lines
            for line in lines:
                await line.stop()


async def take_turns(line: ModbusLine, number: int) -> None:
    """Ask in so many turns."""
    for address in range(number):
        async with line.turn() as turn:
            assert (await turn.ask(read(address))).values == (address, address + 1)
        await asyncio.sleep(0)


@pytest.mark.parametrize("close_after_use", [False, True])
async def test_lines_to_one_host_share_its_only_connection(close_after_use: bool) -> None:
    """Both work at once, and the host never sees more connections than it serves."""
    async with two_lines_to_one_host(1, Allowance(1), close_after_use=close_after_use) as (first, second, lines):
        await asyncio.gather(*(take_turns(line, 20) for line in lines))
        assert max(first.busiest, second.busiest) == 1
        assert all(line.up for line in lines)


async def test_an_idle_line_leaves_its_connection_to_another() -> None:
    """Without a turn of its own, and gets one again when it needs it; nothing leaks."""
    async with two_lines_to_one_host(1, Allowance(1)) as (first, second, lines):
        for line in (*lines, *lines):
            await take_turns(line, 1)
        assert (first.accepted, second.accepted) == (2, 2)
        assert max(first.busiest, second.busiest) == 1


async def test_a_connection_that_the_host_refuses_is_no_storm_and_no_loss() -> None:
    """A limit that nobody configured: the second line is refused and left alone; when there is room it works."""
    async with two_lines_to_one_host(1, None) as (_, second, (one, other)):
        await take_turns(one, 1)
        for _ in range(50):
            with pytest.raises((NeverSent, NoAnswer)):
                await take_turns(other, 1)
        assert second.accepted <= 3
        assert not other.up
        await one.stop()
        await until(lambda: not second.pipes)
        other.backoff.forget()
        await take_turns(other, 1)


async def until(condition: Callable[[], object]) -> None:
    """Wait for what announces itself by no event."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


@BOTH
async def test_a_request_that_is_cut_off_by_the_peer_is_answered_wrongly_by_nobody(rtu: bool) -> None:
    """Half a frame reaches the device, then the connection ends: whatever it does with it, we believe nothing."""

    def half(request: Request) -> None:
        frame = request.frame(request.standard())
        request.peer.send(frame[: len(frame) // 2])
        request.peer.transport.close()

    async with wired(rtu=rtu) as wire:
        wire.device.on_request = half
        async with asyncio.timeout(4), wire.line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(read(7))
