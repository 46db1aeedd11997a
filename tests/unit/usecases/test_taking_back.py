"""Taking a disconnection back from the carrier that keeps it: what must hold for it, and what does not stop it."""

from datetime import timedelta

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation_table import OperationState
from meterhold.domain.words import OrderResult, Outcome, Reason
from tests.fakes.carried import HOURS, Sleeping, sleeping


def kept() -> tuple[Sleeping, str]:
    """A suspension whose command is at a carrier that can be told to forget it."""
    site = sleeping(withdraws=True)
    hold_id = site.lab.suspend("W-1").hold_id
    site.wait(10)
    return site, hold_id


def state(site: Sleeping, hold_id: str) -> OperationState:
    """Where the hold's operation stands."""
    operation = site.lab.leg(hold_id).operation
    assert operation is not None
    return operation.state


@pytest.mark.parametrize("stop", ["lock", "inhibit"])
def test_neither_lock_nor_inhibit_keeps_a_disconnection_at_its_carrier(stop: str) -> None:
    """Taking it back moves nothing; left there, it would move a valve that hands are in."""
    site, hold_id = kept()
    if stop == "lock":
        assert site.lab.lock("W-1") is False
    else:
        site.lab.inhibit(on=True)
    site.lab.restore(hold_id)
    site.wait(1)
    assert (site.device.flushed, site.device.queue) == (1, [])


def test_what_a_safety_hold_wants_as_well_is_not_taken_back() -> None:
    """The restore of the first hold waits for the other one; the valve shuts once, and stays shut."""
    site, hold_id = kept()
    over = site.lab.suspend("W-1", reason=Reason.SAFETY)
    site.lab.restore(hold_id)
    site.wait(HOURS)
    assert (site.device.flushed, len(site.device.queue)) == (0, 1)
    for _ in range(3):
        site.wait(120)
        site.speak()
    assert site.device.moved == ["shut"]
    assert site.lab.hold(over.hold_id).status is HoldStatus.SUSPENDED
    assert site.lab.leg(hold_id).held_by == over.hold_id


def test_a_taking_back_that_took_too_long_to_record_is_not_sent() -> None:
    """Its intent is good for two seconds like any other: later it might hit the command that comes next."""
    site, hold_id = kept()
    site.lab.fuse.slow["after RecordIntent"] = 3.0
    site.lab.restore(hold_id)
    site.wait(1)
    assert (site.device.flushed, len(site.device.queue)) == (0, 1)
    assert state(site, hold_id) is OperationState.IN_DOUBT
    site.speak()
    for _ in range(4):
        site.wait(120)
        site.speak()
    assert site.device.moved == ["shut", "on"]
    assert site.lab.leg(hold_id).outcome is Outcome.VERIFIED


def amended(*, withdraws: bool) -> tuple[Sleeping, str, str]:
    """A suspension at a carrier for four hours, whose order then says that it may be sent for one hour only."""
    site = sleeping(withdraws=withdraws)
    hold_id = site.lab.suspend("W-1").hold_id
    site.wait(10)
    record = site.lab.amend(hold_id, not_after=site.lab.clock.now() + timedelta(hours=1))
    assert record.result is OrderResult.DONE
    return site, hold_id, record.detail


def test_an_earlier_last_moment_takes_back_what_the_carrier_would_keep_longer() -> None:
    """Not before that moment: until then it may arrive. The answer says what will be done."""
    site, hold_id, answer = amended(withdraws=True)
    assert "W-1: its carrier is told to forget the disconnection" in answer
    site.wait(HOURS - 60)
    assert (site.device.flushed, len(site.device.queue)) == (0, 1)
    site.wait(61)
    assert (site.device.flushed, site.device.queue) == (1, [])
    site.wait(120)
    site.speak()
    assert site.lab.suspend_record(hold_id).result is OrderResult.EXPIRED
    site.wait(600)
    site.speak()
    site.wait(600)
    site.speak()
    assert "shut" not in site.device.moved
    assert site.lab.hold(hold_id).status is HoldStatus.RESTORED


def test_where_nothing_can_be_taken_back_an_earlier_last_moment_is_not_promised() -> None:
    """The answer says until when the carrier may deliver it all the same; when it does, the hold is suspended."""
    site, hold_id, answer = amended(withdraws=False)
    assert "cannot be told, and may deliver the disconnection until" in answer
    assert site.expires_at.isoformat()[:16] in answer
    site.wait(2 * HOURS)
    site.speak()
    site.wait(120)
    site.speak()
    assert site.device.moved == ["shut"]
    assert site.lab.hold(hold_id).status is HoldStatus.SUSPENDED


def test_an_amendment_that_changes_no_last_moment_says_nothing_of_carriers() -> None:
    """The command at the carrier lapses by itself in time."""
    site, hold_id = kept()
    assert site.lab.amend(hold_id, priority=9).detail == ""
    site.wait(HOURS)
    assert site.device.flushed == 0
