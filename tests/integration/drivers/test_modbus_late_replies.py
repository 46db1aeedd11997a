"""Late replies (H1, H2, H5): what comes after its time must never answer something else.

The test of the bare library shows that the device's script does harm where the cure is missing. H2 and H5 are what
the library does right: they are pinned.
"""

import asyncio

import pytest
from pymodbus import ModbusException

from meterhold.domain.errors import NeverSent, NoAnswer, OutcomeUnknown
from tests.fakes.modbus_device import ModbusDevice, Peer, Request, answer, hang_up, stay_silent
from tests.integration.drivers.lines import COIL, IS_IT_ON, OFF, ON, SWITCH_ON, bare_client, make_line

ON_REPLY = bytes([1, 1, 1])


def late_echo_before_the_next_answer(request: Request) -> None:
    """Keep the echo of a write back; send it when the next request comes, right before its true answer."""
    if request.function != COIL:
        held = next(other for other in request.device.requests if other.function == COIL)
        request.peer.send(held.frame(held.standard()))
        request.answer()


# H1: RTU, a late write echo answers the readback


async def test_h1_bare_a_late_echo_is_taken_for_the_readback() -> None:
    """Without the cure: the coil is off, the library says it is on, and sees no error."""
    async with ModbusDevice.running(late_echo_before_the_next_answer, rtu=True) as device, bare_client(device) as bare:
        with pytest.raises(ModbusException):
            await bare.write_coil(COIL, True, device_id=1)
        reply = await bare.read_coils(COIL, count=1, device_id=1)
    assert not reply.isError()
    assert reply.bits[0] is True


async def test_h1_a_late_echo_never_answers_a_read() -> None:
    """However late the echo comes, also on the new connection after the quiet time, the read does not believe it."""
    async with ModbusDevice.running(late_echo_before_the_next_answer, rtu=True) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(SWITCH_ON)
        async with line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(IS_IT_ON)
        device.on_request = answer
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        await line.stop()


async def test_h1_the_connection_is_given_up_after_a_time_out() -> None:
    """The turn is over, and the next one comes through a connection of its own."""
    async with ModbusDevice.running(stay_silent, rtu=True) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(SWITCH_ON)
            with pytest.raises(NeverSent):
                await turn.ask(IS_IT_ON)
        device.on_request = answer
        async with line.turn() as turn:
            await turn.ask(IS_IT_ON)
        assert len(device.peers) == 2
        await line.stop()


def deliver_late_reply_to_new_connection(device: ModbusDevice, after_s: float = 0.0) -> None:
    """Be a serial server: a reply that came too late goes to whoever is connected then."""

    def greet(peer: Peer) -> None:
        if device.requests:
            late = device.requests[0].frame(ON_REPLY)
            asyncio.get_running_loop().call_later(after_s, peer.send, late)

    device.on_connect = greet


def answer_slowly(request: Request) -> None:
    """Answer in time, but after the late reply that may be on its way."""
    asyncio.get_running_loop().call_later(0.15, request.answer)


@pytest.mark.parametrize(("quiet_s", "believed"), [(0.3, OFF), (0.0, ON)], ids=["cured", "without the quiet time"])
async def test_h1_a_late_reply_of_the_same_shape_is_drained(quiet_s: float, believed: tuple[int, ...]) -> None:
    """A read timed out; its late reply (on) reaches the new connection within the quiet time and is dropped there.

    A line that is told to skip the quiet time believes it: nothing else on RTU could tell it from the true one.
    """
    async with ModbusDevice.running(stay_silent, rtu=True) as device:
        line = make_line(device, timeout_s=0.3, quiet_s=quiet_s)
        async with line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(IS_IT_ON)
        deliver_late_reply_to_new_connection(device, after_s=0.05)
        device.on_request = answer_slowly
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == believed
        await line.stop()


async def test_h1_a_late_reply_that_waits_for_the_new_connection_is_drained() -> None:
    """The serial server hands it over as soon as we are connected."""
    async with ModbusDevice.running(stay_silent, rtu=True) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(IS_IT_ON)
        deliver_late_reply_to_new_connection(device)
        device.on_request = answer
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        await line.stop()


async def test_h1_a_gateway_that_echoes_no_transaction_id_is_treated_like_rtu() -> None:
    """Where replies carry another id, the line is given up after a time-out and drained as well."""

    def answer_with_id_0(request: Request) -> None:
        request.reply(request.standard(), transaction_id=0)

    async with ModbusDevice.running(stay_silent) as device:
        line = make_line(device, echoes_id=False)
        async with line.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(SWITCH_ON)
        device.on_connect = lambda peer: peer.send(device.requests[0].frame(ON_REPLY, transaction_id=0))
        device.on_request = answer_with_id_0
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert len(device.peers) == 2
        await line.stop()


async def test_h1_an_unexpected_id_is_refused_where_the_line_says_that_ids_are_echoed() -> None:
    """The library takes id 0 for any request's answer; a turn does not, and gives the connection up."""

    def answer_with_id_0(request: Request) -> None:
        request.reply(request.standard(), transaction_id=0)

    async with ModbusDevice.running(answer_with_id_0) as device:
        async with bare_client(device) as bare:
            assert not (await bare.write_coil(COIL, True, device_id=1)).isError()
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(OutcomeUnknown, match="transaction id"):
                await turn.write(SWITCH_ON)
        await line.stop()


# H2: MBAP, the transaction id keeps a late echo away (pinned)


async def test_h2_a_late_echo_is_skipped_by_its_transaction_id() -> None:
    """On MBAP the readback after a time-out is right, and the connection may stay."""
    async with ModbusDevice.running(late_echo_before_the_next_answer) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(SWITCH_ON)
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert len(device.peers) == 1
        await line.stop()


async def test_h2_transaction_ids_go_on_over_a_reconnect() -> None:
    """The library counts from 1 on each connection, so that a late reply could meet its own id again. Ours do not."""

    def stale_first(request: Request) -> None:
        first = request.device.requests[0]
        request.reply(ON_REPLY, transaction_id=first.transaction_id)
        request.answer()

    async with ModbusDevice.running(hang_up) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(IS_IT_ON)
        line.backoff.forget()
        device.on_request = stale_first
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        await line.stop()


# H5: a task that is cancelled in the middle of a request (pinned)


async def test_h5_after_a_cancelled_read_the_next_one_is_right() -> None:
    """On MBAP the abandoned reply is skipped by its id, and the connection stays."""
    async with ModbusDevice.running(stay_silent) as device:
        line = make_line(device, timeout_s=30.0)
        async with line.turn() as turn:
            reading = asyncio.create_task(turn.ask(IS_IT_ON))
            abandoned = await device.request(1)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading

            def late_and_true(request: Request) -> None:
                abandoned.reply(ON_REPLY)
                request.answer()

            device.on_request = late_and_true
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert len(device.peers) == 1
        await line.stop()


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
async def test_h5_a_cancelled_write_closes_the_connection(rtu: bool) -> None:
    """Nothing that was given up may be taken for the answer to something else, and nothing is left to leave later."""
    async with ModbusDevice.running(stay_silent, rtu=rtu) as device:
        line = make_line(device, timeout_s=30.0, quiet_s=0.0)
        async with line.turn() as turn:
            writing = asyncio.create_task(turn.write(SWITCH_ON))
            await device.request(1)
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
            with pytest.raises(NeverSent):
                await turn.ask(IS_IT_ON)
        async with asyncio.timeout(10):
            await device.peers[0].closed.wait()
        device.on_request = answer
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert len(device.writes) == 1
        await line.stop()
