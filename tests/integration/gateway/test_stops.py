"""What keeps a write from leaving: a technician's lock, the inhibit, a device's no, a meter that is off already."""

from datetime import timedelta
from pathlib import Path

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Outcome, Proof
from meterhold.usecases.inhibiting import set_inhibit
from meterhold.usecases.locking import LockAnswer, lock_meter, lock_state, unlock_meter
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.support.homes import ONE_OF_EACH, PEER, Homes, Place, dds238, shelly, xintai
from tests.support.premises import Site, at_work, premises

EACH_KIND = pytest.mark.parametrize("meter", ONE_OF_EACH, ids=lambda meter: meter.profile)


async def lock(here: Site, meter_id: str) -> LockAnswer:
    """Lock a meter as a technician in front of it does."""
    ports = here.desk.ports
    return await lock_meter(ports, meter_id, "Ada", "hands in the box", ports.clock.now() + timedelta(hours=8))


async def unlock(here: Site, meter_id: str) -> None:
    """Take the lock off."""
    await unlock_meter(here.desk.ports, meter_id, "Ada", "", is_admin=False)


@EACH_KIND
async def test_a_locked_meter_is_not_switched_either_way(meter: Place, open_site: Open) -> None:
    """Locked before the suspension, and again before the restore: it waits, and goes on when unlocked."""
    async with open_site(meter) as here:
        await lock(here, meter.meter_id)
        hold = await here.desk.suspend(meter.meter_id)
        await wait_for_ada(here, hold.hold_id)
        assert here.written(meter.meter_id) == []
        await unlock(here, meter.meter_id)
        await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        await lock(here, meter.meter_id)
        await here.desk.restore(hold.hold_id)
        await wait_for_ada(here, hold.hold_id)
        assert here.written(meter.meter_id) == ["disconnected"]
        await unlock(here, meter.meter_id)
        hold = await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert not any(item.waiting for item in hold.attention)
        assert here.written(meter.meter_id) == ["disconnected", "connected"]


async def wait_for_ada(here: Site, hold_id: str) -> None:
    """Wait until a hold says that it waits for the technician."""
    item = await here.desk.until_waiting(hold_id)
    assert (item.code, item.who) == (Because.TECHNICIAN_LOCK, "Ada")


async def test_a_lock_is_not_safe_while_a_write_is_unresolved(open_site: Open) -> None:
    """The technician is told to wait until the meter has been seen; then hands may go in."""
    async with open_site(dds238("E-1")) as here:
        here.fleet.set_fault("E-1", "late_write_reply_s", 0.3)
        hold = await here.desk.suspend("E-1")
        await here.fleet.journal.wait_for_writes("E-1")
        answer = await lock(here, "E-1")
        assert not answer.held
        assert answer.waits
        await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert (await lock_state(here.desk.ports, "E-1")).held


async def test_the_inhibit_stops_disconnects_and_no_reconnect(open_site: Open) -> None:
    """With the kill switch thrown a hold waits and another is restored; lifted, the first goes on at once."""
    async with open_site(dds238("E-1"), dds238("E-3", link=PEER)) as here:
        held = await here.desk.suspended("E-3")
        await set_inhibit(here.desk.ports, on=True, by="control room", reason="a storm is coming")
        waits = await here.desk.suspend("E-1")
        item = await here.desk.until_waiting(waits.hold_id)
        assert (item.code, item.who) == (Because.INHIBITED, "control room")
        await here.desk.restored(held.hold_id)
        assert here.supply("E-1", "E-3") == {Supply.CONNECTED}
        assert here.attempts("E-1") == []
        await set_inhibit(here.desk.ports, on=False, by="control room", reason="it is over")
        await here.desk.until_status(waits.hold_id, HoldStatus.SUSPENDED)


async def test_the_inhibit_is_in_force_after_a_restart(tmp_path: Path) -> None:
    """It is in the journal: the next gateway on the same store obeys it."""
    async with premises(Homes((dds238("E-1"),), tmp_path)) as place:
        async with at_work(place) as here:
            await here.desk.commission("E-1")
            await set_inhibit(here.desk.ports, on=True, by="control room", reason="a storm is coming")
        async with at_work(place) as here:
            hold = await here.desk.suspend("E-1")
            assert (await here.desk.until_waiting(hold.hold_id)).code is Because.INHIBITED
            assert here.attempts("E-1") == []
            await set_inhibit(here.desk.ports, on=False, by="control room", reason="it is over")
            await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)


async def test_a_relay_that_answers_with_an_error_has_refused(open_site: Open) -> None:
    """An error in the reply is a definite no: one attempt, nothing switched, and its code is on record."""
    async with open_site(shelly("E-2")) as here:
        here.fleet.set_fault("E-2", "error_reply", -103)
        hold = await here.desk.suspend("E-2")
        item = await here.desk.until_waiting(hold.hold_id)
        hold = await here.desk.hold(hold.hold_id)
        assert (hold.legs[0].outcome, item.code) == (Outcome.REFUSED_BY_DEVICE, Because.DEVICE_REFUSED)
        assert hold.status is HoldStatus.SUSPENDING
        assert here.attempts("E-2") == [Fate.REFUSED]
        assert here.supply("E-2") == {Supply.CONNECTED}


@pytest.mark.parametrize(
    ("meter", "code", "because"),
    [
        (dds238("E-1"), 0x02, Because.NOT_CAPABLE),
        (dds238("E-1"), 0x04, Because.DEVICE_REFUSED),
        (xintai("W-1"), 0x01, Because.DEVICE_REFUSED),
    ],
)
async def test_a_meter_that_answers_with_an_exception_has_refused(
    meter: Place, code: int, because: Because, open_site: Open
) -> None:
    """A definite exception ends it after one attempt, with what this model means by it."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "exception_on_write", code)
        hold = await here.desk.suspend(meter.meter_id)
        await here.desk.until_waiting(hold.hold_id)
        (leg,) = (await here.desk.hold(hold.hold_id)).legs
        assert (leg.outcome, leg.because) == (Outcome.REFUSED_BY_DEVICE, because)
        assert here.attempts(meter.meter_id) == [Fate.REFUSED]


async def test_a_busy_meter_is_asked_again_later(open_site: Open) -> None:
    """Busy is a definite "not taken": it is tried again, and takes it once."""
    async with open_site(dds238("E-1")) as here:
        here.fleet.set_fault("E-1", "exception_on_write", 0x06, times=1)
        await here.desk.suspended("E-1")
        assert here.attempts("E-1") == [Fate.REFUSED, Fate.APPLIED]


@pytest.mark.parametrize(("meter", "proof"), [(xintai("W-1"), Proof.STATE_READ), (shelly("E-2"), Proof.STATE_READ)])
async def test_a_meter_that_is_off_already_is_proven_and_not_written(
    meter: Place, proof: Proof, open_site: Open
) -> None:
    """Found off: no write; and only an approver who names it connects it, whoever had it off."""
    async with open_site(meter) as here:
        here.fleet.press_button(meter.meter_id)
        await here.fleet.wait_until(meter.meter_id, lambda truth: truth.supply is Supply.DISCONNECTED)
        hold = await here.desk.suspended(meter.meter_id)
        (leg,) = hold.legs
        assert (leg.outcome, leg.because, leg.proof) == (Outcome.VERIFIED, Because.ALREADY_IN_STATE, proof)
        assert leg.found_off
        await here.desk.restore(hold.hold_id)
        assert (await here.desk.until_waiting(hold.hold_id)).code is Because.FOUND_OFF
        assert here.attempts(meter.meter_id) == []
        await here.desk.order("restore", may_approve=True, meters=[meter.meter_id])
        await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert here.written(meter.meter_id) == ["connected"]


async def test_an_echo_that_shows_off_already_proves_nothing(open_site: Open) -> None:
    """Its register says off, perhaps since an older command: no write, and it is not called suspended."""
    async with open_site(dds238("E-1")) as here:
        here.fleet.press_button("E-1")
        hold = await here.desk.suspend("E-1")
        await here.desk.until_waiting(hold.hold_id)
        hold = await here.desk.hold(hold.hold_id)
        assert (hold.status, hold.legs[0].outcome) == (HoldStatus.SUSPENDING, Outcome.UNVERIFIED)
        assert here.attempts("E-1") == []
