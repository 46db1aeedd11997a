"""Replies that prove nothing, repetition and loss (H2b, H3, H4, H6, H7).

Each has a test of the bare library beside ours: it shows that the device's script does harm where the cure is missing.
"""

import asyncio
from collections.abc import Callable

import pytest
from pymodbus import ModbusException

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown
from meterhold.profiles.wire import ModbusWrite
from tests.fakes.modbus_device import ModbusDevice, Request, answer, hang_up, stay_silent
from tests.integration.drivers.lines import COIL, IS_IT_ON, OFF, SWITCH_ON, bare_client, make_line

# H2b and H7: replies that do not belong to their request


def wrong_function(request: Request) -> None:
    """Answer a read with the echo of a write."""
    request.reply(bytes([5, 0, COIL, 0xFF, 0]))


def sister_function(request: Request) -> None:
    """Answer in the right shape, from the table or with the write beside the one that was asked for."""
    sister = {1: 2, 2: 1, 3: 4, 4: 3, 5: 15, 6: 16, 15: 5, 16: 6}[request.function]
    request.reply(bytes([sister]) + request.standard()[1:])


def wrong_count(request: Request) -> None:
    """Answer with more bits than were asked for."""
    request.reply(bytes([request.function, 2, 1, 0]))


def false_length(request: Request) -> None:
    """Announce fewer bytes than come."""
    request.reply(bytes([request.function, 1, 1, 1]))


def wrong_exception(request: Request) -> None:
    """Answer with an exception of another function."""
    request.reply(bytes([0x83, 2]))


async def test_h2b_bare_a_reply_of_another_function_is_accepted() -> None:
    """Without the cure: the read of a coil is answered by the echo of a write, and reads as on."""
    async with ModbusDevice.running(wrong_function) as device, bare_client(device) as bare:
        reply = await bare.read_coils(COIL, count=1, device_id=1)
    assert not reply.isError()
    assert reply.bits[0] is True


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
@pytest.mark.parametrize(
    "script", [wrong_function, sister_function, wrong_count, wrong_exception], ids=lambda script: script.__name__
)
async def test_h2b_a_read_believes_only_its_own_reply(script: Callable[[Request], None], rtu: bool) -> None:
    """Another function, another count, an exception of another function: no answer, and a fresh connection."""
    async with ModbusDevice.running(script, rtu=rtu) as device:
        line = make_line(device, quiet_s=0.0)
        async with line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(IS_IT_ON)
            with pytest.raises(NeverSent):
                await turn.ask(IS_IT_ON)
        device.on_request = answer
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        await line.stop()


async def test_h2b_a_reply_with_a_false_length_is_refused() -> None:
    """On MBAP the byte count must agree with the bytes that came."""
    async with ModbusDevice.running(false_length) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(IS_IT_ON)
        await line.stop()


async def test_a_frame_that_cannot_be_decoded_ends_the_connection() -> None:
    """A function code that nobody knows is no answer, and nothing hangs on it."""

    def unknown_function(request: Request) -> None:
        request.reply(bytes([0x63, 1, 2, 3]))

    async with ModbusDevice.running(unknown_function) as device:
        line = make_line(device, timeout_s=30.0)
        async with asyncio.timeout(10), line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(IS_IT_ON)
        await line.stop()


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
async def test_the_reply_of_another_unit_is_no_answer(rtu: bool) -> None:
    """A neighbour that answers in a meter's place proves nothing about that meter."""

    def neighbour(request: Request) -> None:
        request.reply(request.standard(), unit=2)

    async with ModbusDevice.running(neighbour, rtu=rtu) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(IS_IT_ON)
        await line.stop()


def other_address(request: Request) -> None:
    """Echo a write with the neighbouring address."""
    echo = bytearray(request.standard())
    echo[2] ^= 1
    request.reply(bytes(echo))


def other_value(request: Request) -> None:
    """Echo a write with another value or count."""
    echo = bytearray(request.standard())
    echo[3] ^= 0xFF
    request.reply(bytes(echo))


def almost_the_value(request: Request) -> None:
    """Echo a coil with a value that is neither on nor off."""
    request.reply(request.standard()[:3] + b"\x00\x01")


async def test_h7_bare_any_echo_is_accepted() -> None:
    """Without the cure: the echo of address 4 (or of any value) confirms a write to address 5."""
    async with ModbusDevice.running(other_address) as device, bare_client(device) as bare:
        assert not (await bare.write_coil(COIL, True, device_id=1)).isError()
        device.on_request = almost_the_value
        reply = await bare.write_coil(COIL, True, device_id=1)
        assert not reply.isError()
        assert reply.bits == [True]


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
@pytest.mark.parametrize("script", [other_address, other_value, sister_function], ids=lambda script: script.__name__)
@pytest.mark.parametrize("function", [5, 6, 15, 16])
async def test_h7_a_write_believes_only_its_own_echo(
    function: int, script: Callable[[Request], None], rtu: bool
) -> None:
    """An echo with another address, value or count leaves the outcome unknown."""
    async with ModbusDevice.running(script, rtu=rtu) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(ModbusWrite(1, function, 26, (1,)))
        await line.stop()


async def test_h7_a_coil_is_on_only_with_ff00() -> None:
    """The library takes any value for True; the echo must be the one that was sent."""
    async with ModbusDevice.running(almost_the_value) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(SWITCH_ON)
        await line.stop()


# H3: silent repetition of a write


async def test_h3_bare_a_silent_device_gets_the_write_four_times() -> None:
    """Without the cure: the library's default repeats a write three times."""
    async with ModbusDevice.running(stay_silent) as device, bare_client(device, within_s=0.05, retries=3) as bare:
        with pytest.raises(ModbusException):
            await bare.write_coil(COIL, True, device_id=1)
        assert len(device.writes) == 4


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
async def test_h3_a_silent_device_gets_the_write_once(rtu: bool) -> None:
    """One write leaves, whatever happens; a later question shows that nothing else was on its way."""
    async with ModbusDevice.running(stay_silent, rtu=rtu) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(SWITCH_ON)
        device.on_request = answer
        async with line.turn() as turn:
            await turn.ask(IS_IT_ON)
        assert len(device.writes) == 1
        await line.stop()


# H4: the peer closes while an answer is awaited


async def test_h4_bare_a_closed_connection_is_noticed_only_by_the_time_out() -> None:
    """Without the cure: the call ends as 'no response', after its whole time-out."""
    async with ModbusDevice.running(hang_up) as device, bare_client(device, within_s=0.4) as bare:
        before = asyncio.get_running_loop().time()
        with pytest.raises(ModbusException, match="No response"):
            await bare.write_coil(COIL, True, device_id=1)
        assert asyncio.get_running_loop().time() - before > 0.35


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
async def test_h4_a_closed_connection_fails_the_call_at_once(rtu: bool) -> None:
    """A line that would wait a minute for the reply does not wait for a peer that has left."""
    async with ModbusDevice.running(hang_up, rtu=rtu) as device:
        line = make_line(device, timeout_s=60.0, quiet_s=0.0)
        async with asyncio.timeout(10):
            async with line.turn() as turn:
                with pytest.raises(OutcomeUnknown):
                    await turn.write(SWITCH_ON)
            line.backoff.forget()
            async with line.turn() as turn:
                with pytest.raises(NoAnswer):
                    await turn.ask(IS_IT_ON)
        await line.stop()


# H6: an exception is returned, not raised


async def test_h6_bare_a_refusal_is_returned_like_a_success() -> None:
    """Without the cure: whoever does not ask ``isError`` takes a refused write for a done one."""
    async with ModbusDevice.running(lambda request: request.refuse(2)) as device, bare_client(device) as bare:
        reply = await bare.write_coil(COIL, True, device_id=1)
        assert reply.isError()


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
async def test_h6_a_refusal_is_raised(rtu: bool) -> None:
    """A turn cannot overlook it, and the connection goes on."""
    async with ModbusDevice.running(lambda request: request.refuse(2), rtu=rtu) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(MeterRefused) as write_refused:
                await turn.write(SWITCH_ON)
            with pytest.raises(MeterRefused) as read_refused:
                await turn.ask(IS_IT_ON)
        assert write_refused.value.code == read_refused.value.code == 2
        assert len(device.peers) == 1
        await line.stop()
