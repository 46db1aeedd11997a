"""A Modbus line over real sockets: connecting, pacing, giving up, and what each exception code means."""

import asyncio
from itertools import pairwise

import pytest

from meterhold.clock import SteadyClock
from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown, WireError
from meterhold.domain.words import Because, Proof
from meterhold.drivers import Framing, ModbusLine, SiteLinks, TcpPeer
from meterhold.profiles.wire import ModbusRead, ModbusWrite, MqttLatest, MqttWrite, Table
from tests.fakes.modbus_device import HOST, ModbusDevice, Request, answer, hang_up, stay_silent
from tests.integration.drivers.lines import IS_IT_ON, OFF, SWITCH_ON, make_line

BOTH = pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])


@BOTH
@pytest.mark.parametrize(
    ("read", "pdu", "values"),
    [
        (ModbusRead(1, Table.HOLDING, 0x0C, 6), "03 00 0c 00 06", (12, 13, 14, 15, 16, 17)),
        (ModbusRead(1, Table.INPUT, 3, 1), "04 00 03 00 01", (3,)),
        (ModbusRead(1, Table.COIL, 5, 3), "01 00 05 00 03", (0, 0, 0)),
        (ModbusRead(1, Table.DISCRETE, 0, 9), "02 00 00 00 09", (0,) * 9),
    ],
)
async def test_a_read_asks_for_exactly_what_it_names(
    rtu: bool, read: ModbusRead, pdu: str, values: tuple[int, ...]
) -> None:
    """Each table has its function; the reply is as long as what was asked for."""
    async with ModbusDevice.running(rtu=rtu) as device:
        line = make_line(device)
        async with line.turn() as turn:
            assert (await turn.ask(read)).values == values
        assert device.requests[0].pdu.hex(" ") == pdu
        await line.stop()


async def test_bits_are_counted_from_the_lowest() -> None:
    """The first bit asked for is the lowest of the first byte."""
    async with ModbusDevice.running(lambda request: request.reply(bytes([1, 2, 0b10000001, 0b10]))) as device:
        line = make_line(device)
        async with line.turn() as turn:
            assert (await turn.ask(ModbusRead(1, Table.COIL, 0, 10))).values == (1, 0, 0, 0, 0, 0, 0, 1, 0, 1)
        await line.stop()


@BOTH
@pytest.mark.parametrize(
    ("write", "pdu"),
    [
        (ModbusWrite(1, 16, 0x1A, (0,)), "10 00 1a 00 01 02 00 00"),
        (ModbusWrite(1, 16, 0x1A, (1,)), "10 00 1a 00 01 02 00 01"),
        (ModbusWrite(1, 6, 0x1C, (2,)), "06 00 1c 00 02"),
        (ModbusWrite(1, 5, 1, (1,)), "05 00 01 ff 00"),
        (ModbusWrite(1, 5, 1, (0,)), "05 00 01 00 00"),
        (ModbusWrite(1, 15, 1, (1, 0, 1)), "0f 00 01 00 03 01 05"),
    ],
)
async def test_a_write_goes_out_with_exactly_its_function(rtu: bool, write: ModbusWrite, pdu: str) -> None:
    """Function 16 with one register stays function 16: some meters know no other; the evidence shows it."""
    async with ModbusDevice.running(rtu=rtu) as device:
        line = make_line(device)
        async with line.turn() as turn:
            acknowledgement = await turn.write(write)
        assert [request.pdu.hex(" ") for request in device.requests] == [pdu]
        assert pdu in acknowledgement.frame.sent
        assert acknowledgement.frame.to == "unit 1"
        assert acknowledgement.level is Proof.ACKNOWLEDGED
        await line.stop()


@pytest.mark.parametrize(
    "request_",
    [
        ModbusRead(0, Table.HOLDING, 0, 1),
        ModbusRead(256, Table.HOLDING, 0, 1),
        ModbusRead(1, Table.HOLDING, 0, 0),
        ModbusRead(1, Table.HOLDING, 0, 126),
        ModbusRead(1, Table.HOLDING, 0xFFFF, 2),
        ModbusRead(1, Table.HOLDING, -1, 1),
        ModbusWrite(0, 16, 0, (1,)),
        ModbusWrite(1, 16, 0, ()),
        ModbusWrite(1, 16, 0, (0x10000,)),
        ModbusWrite(1, 5, 0, (2,)),
        ModbusWrite(1, 6, 0, (1, 2)),
        ModbusWrite(1, 22, 0, (1,)),
        MqttLatest("a"),
        MqttWrite("a", "b"),
    ],
    ids=str,
)
async def test_nonsense_is_refused_before_any_byte_leaves(
    request_: ModbusRead | ModbusWrite | MqttLatest | MqttWrite,
) -> None:
    """Broadcasts, impossible places and values, and requests of another wire are certainly unsent."""
    async with ModbusDevice.running() as device:
        line = make_line(device)
        async with line.turn() as turn:
            sending = turn.write(request_) if isinstance(request_, ModbusWrite | MqttWrite) else turn.ask(request_)
            with pytest.raises(NeverSent):
                await sending
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert len(device.requests) == 1
        await line.stop()


@BOTH
@pytest.mark.parametrize(
    ("code", "error", "because"),
    [
        (0x01, MeterRefused, Because.DEVICE_REFUSED),
        (0x02, MeterRefused, Because.DEVICE_REFUSED),
        (0x03, MeterRefused, Because.DEVICE_REFUSED),
        (0x04, MeterRefused, Because.DEVICE_REFUSED),
        (0x06, NeverSent, Because.BUS_BUSY),
        (0x0A, NeverSent, Because.DEVICE_OFFLINE),
        (0x0B, OutcomeUnknown, Because.OUTCOME_UNKNOWN),
        (0x08, OutcomeUnknown, Because.OUTCOME_UNKNOWN),
    ],
)
async def test_a_refused_write_says_whether_it_can_have_acted(
    rtu: bool, code: int, error: type[WireError], because: Because
) -> None:
    """A definite no, a certain 'not passed on' and a maybe are three different things."""
    async with ModbusDevice.running(lambda request: request.refuse(code), rtu=rtu) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(error) as raised:
                await turn.write(SWITCH_ON)
        assert type(raised.value) is error
        assert raised.value.because is because
        await line.stop()


async def test_accepted_but_unfinished_is_only_sent() -> None:
    """Exception 05 says that the meter took the command and has not done it yet."""
    async with ModbusDevice.running(lambda request: request.refuse(5)) as device:
        line = make_line(device)
        async with line.turn() as turn:
            assert (await turn.write(SWITCH_ON)).level is Proof.SENT
        await line.stop()


async def test_a_profile_names_its_models_own_refusals() -> None:
    """What the code means on this model goes before the standard's meaning."""
    locked = ModbusWrite(1, 5, 5, (1,), refusals={4: Because.LOCAL_CONTROL, 0x80: Because.TRIPPED})
    async with ModbusDevice.running(lambda request: request.refuse(4)) as device:
        line = make_line(device)
        async with line.turn() as turn:
            with pytest.raises(MeterRefused) as refused:
                await turn.write(locked)
            assert refused.value.because is Because.LOCAL_CONTROL
            device.on_request = lambda request: request.refuse(0x80)
            with pytest.raises(MeterRefused) as refused:
                await turn.write(locked)
            assert (refused.value.because, refused.value.code) == (Because.TRIPPED, 0x80)
        await line.stop()


async def test_turns_exclude_each_other() -> None:
    """Two turns never mix their requests on the wire."""
    async with ModbusDevice.running() as device:
        line = make_line(device)

        async def take(unit: int) -> None:
            async with line.turn() as turn:
                for _ in range(5):
                    await turn.ask(ModbusRead(unit, Table.HOLDING, 0, 1))

        await asyncio.gather(take(1), take(2), take(3))
        assert [request.unit for request in device.requests] == [1] * 5 + [2] * 5 + [3] * 5
        assert len(device.peers) == 1
        await line.stop()


@BOTH
async def test_two_requests_of_one_turn_never_overlap(rtu: bool) -> None:
    """A turn that is used twice at once is a defect, and says so instead of mixing up the replies."""
    async with ModbusDevice.running(rtu=rtu) as device:
        line = make_line(device)
        async with line.turn() as turn:
            first, second = await asyncio.gather(turn.ask(IS_IT_ON), turn.ask(IS_IT_ON), return_exceptions=True)
        assert not isinstance(first, BaseException)
        assert isinstance(second, AssertionError)
        assert len(device.requests) == 1
        await line.stop()


async def test_a_peer_of_few_connections_gets_its_connection_back() -> None:
    """With ``close_after_use`` the connection ends with the turn."""
    async with ModbusDevice.running() as device:
        line = ModbusLine(
            "line-1",
            peer=TcpPeer(HOST, device.port, Framing.TCP),
            timeout_s=1.0,
            clock=SteadyClock(),
            close_after_use=True,
        )
        for _ in range(2):
            async with line.turn() as turn:
                await turn.ask(IS_IT_ON)
                await turn.ask(IS_IT_ON)
        async with asyncio.timeout(10):
            for peer in device.peers:
                await peer.closed.wait()
        assert len(device.peers) == 2
        numbers = [request.transaction_id for request in device.requests]
        assert len(set(numbers)) == 4
        await line.stop()


async def test_an_idle_connection_that_the_peer_closed_is_no_failure() -> None:
    """The next turn connects again at once."""
    async with ModbusDevice.running() as device:
        line = make_line(device)
        async with line.turn() as turn:
            await turn.ask(IS_IT_ON)
        device.peers[0].transport.close()
        async with asyncio.timeout(10):
            await device.peers[0].closed.wait()
        await asyncio.sleep(0)
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert line.up
        await line.stop()


async def test_a_flapping_peer_makes_no_storm() -> None:
    """A peer that accepts, answers nothing and closes is left alone for longer each time."""
    async with ModbusDevice.running(hang_up) as device:
        line = make_line(device)
        for _ in range(50):
            try:
                async with line.turn() as turn:
                    await turn.ask(IS_IT_ON)
            except (NeverSent, NoAnswer):
                pass
        assert len(device.peers) == 1
        assert not line.up
        await line.stop()


async def test_a_peer_that_comes_back_is_used_again() -> None:
    """After the back-off the line connects, and a good reply clears what was known against it."""
    async with ModbusDevice.running() as device:
        line = make_line(device)
        await device.close()
        with pytest.raises(NeverSent, match="no connection to"):
            async with line.turn():
                pass
        with pytest.raises(NeverSent, match="tried again in"):
            async with line.turn():
                pass
        assert not line.up
        await device.listen()
        async with asyncio.timeout(10):
            await asyncio.sleep(line.backoff.wait_s(line.clock.monotonic()))
            async with line.turn() as turn:
                await turn.ask(IS_IT_ON)
        assert SiteLinks({"line-1": line}).up("line-1")
        await line.stop()


async def test_a_connection_that_stays_silent_is_renewed_on_tcp() -> None:
    """Several unanswered requests in a row may mean a connection that is dead without a word."""
    async with ModbusDevice.running(stay_silent) as device:
        line = make_line(device)
        async with line.turn() as turn:
            for _ in range(3):
                with pytest.raises(NoAnswer):
                    await turn.ask(IS_IT_ON)
            with pytest.raises(NeverSent):
                await turn.ask(IS_IT_ON)
        device.on_request = answer
        async with line.turn() as turn:
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert len(device.peers) == 2
        await line.stop()


async def test_the_gap_between_requests_is_kept() -> None:
    """On a paced line a request never comes sooner after a reply than the gap allows, after a write than it needs."""
    moments: list[float] = []

    def note(request: Request) -> None:
        moments.append(asyncio.get_running_loop().time())
        request.answer()

    async with ModbusDevice.running(note, rtu=True) as device:
        line = ModbusLine(
            "line-1",
            peer=TcpPeer(HOST, device.port, Framing.RTU_OVER_TCP),
            timeout_s=1.0,
            gap_s=0.03,
            turnaround_s=0.1,
            clock=SteadyClock(),
        )
        async with line.turn() as turn:
            await turn.ask(IS_IT_ON)
            await turn.ask(IS_IT_ON)
        async with line.turn() as turn:
            await turn.write(SWITCH_ON)
            await turn.ask(IS_IT_ON)
        await line.stop()
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps[0] >= 0.029
    assert gaps[1] >= 0.029
    assert gaps[2] >= 0.099


async def test_a_doubled_reply_is_dropped_in_the_gap() -> None:
    """A meter that says everything twice is understood once, and the line stays in step."""

    def twice(request: Request) -> None:
        request.answer()
        asyncio.get_running_loop().call_later(0.01, request.answer)

    async with ModbusDevice.running(twice, rtu=True) as device:
        line = ModbusLine(
            "line-1",
            peer=TcpPeer(HOST, device.port, Framing.RTU_OVER_TCP),
            timeout_s=1.0,
            gap_s=0.04,
            clock=SteadyClock(),
        )
        async with line.turn() as turn:
            for start in (1, 2, 3):
                assert (await turn.ask(ModbusRead(1, Table.HOLDING, start, 1))).values == (start,)
            await turn.write(SWITCH_ON)
            assert (await turn.ask(IS_IT_ON)).values == OFF
        assert len(device.peers) == 1
        await line.stop()


async def test_a_reply_in_pieces_is_put_together() -> None:
    """TCP may cut a frame anywhere."""

    def in_pieces(request: Request) -> None:
        frame = request.frame(request.standard())
        for number, byte in enumerate(frame):
            asyncio.get_running_loop().call_later(0.002 * number, request.peer.send, bytes([byte]))

    for rtu in (False, True):
        async with ModbusDevice.running(in_pieces, rtu=rtu) as device:
            line = make_line(device, timeout_s=5.0)
            async with line.turn() as turn:
                assert (await turn.ask(ModbusRead(1, Table.HOLDING, 7, 2))).values == (7, 8)
            await line.stop()


async def test_a_stopped_line_sends_nothing_more() -> None:
    """Stopping fails what is under way and takes no further turn."""
    async with ModbusDevice.running(stay_silent) as device:
        line = make_line(device, timeout_s=60.0)
        async with asyncio.timeout(10), line.turn() as turn:
            writing = asyncio.create_task(turn.write(SWITCH_ON))
            await device.request(1)
            await line.stop()
            with pytest.raises(OutcomeUnknown):
                await writing
        with pytest.raises(NeverSent):
            async with line.turn():
                pass
        await line.start()
        device.on_request = answer
        async with line.turn() as turn:
            await turn.ask(IS_IT_ON)
        await line.stop()
