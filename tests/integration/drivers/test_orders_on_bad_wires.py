"""Whole orders over bad wires (rows 5 to 9, 31, 33, 38 and 58 of the fault matrix): the truth in the end.

The referee at the end of each test compares the gateway's journal with what the meters saw.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Outcome, Proof
from meterhold_simulators import Fate, Supply
from tests.support.bad_wires import BadWires, bad_wires
from tests.support.homes import BROKER, PEER, Place, dds238, shelly, swv, xintai
from tests.support.mosquitto import BrokerFactory
from tests.support.proxy import (
    Fault,
    Frame,
    Swap,
    corrupt,
    delay,
    double,
    drop,
    flood,
    is_message,
    is_write,
    only,
    reset,
    stall,
    trickle,
)

Open: TypeAlias = Callable[..., AbstractAsyncContextManager[BadWires]]

RELAY_RTU, RELAY_TCP = dds238("E-1"), dds238("E-3", link=PEER)
VALVE_RTU, VALVE_TCP = xintai("W-1"), xintai("W-3", link=PEER)
PLUG = shelly("E-2")
BRIDGED = swv("W-2")
EACH = pytest.mark.parametrize(
    "meter",
    [RELAY_RTU, RELAY_TCP, VALVE_RTU, VALVE_TCP, PLUG],
    ids=["relay-rtu", "relay-tcp", "valve-rtu", "valve-tcp", "plug-mqtt"],
)
MODBUS = pytest.mark.parametrize(
    "meter", [RELAY_RTU, RELAY_TCP, VALVE_RTU, VALVE_TCP], ids=["relay-rtu", "relay-tcp", "valve-rtu", "valve-tcp"]
)


@pytest.fixture
def open_wires(broker_factory: BrokerFactory, tmp_path: Path) -> Open:
    """Return a function that runs a gateway over bad wires to the meters it is given."""

    @asynccontextmanager
    async def run(*places: Place, **links: Any) -> AsyncIterator[BadWires]:  # noqa: ANN401 - settings of links
        broker = broker_factory() if any(place.link == BROKER for place in places) else None
        async with bad_wires(*places, folder=tmp_path, broker=broker, **links) as wires:
            yield wires

    return run


def is_command(frame: Frame) -> bool:
    """A write, or what answers it."""
    if frame.pipe.proxy.framing == "mqtt":
        return is_message(frame) and any(word in frame.data for word in (b"Switch.Set", b"was_on", b"-valve/set"))
    return is_write(frame)


async def suspend(wires: BadWires, meter: Place) -> None:
    """Suspend, to the proven end."""
    hold = await wires.site.desk.suspended(meter.meter_id)
    assert (hold.legs[0].outcome, hold.legs[0].proof) == (Outcome.VERIFIED, Proof.LOAD_PROVEN)
    assert wires.site.supply(meter.meter_id) == {Supply.DISCONNECTED}


async def restore(wires: BadWires, meter: Place) -> None:
    """Restore what was suspended, to the proven end."""
    queries = wires.site.desk.ports.queries
    (hold,) = await queries.list_holds(status=None, meter_id=meter.meter_id, after=None, limit=2)
    assert (await wires.site.desk.restored(hold.hold_id)).legs[0].outcome is Outcome.VERIFIED
    assert wires.site.supply(meter.meter_id) == {Supply.CONNECTED}


@pytest.mark.parametrize("fault", [drop, reset], ids=["silence", "reset"])
@EACH
async def test_an_answer_that_is_lost_on_the_wire_costs_no_second_write(
    meter: Place, fault: Fault, open_wires: Open
) -> None:
    """Row 5: the meter acted, nobody heard: a look finds it done, each way."""
    async with open_wires(meter) as wires:
        for step in (suspend, restore):
            wires.to(meter).to_gateway = lost = only(is_command, fault, times=1)
            await step(wires, meter)
            assert lost.struck == 1
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]


@pytest.mark.parametrize("fault", [drop, reset], ids=["silence", "reset"])
@pytest.mark.parametrize(
    "meter",
    [RELAY_RTU, RELAY_TCP, VALVE_RTU, VALVE_TCP, PLUG, BRIDGED],
    ids=["relay-rtu", "relay-tcp", "valve-rtu", "valve-tcp", "plug-mqtt", "valve-bridged"],
)
async def test_a_write_that_is_lost_on_the_wire_is_written_once_more(
    meter: Place, fault: Fault, open_wires: Open
) -> None:
    """Row 6: the meter never had it. Its old state, seen after its time to move, permits one more write."""
    async with open_wires(meter) as wires:
        wires.to(meter).to_device = lost = only(is_command, fault, times=1)
        await suspend(wires, meter)
        assert lost.struck == 1
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED]


@EACH
async def test_an_answer_that_comes_after_its_time_proves_nothing(meter: Place, open_wires: Open) -> None:
    """Row 7: the write's answer arrives while the next question is under way."""
    async with open_wires(meter, timeout_s=0.3) as wires:
        for step in (suspend, restore):
            wires.to(meter).to_gateway = late = only(is_command, delay(0.4), times=1)
            await step(wires, meter)
            assert late.struck == 1
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]


@MODBUS
async def test_without_transaction_ids_late_answers_prove_nothing_either(meter: Place, open_wires: Open) -> None:
    """Row 7: a converter that gives every answer the id 0 is treated as a serial line."""

    def forget_id(frame: Frame) -> None:
        frame.send(b"\0\0" + frame.data[2:] if meter.link == PEER else frame.data)

    async with open_wires(meter, timeout_s=0.3, echoes_transaction_id=False) as wires:
        wires.to(meter).to_gateway = forget_id
        await wires.site.desk.seen(meter.meter_id)

        def late_write(frame: Frame) -> None:
            if is_write(frame):
                frame.overtaken(0.4, frame.data)
            else:
                forget_id(frame)

        wires.to(meter).to_gateway = late_write
        await suspend(wires, meter)
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED]


@EACH
async def test_answers_in_the_wrong_order_are_no_false_success(meter: Place, open_wires: Open) -> None:
    """Row 8: the first answers are held back behind the ones that follow."""
    async with open_wires(meter, timeout_s=0.3) as wires:
        matters = is_message if meter.link == BROKER else lambda _frame: True
        wires.to(meter).to_gateway = swapped = only(matters, Swap(), times=4)
        await suspend(wires, meter)
        assert swapped.struck == 4
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED]


@EACH
async def test_answers_that_come_twice_change_nothing(meter: Place, open_wires: Open) -> None:
    """Rows 8 and 38: every answer is repeated, on MQTT as a broker may repeat QoS 1."""
    async with open_wires(meter) as wires:
        matters = is_message if meter.link == BROKER else lambda _frame: True
        wires.to(meter).to_gateway = only(matters, double)
        await suspend(wires, meter)
        await restore(wires, meter)
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]


@pytest.mark.parametrize("meter", [RELAY_RTU, VALVE_RTU], ids=["relay", "valve"])
async def test_damaged_answers_are_no_answers(meter: Place, open_wires: Open) -> None:
    """A wrong CRC on the write's answer and on the looks after it: in doubt, then seen, never written again."""
    async with open_wires(meter, timeout_s=0.2) as wires:
        wires.line.to_gateway = damaged = only(is_command, corrupt, times=1)
        await suspend(wires, meter)
        assert damaged.struck == 1
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED]


@EACH
async def test_a_device_that_acts_late_is_not_called_failed_and_then_flips(meter: Place, open_wires: Open) -> None:
    """Row 9: the answer is lost and the meter moves only later, within its time: in doubt until the truth is seen."""
    async with open_wires(meter, timeout_s=0.3) as wires:
        wires.site.fleet.set_fault(meter.meter_id, "delay_actuation_s", 0.25)
        wires.to(meter).to_gateway = lost = only(is_command, drop, times=1)
        await suspend(wires, meter)
        assert lost.struck == 1
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED]


@MODBUS
async def test_orders_come_through_a_flapping_wire(meter: Place, open_wires: Open) -> None:
    """Row 31: there and away in turns: few connections, at most the writes that are allowed, the truth at the end."""
    async with open_wires(meter, timeout_s=0.2) as wires:
        proxy = wires.to(meter)
        before = proxy.accepted
        flapping = asyncio.create_task(proxy.flap(0.2, 0.2))
        hold = await wires.site.desk.suspend(meter.meter_id)
        await asyncio.sleep(4.0)
        flapping.cancel()
        assert proxy.accepted - before <= 15
        proxy.heal()
        await wires.site.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert wires.site.supply(meter.meter_id) == {Supply.DISCONNECTED}
        assert wires.site.attempts(meter.meter_id) in ([Fate.APPLIED], [Fate.APPLIED, Fate.APPLIED])


@EACH
async def test_a_wire_that_dies_without_a_word_delays_no_other_meter(meter: Place, open_wires: Open) -> None:
    """Row 33: half-open. Another meter's order is done meanwhile; this one's when the wire is back."""
    other = VALVE_TCP if meter.link != PEER else VALVE_RTU
    async with open_wires(meter, other, timeout_s=0.3) as wires:
        wires.to(meter).to_device = stall
        hold = await wires.site.desk.suspend(meter.meter_id)
        await suspend(wires, other)
        assert (await wires.site.desk.hold(hold.hold_id)).status is HoldStatus.SUSPENDING
        assert wires.site.attempts(meter.meter_id) == []
        wires.to(meter).heal()
        if meter.link == BROKER:
            # Only the keep-alive would end the connection, after a while that is too long for a test.
            wires.to(meter).hang_up()
        await wires.site.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED]


@pytest.mark.parametrize("fault", [trickle(0.1), flood(3_000)], ids=["trickle", "nonsense"])
@MODBUS
async def test_an_endless_answer_ends_by_its_deadline(meter: Place, fault: Fault, open_wires: Open) -> None:
    """Row 58: a byte now and then, or nonsense without end, in the write's answer: in doubt, seen, done."""
    async with open_wires(meter, timeout_s=0.3) as wires:
        wires.to(meter).to_gateway = endless = only(is_command, fault, times=1)
        await suspend(wires, meter)
        assert endless.struck == 1
        assert wires.site.attempts(meter.meter_id) == [Fate.APPLIED]
