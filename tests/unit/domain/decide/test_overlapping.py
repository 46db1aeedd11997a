"""Holds at one meter: which may overlap, which are refused, and which wait for each other."""

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Action, Because, OrderResult, Reason
from tests.unit.domain.decide.stages import DAY, at_stage

R = OrderResult


def test_holds_on_one_meter_may_not_overlap() -> None:
    """The refusal names the other hold."""
    home, hold_id = at_stage("suspended")
    now = home.gateway.clock.now()
    record = home.gateway.order(Action.SUSPEND, meters=("E-1",), reason=Reason.SEASONAL, starts_at=now + 6 * DAY)
    assert (record.result, record.code) == (R.REJECTED, Because.CONFLICTING_ORDER)
    assert hold_id in record.detail
    assert record.hold_ids == ()


@pytest.mark.parametrize(("starts", "ends"), [(7, None), (8, 9)])
def test_holds_one_after_the_other_do_not_overlap(starts: int, ends: int | None) -> None:
    """The next one may begin where the first one ends."""
    home, hold_id = at_stage("suspended")
    first_ends = home.gateway.hold(hold_id).ends_at
    assert first_ends is not None
    home.suspend(starts_at=first_ends + (starts - 7) * DAY, ends_at=None if ends is None else first_ends + 2 * DAY)


@pytest.mark.parametrize("field", ["ends_at", "starts_at"])
def test_an_amendment_may_not_make_holds_overlap(field: str) -> None:
    """Neither the earlier one's end nor the later one's start."""
    home, hold_id = at_stage("suspended")
    first_ends = home.gateway.hold(hold_id).ends_at
    assert first_ends is not None
    later = home.suspend(starts_at=first_ends + DAY)
    changed = hold_id if field == "ends_at" else later.hold_id
    moment = first_ends + 2 * DAY if field == "ends_at" else first_ends - DAY
    record = home.gateway.amend(changed, **{field: moment})
    assert (record.result, record.code) == (R.REJECTED, Because.CONFLICTING_ORDER)
    assert home.gateway.amend(changed, comment="the same dates").result is R.DONE


@pytest.mark.parametrize("reason", [Reason.SAFETY, Reason.METER_WORK])
def test_safety_and_meter_work_may_lie_over_another_hold(reason: Reason) -> None:
    """They find supply off and leave the write to its owner."""
    home, hold_id = at_stage("suspended")
    over = home.suspend(reason=reason)
    home.gateway.settle()
    assert home.gateway.hold(over.hold_id).status is HoldStatus.SUSPENDED
    assert all(leg.found_off and not leg.written for leg in home.gateway.hold(over.hold_id).legs)
    assert home.written == (1, 1)
    assert home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED


def test_a_hold_waits_for_an_earlier_one_that_has_not_ended_yet() -> None:
    """It is due at the end of the first, whose restore is late: begun now, that restore would connect it."""
    home, hold_id = at_stage("suspended")
    first_ends = home.gateway.hold(hold_id).ends_at
    assert first_ends is not None
    later = home.suspend(starts_at=first_ends)
    home.power.silent = True
    home.gateway.clock.run_to(first_ends)
    home.gateway.run_s(3600)
    assert home.gateway.hold(hold_id).status is HoldStatus.RESTORING
    assert home.gateway.hold(later.hold_id).status is HoldStatus.SCHEDULED
    home.power.silent = False
    home.gateway.run_s(3600)
    assert home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert home.gateway.hold(later.hold_id).status is HoldStatus.SUSPENDED
    assert home.supplied == (False, False)


def test_an_order_for_now_waits_as_well_while_an_earlier_hold_is_late() -> None:
    """Intake is no way around it."""
    home, hold_id = at_stage("suspended")
    first_ends = home.gateway.hold(hold_id).ends_at
    assert first_ends is not None
    home.power.silent = True
    home.gateway.clock.run_to(first_ends)
    home.gateway.run_s(60)
    later = home.suspend()
    assert later.status is HoldStatus.SCHEDULED
    home.power.silent = False
    home.gateway.run_s(3600)
    assert home.gateway.hold(later.hold_id).status is HoldStatus.SUSPENDED
    assert home.supplied == (False, False)
