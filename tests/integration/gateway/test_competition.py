"""Orders that meet: a restore beats a suspension, and what was written is resolved before it is reversed."""

from datetime import timedelta

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, OrderResult, Outcome
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.support.homes import ONE_OF_EACH, Place, dds238, xintai

EACH_KIND = pytest.mark.parametrize("meter", ONE_OF_EACH, ids=lambda meter: meter.profile)


async def test_a_restore_before_anything_was_written_cancels_the_suspension(open_site: Open) -> None:
    """The meter is silent, the customer changes her mind: nothing is ever written, supply stays on."""
    async with open_site(dds238("E-1")) as here:
        here.fleet.set_fault("E-1", "silent")
        hold = await here.desk.suspend("E-1")
        await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is not None)
        asked = await here.desk.restore(hold.hold_id)
        hold = await here.desk.hold(hold.hold_id)
        assert (hold.status, asked.result) == (HoldStatus.CANCELLED, OrderResult.DONE)
        assert hold.suspend_key is not None
        suspension = await here.desk.record(hold.suspend_key.order_id)
        assert suspension is not None
        assert suspension.result is OrderResult.SUPERSEDED
        here.fleet.clear_faults("E-1")
        later = await here.desk.suspended("E-1")
        assert later.hold_id != hold.hold_id
        assert here.written("E-1") == ["disconnected"]


@EACH_KIND
async def test_a_restore_while_the_disconnect_is_under_way_ends_with_supply(meter: Place, open_site: Open) -> None:
    """The write is on the wire: it is seen through first, then reversed; one write each way, supply on."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "late_write_reply_s", 0.3)
        hold = await here.desk.suspend(meter.meter_id)
        await here.fleet.journal.wait_for_writes(meter.meter_id)
        asked = await here.desk.restore(hold.hold_id)
        hold = await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}
        assert here.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]
        assert here.written(meter.meter_id) == ["disconnected", "connected"]
        answered = await here.desk.record(asked.key.order_id)
        assert answered is not None
        assert answered.result is OrderResult.DONE
        assert hold.legs[0].outcome is Outcome.VERIFIED


async def test_a_second_hold_on_the_same_meter_is_refused(open_site: Open) -> None:
    """Two suspensions of one meter cannot lie over each other; the refusal names the first."""
    async with open_site(dds238("E-1")) as here:
        first = await here.desk.suspended("E-1")
        record = await here.desk.order("suspend", meters=["E-1"], reason="seasonal")
        assert (record.result, record.code) == (OrderResult.REJECTED, Because.CONFLICTING_ORDER)
        assert first.hold_id in record.detail
        assert here.written("E-1") == ["disconnected"]


async def test_an_older_restore_does_not_undo_a_newer_decision(open_site: Open) -> None:
    """Messages overtake each other on their way: the sender's own order of decisions counts."""
    async with open_site(dds238("E-1")) as here:
        hold = await here.desk.suspended("E-1")
        record = (
            await here.desk.send(
                {
                    "schema_version": 1,
                    "order_id": "LATE",
                    "action": "restore",
                    "issued_at": "2020-01-01T00:00:00Z",
                    "hold_id": hold.hold_id,
                }
            )
        ).record
        assert record.result is OrderResult.SUPERSEDED
        assert here.supply("E-1") == {Supply.DISCONNECTED}


async def test_a_late_suspension_that_a_restore_overtook_cuts_nobody(open_site: Open) -> None:
    """The restore was decided later and came first: nothing is written, and each order has its answer."""
    async with open_site(dds238("E-1")) as here:
        early = await here.desk.order("restore", meters=["E-1"])
        document = {"schema_version": 1, "order_id": "LATE", "action": "suspend", "reason": "vacation"}
        document |= {"issued_at": (early.order.issued_at - timedelta(seconds=1)).isoformat(), "meters": ["E-1"]}
        late = (await here.desk.send(document)).record
        assert (early.code, late.result) == (Because.UNKNOWN_HOLD, OrderResult.SUPERSEDED)
        await here.desk.seen("E-1")
        assert here.attempts("E-1") == []


@pytest.mark.parametrize("meter", [xintai("W-1")], ids=lambda meter: meter.profile)
async def test_the_last_of_two_holds_over_each_other_brings_supply_back(meter: Place, open_site: Open) -> None:
    """The safety hold cut it; ended first, it leaves the meter to the vacation hold. One write each way."""
    async with open_site(meter) as here:
        safety = await here.desk.suspended(meter.meter_id, reason="safety")
        vacation = await here.desk.suspended(meter.meter_id)
        assert vacation.legs[0].found_off
        asked = await here.desk.restore(safety.hold_id)
        over = await here.desk.until_status(safety.hold_id, HoldStatus.CLOSED)
        assert (await here.desk.until_answered(asked.key.order_id)).code is Because.HELD_BY
        assert (over.legs[0].handed_to, here.supply(meter.meter_id)) == (vacation.hold_id, {Supply.DISCONNECTED})
        await here.desk.restored(vacation.hold_id)
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}
        assert here.written(meter.meter_id) == ["disconnected", "connected"]
