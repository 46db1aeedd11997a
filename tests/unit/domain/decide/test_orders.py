"""Design section 3 as a table: what each order does to a hold in each stage of its life."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from meterhold.domain.errors import DuplicateOrder
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import OrderRecord
from meterhold.domain.words import Action, Because, OrderResult, Reason
from tests.fakes.gateway import Field, Home, home
from tests.unit.domain.decide.stages import DAY, FINAL, HOUR, STAGES, at_stage

R = OrderResult
Send = Callable[[Home, str], OrderRecord]

ORDERS: dict[str, Send] = {
    "restore": lambda home, hold: home.gateway.restore(hold),
    "cancel": lambda home, hold: home.gateway.cancel(hold),
    "close": lambda home, hold: home.gateway.close(hold),
    "amend starts_at": lambda home, hold: home.gateway.amend(hold, starts_at=home.gateway.clock.now() + 2 * HOUR),
    "amend ends_at": lambda home, hold: home.gateway.amend(hold, ends_at=home.gateway.clock.now() + 9 * DAY),
    "amend priority": lambda home, hold: home.gateway.amend(hold, priority=9),
}

ANSWERS: dict[str, dict[str, OrderResult]] = {
    "restore": {
        "scheduled": R.DONE,
        "unwritten": R.DONE,
        "in_doubt": R.OPEN,
        "suspended": R.OPEN,
        "monitoring": R.DONE,
        "restoring": R.OPEN,
        **dict.fromkeys(FINAL, R.TOO_LATE),
    },
    "cancel": {
        "scheduled": R.DONE,
        "unwritten": R.DONE,
        "in_doubt": R.TOO_LATE,
        "suspended": R.TOO_LATE,
        "monitoring": R.TOO_LATE,
        "restoring": R.TOO_LATE,
        **dict.fromkeys(FINAL, R.TOO_LATE),
    },
    "close": {
        "scheduled": R.REJECTED,
        "unwritten": R.REJECTED,
        "in_doubt": R.REJECTED,
        "suspended": R.DONE,
        "monitoring": R.DONE,
        "restoring": R.TOO_LATE,
        **dict.fromkeys(FINAL, R.TOO_LATE),
    },
    "amend starts_at": {
        "scheduled": R.DONE,
        "unwritten": R.DONE,
        "in_doubt": R.REJECTED,
        "suspended": R.REJECTED,
        "monitoring": R.REJECTED,
        "restoring": R.TOO_LATE,
        **dict.fromkeys(FINAL, R.TOO_LATE),
    },
    "amend ends_at": {
        "scheduled": R.DONE,
        "unwritten": R.DONE,
        "in_doubt": R.DONE,
        "suspended": R.DONE,
        "monitoring": R.DONE,
        "restoring": R.TOO_LATE,
        **dict.fromkeys(FINAL, R.TOO_LATE),
    },
    "amend priority": {
        "scheduled": R.DONE,
        "unwritten": R.DONE,
        "in_doubt": R.DONE,
        "suspended": R.DONE,
        "monitoring": R.DONE,
        "restoring": R.TOO_LATE,
        **dict.fromkeys(FINAL, R.TOO_LATE),
    },
}
CELLS = [(order, stage) for order, row in ANSWERS.items() for stage in row]
BECOMES: dict[tuple[str, str], HoldStatus] = {
    ("restore", "scheduled"): HoldStatus.CANCELLED,
    ("restore", "unwritten"): HoldStatus.CANCELLED,
    ("restore", "in_doubt"): HoldStatus.RESTORING,
    ("restore", "suspended"): HoldStatus.RESTORING,
    ("restore", "monitoring"): HoldStatus.RESTORED,
    ("cancel", "scheduled"): HoldStatus.CANCELLED,
    ("cancel", "unwritten"): HoldStatus.CANCELLED,
    ("amend starts_at", "unwritten"): HoldStatus.SCHEDULED,
    ("close", "suspended"): HoldStatus.CLOSED,
    ("close", "monitoring"): HoldStatus.CLOSED,
}


def test_the_table_has_every_stage() -> None:
    """No cell was forgotten."""
    assert all(set(row) == set(STAGES) for row in ANSWERS.values())


@pytest.mark.parametrize(("order", "stage"), CELLS)
def test_each_order_is_answered_in_each_stage(order: str, stage: str) -> None:
    """It takes effect, is refused with a reason, or comes too late; and the hold is then where the table says."""
    home, hold_id = at_stage(stage)
    record = ORDERS[order](home, hold_id)
    assert record.result is ANSWERS[order][stage]
    assert home.gateway.hold(hold_id).status is BECOMES.get((order, stage), STAGES[stage][1])
    if record.result not in {R.OPEN, R.DONE}:
        assert record.code is not None
        assert record.detail
        assert record.hold_ids == (hold_id,)


@pytest.mark.parametrize(("order", "stage"), CELLS)
def test_sending_an_order_twice_changes_nothing_more(order: str, stage: str) -> None:
    """The same key with the same content gets the same answer, and no event is written."""
    home, hold_id = at_stage(stage)
    action, _, field = order.partition(" ")
    now = home.gateway.clock.now()
    fields = {"starts_at": now + 2 * HOUR, "ends_at": now + 9 * DAY, "priority": 9}
    content: dict[str, Field] = {"order_id": "twice", "issued_at": now, "hold_id": hold_id}
    content |= {field: fields[field]} if field else {}
    first = home.gateway.order(Action(action), **content)
    said = len(home.gateway.journal.events)
    assert home.gateway.order(Action(action), **content) == first
    assert len(home.gateway.journal.events) == said


def test_other_content_under_a_used_key_is_refused() -> None:
    """And nothing is written."""
    home, hold_id = at_stage("suspended")
    home.gateway.amend(hold_id, order_id="A-1", priority=9)
    said = len(home.gateway.journal.events)
    with pytest.raises(DuplicateOrder, match="A-1"):
        home.gateway.amend(hold_id, order_id="A-1", priority=8)
    assert len(home.gateway.journal.events) == said


@pytest.mark.parametrize("order", ["restore", "cancel", "close", "amend priority"])
def test_an_order_that_was_decided_before_one_that_was_applied_is_superseded(order: str) -> None:
    """Transport may turn orders around; the sender's own order counts."""
    home, hold_id = at_stage("suspended")
    home.gateway.amend(hold_id, priority=7, sequence=2)
    stale: dict[str, Field] = {"issued_at": home.gateway.clock.now() - timedelta(seconds=1), "hold_id": hold_id}
    action, _, field = order.partition(" ")
    if field:
        stale[field] = 9
    record = home.gateway.order(Action(action), **stale)
    assert (record.result, home.gateway.hold(hold_id).status) == (R.SUPERSEDED, HoldStatus.SUSPENDED)
    assert home.gateway.hold(hold_id).priority == 7


def test_among_orders_of_one_moment_the_sequence_decides() -> None:
    """And an equal one is applied."""
    home, hold_id = at_stage("suspended")
    home.gateway.amend(hold_id, priority=7, sequence=2)
    assert home.gateway.amend(hold_id, priority=8, sequence=1).result is R.SUPERSEDED
    assert home.gateway.amend(hold_id, priority=9, sequence=2).result is R.DONE


def test_what_a_suspend_order_comes_to_is_its_own_result() -> None:
    """Suspended finishes the order and not the hold; what came in between says so."""
    assert {stage: _result_of_suspend(stage) for stage in STAGES} == {
        "scheduled": R.OPEN,
        "unwritten": R.OPEN,
        "in_doubt": R.OPEN,
        "suspended": R.DONE,
        "monitoring": R.DONE,
        "restoring": R.DONE,
        "restored": R.DONE,
        "cancelled": R.SUPERSEDED,
        "expired": R.FAILED,
        "closed": R.DONE,
        "rejected": R.REJECTED,
    }


def _result_of_suspend(stage: str) -> OrderResult:
    home, hold_id = at_stage(stage)
    return home.gateway.suspend_record(hold_id).result


# amend


def test_an_amendment_changes_what_it_names_and_nothing_else() -> None:
    """An absent field stays, and a null ``ends_at`` means until restored."""
    home, hold_id = at_stage("suspended")
    before = home.gateway.hold(hold_id)
    home.gateway.amend(hold_id, ends_at=None, comment="longer")
    after = home.gateway.hold(hold_id)
    assert (after.ends_at, after.comment, after.priority) == (None, "longer", before.priority)
    assert after.starts_at == before.starts_at
    assert after.not_after == before.not_after


def test_an_amended_start_moves_the_last_moment_along_unless_that_is_given() -> None:
    """``not_after`` is counted from the start."""
    home, hold_id = at_stage("scheduled")
    start = home.gateway.clock.now() + 3 * HOUR
    home.gateway.amend(hold_id, starts_at=start)
    assert home.gateway.hold(hold_id).not_after == start + DAY
    home.gateway.amend(hold_id, starts_at=start + HOUR, not_after=start + 2 * HOUR)
    assert home.gateway.hold(hold_id).not_after == start + 2 * HOUR


def test_a_later_start_before_the_first_write_lets_the_suspension_begin_anew() -> None:
    """It had begun with a silent meter: it waits for the new moment, and then is carried out from its first look."""
    home, hold_id = at_stage("unwritten")
    start = home.gateway.clock.now() + 2 * HOUR
    home.gateway.amend(hold_id, starts_at=start)
    assert not any(leg.busy for leg in home.gateway.hold(hold_id).legs)
    assert home.gateway.waiting(hold_id) == []
    home.water.silent = False
    home.gateway.clock.run_to(start - timedelta(seconds=1))
    home.gateway.once()
    assert home.written == (0, 0)
    home.gateway.settle()
    hold = home.gateway.hold(hold_id)
    assert (hold.status, home.supplied, hold.not_after) == (HoldStatus.SUSPENDED, (False, False), start + DAY)
    operations = {leg.operation.operation_id for leg in hold.legs if leg.operation is not None}
    assert operations == {f"{hold_id}:W-1:2", f"{hold_id}:E-1:1"}


@pytest.mark.parametrize(
    ("field", "seconds", "code"),
    [
        ("ends_at", -1, Because.BACKDATED),
        ("starts_at", -1, Because.BACKDATED),
        ("not_after", -1, Because.BACKDATED),
        ("not_after", 1800, Because.BACKDATED),
        ("ends_at", 1800, Because.MALFORMED),
    ],
)
def test_an_amendment_to_impossible_dates_is_refused(field: str, seconds: float, code: Because) -> None:
    """In the past, or in the wrong order (the hold starts in an hour)."""
    home, hold_id = at_stage("scheduled")
    before = home.gateway.hold(hold_id)
    record = home.gateway.amend(hold_id, **{field: home.gateway.clock.now() + timedelta(seconds=seconds)})
    assert (record.result, record.code) == (R.REJECTED, code)
    assert home.gateway.hold(hold_id) == before


def test_an_amended_end_brings_supply_back_then() -> None:
    """The planned restore follows the new date."""
    home, hold_id = at_stage("suspended")
    home.gateway.amend(hold_id, ends_at=home.gateway.clock.now() + HOUR)
    home.gateway.run_s(3599)
    assert home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    home.gateway.run_s(120)
    assert home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert home.supplied == (True, True)


@pytest.mark.parametrize("field", ["not_after", "ends_at"])
def test_an_earlier_last_moment_holds_for_what_is_already_waiting_to_be_sent(field: str) -> None:
    """A disconnection that was planned under the old date is not sent after the new one."""
    home, hold_id = at_stage("unwritten")
    last = home.gateway.clock.now() + timedelta(seconds=600)
    home.gateway.amend(hold_id, **{field: last})
    operation = home.gateway.leg(hold_id, "W-1").operation
    assert operation is not None
    assert operation.send_before == last
    home.gateway.clock.run_to(last)
    home.water.silent = False
    home.gateway.settle()
    assert home.written == (0, 0)
    assert home.gateway.hold(hold_id).status is HoldStatus.EXPIRED


def test_a_later_last_moment_lets_a_waiting_disconnection_be_sent() -> None:
    """The order that gave more time is obeyed."""
    home, hold_id = at_stage("unwritten")
    home.gateway.amend(hold_id, not_after=home.gateway.clock.now() + 3 * DAY)
    operation = home.gateway.leg(hold_id, "W-1").operation
    assert operation is not None
    assert operation.send_before == home.gateway.hold(hold_id).not_after


# cancel and close


def test_what_was_cancelled_is_never_sent() -> None:
    """The waiting disconnection has ended as cancelled, and nothing waits for a person any more."""
    home, hold_id = at_stage("unwritten")
    home.gateway.cancel(hold_id)
    home.water.silent = False
    home.gateway.settle()
    assert home.written == (0, 0)
    assert home.gateway.leg(hold_id, "W-1").outcome == "cancelled"
    assert home.gateway.waiting(hold_id) == []
    assert home.gateway.meter("W-1").open_holds == ()


def test_closing_leaves_supply_off_and_says_by_whom() -> None:
    """The meters carry the hold's name until supply is proven back."""
    home, hold_id = at_stage("suspended")
    record = home.gateway.close(hold_id)
    assert "another process" in record.detail
    assert home.supplied == (False, False)
    assert {home.gateway.meter(name).left_off_by for name in ("E-1", "W-1")} == {hold_id}
    assert home.gateway.meter("E-1").open_holds == ()


def test_a_meter_that_was_left_off_is_so_until_it_is_proven_back() -> None:
    """An approver's restore without a hold connects it and takes the mark off."""
    home, hold_id = at_stage("closed")
    record = home.gateway.order(Action.RESTORE, meters=("E-1", "W-1"), may_approve=True)
    assert {home.gateway.meter(name).left_off_by for name in ("E-1", "W-1")} == {hold_id}
    home.gateway.settle()
    assert home.gateway.record(record.key.order_id).result is R.DONE
    assert home.supplied == (True, True)
    assert {home.gateway.meter(name).left_off_by for name in ("E-1", "W-1")} == {None}


def test_what_was_left_off_after_it_was_restored_stays_marked() -> None:
    """One hold brought the water back and still waits for electricity; another cut it since and was closed."""
    at_home = home()
    at_home.power.silent = True
    first = at_home.gateway.order(Action.RESTORE, service_point="SP-1", may_approve=True).hold_ids[0]
    at_home.gateway.run_s(30)
    assert at_home.gateway.leg(first, "W-1").restored_at is not None
    over = at_home.gateway.suspend("W-1", reason=Reason.SAFETY)
    at_home.gateway.settle()
    at_home.gateway.close(over.hold_id)
    at_home.power.silent = False
    at_home.gateway.settle()
    assert at_home.gateway.hold(first).status is HoldStatus.RESTORED
    assert (at_home.water.supplied, at_home.gateway.meter("W-1").left_off_by) == (False, over.hold_id)


def test_a_suspended_hold_with_a_write_unresolved_cannot_be_closed() -> None:
    """What is in doubt is resolved first."""
    home, hold_id = at_stage("in_doubt")
    record = home.gateway.close(hold_id)
    assert (record.result, record.code) == (R.REJECTED, Because.HOLD_STATUS)


@pytest.mark.parametrize("action", [Action.AMEND, Action.CANCEL, Action.CLOSE])
@pytest.mark.parametrize("stage", ["scheduled", "suspended"])
def test_nobody_changes_another_senders_hold(stage: str, action: Action) -> None:
    """A hold that is closed, or that has lost its end, never comes back by itself: only its own sender may do that."""
    at_home, hold_id = at_stage(stage)
    before = at_home.gateway.hold(hold_id)
    fields: dict[str, Field] = {"ends_at": None} if action is Action.AMEND else {}
    record = at_home.gateway.order(action, sender="mallory", hold_id=hold_id, **fields)
    assert (record.result, record.code) == (R.REJECTED, Because.FORBIDDEN)
    assert at_home.gateway.hold(hold_id) == before
