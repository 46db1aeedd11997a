"""Orders that arrive in another order than they were decided: what was decided last counts, whichever came first."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterhold.domain.errors import Malformed
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import OrderRecord
from meterhold.domain.words import Action, Because, OrderResult, Reason
from tests.fakes.gateway import Field, Home, home
from tests.unit.domain.decide.stages import DAY, HOUR

R = OrderResult
PLACE: dict[str, Field] = {"service_point": "SP-1"}


def decided(at_home: Home, minute: int, **more: Field) -> dict[str, Field]:
    """When the sender decided: some minutes after noon. All of it arrives an hour later."""
    noon = at_home.gateway.clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    return {"issued_at": noon + timedelta(minutes=minute), **more}


def an_hour_later() -> Home:
    """A home at one o'clock."""
    at_home = home()
    at_home.gateway.clock.run_s(3600)
    return at_home


def suspend(at_home: Home, minute: int, **more: Field) -> OrderRecord:
    """A suspension of the whole home."""
    return at_home.gateway.order(Action.SUSPEND, **PLACE, **decided(at_home, minute, reason=Reason.VACATION, **more))


def restore(at_home: Home, minute: int, **more: Field) -> OrderRecord:
    """A restore of the whole home, by place."""
    return at_home.gateway.order(Action.RESTORE, **PLACE, **decided(at_home, minute, **more))


def test_a_suspension_that_a_later_restore_overtook_is_superseded() -> None:
    """The restore came first and found no hold; the suspension that it was to end never begins."""
    at_home = an_hour_later()
    early = restore(at_home, 10)
    assert (early.result, early.code) == (R.REJECTED, Because.UNKNOWN_HOLD)
    late = suspend(at_home, 5)
    assert (late.result, late.code) == (R.SUPERSEDED, Because.CONFLICTING_ORDER)
    assert early.key.order_id in late.detail
    at_home.gateway.settle()
    assert (at_home.supplied, at_home.written) == ((True, True), (0, 0))


def test_a_suspension_that_was_decided_after_the_restore_is_carried_out() -> None:
    """It is the last word, in whichever order they come."""
    for first, second in ((suspend, restore), (restore, suspend)):
        at_home = an_hour_later()
        first(at_home, 10 if first is suspend else 5)
        second(at_home, 10 if second is suspend else 5)
        at_home.gateway.settle()
        assert at_home.supplied == (False, False)


def test_a_suspension_that_comes_after_its_home_was_restored_is_superseded_too() -> None:
    """The hold that the restore ended is over; an older suspension finds nothing open and is overtaken all the same."""
    at_home = an_hour_later()
    suspend(at_home, 1)
    at_home.gateway.settle()
    restore(at_home, 10)
    at_home.gateway.settle()
    assert suspend(at_home, 5).result is R.SUPERSEDED
    at_home.gateway.settle()
    assert at_home.supplied == (True, True)


def test_a_restore_of_one_meter_overtakes_a_suspension_of_the_whole_home() -> None:
    """A restore by a single meter brings back the whole of the hold there."""
    at_home = an_hour_later()
    at_home.gateway.order(Action.RESTORE, meters=("W-1",), **decided(at_home, 10))
    assert suspend(at_home, 5).result is R.SUPERSEDED


def test_another_sender_s_restore_overtakes_nothing() -> None:
    """Each sender has its own order of things: whose clock is right between them nobody knows."""
    at_home = an_hour_later()
    restore(at_home, 10, sender="other")
    assert suspend(at_home, 5).result is R.OPEN


def test_a_restore_of_a_hold_speaks_of_that_hold_alone() -> None:
    """The suspension planned for next year was decided before it, and stays."""
    at_home = an_hour_later()
    now = at_home.gateway.clock.now()
    hold_id = suspend(at_home, 1, ends_at=now + DAY).hold_ids[0]
    at_home.gateway.settle()
    at_home.gateway.order(Action.RESTORE, hold_id=hold_id, **decided(at_home, 10))
    at_home.gateway.settle()
    assert suspend(at_home, 5, starts_at=now + 300 * DAY).result is R.OPEN


def test_an_unpaid_restore_overtakes_no_suspension_that_asks_for_a_payment() -> None:
    """In its own order it would have been refused."""
    at_home = an_hour_later()
    restore(at_home, 10)
    assert suspend(at_home, 5, restore_requires_payment=True).result is R.OPEN
    paid = an_hour_later()
    restore(paid, 10, payment_ref="P-1")
    assert suspend(paid, 5, restore_requires_payment=True).result is R.SUPERSEDED


def test_a_sender_whose_clock_runs_ahead_stops_no_later_suspension() -> None:
    """What claims to be decided in the future counts as decided when it came."""
    at_home = an_hour_later()
    restore(at_home, 24 * 60)
    at_home.gateway.clock.run_s(60)
    record = at_home.gateway.order(Action.SUSPEND, **PLACE, reason=Reason.VACATION)
    assert record.result is R.OPEN


def test_a_restore_by_place_ends_only_the_holds_that_are_older() -> None:
    """Of two open holds one was amended after the restore was decided: the other one comes to its end."""
    at_home = an_hour_later()
    safety = at_home.gateway.order(Action.SUSPEND, **PLACE, reason=Reason.SAFETY, **decided(at_home, 1)).hold_ids[0]
    at_home.gateway.settle()
    vacation = suspend(at_home, 2).hold_ids[0]
    at_home.gateway.settle()
    at_home.gateway.amend(vacation, priority=7, **decided(at_home, 20))
    record = restore(at_home, 10)
    assert record.hold_ids == (safety,)
    at_home.gateway.settle()
    assert at_home.gateway.hold(safety).status is HoldStatus.CLOSED
    assert at_home.gateway.hold(vacation).status is HoldStatus.SUSPENDED
    assert at_home.supplied == (False, False)
    at_home.gateway.amend(vacation, priority=8, **decided(at_home, 21))
    assert restore(at_home, 12).result is R.SUPERSEDED


def test_what_names_a_suspend_order_that_has_not_come_yet_is_sent_again() -> None:
    """There is nothing that it could be recorded against: 4xx, and nothing is stored."""
    at_home = an_hour_later()
    with pytest.raises(Malformed) as refused:
        at_home.gateway.order(Action.RESTORE, suspend_order_id="S-1", **decided(at_home, 10))
    assert [fault.code for fault in refused.value.faults] == [Because.UNKNOWN_HOLD]
    suspend(at_home, 5, order_id="S-1")
    at_home.gateway.settle()
    at_home.gateway.order(Action.RESTORE, suspend_order_id="S-1", **decided(at_home, 10))
    at_home.gateway.settle()
    assert at_home.supplied == (True, True)


Send = Callable[[Home, int], OrderRecord]


def _about_the_hold(action: Action, **fields: Field) -> Send:
    """An order about whatever hold there is; sent again later where none is known yet."""

    def send(at_home: Home, minute: int) -> OrderRecord:
        hold_id = max(at_home.gateway.journal.world.holds, default="none")
        return at_home.gateway.order(action, hold_id=hold_id, **decided(at_home, minute, **fields))

    return send


SENDERS: dict[str, Send] = {
    "suspend": suspend,
    "restore": restore,
    "amend": _about_the_hold(Action.AMEND, priority=9),
    "cancel": _about_the_hold(Action.CANCEL),
}


def arrive(names: tuple[str, ...], order: tuple[int, ...], waits: tuple[int, ...]) -> Home:
    """Let orders that were decided one after the other arrive in another order, with time in between."""
    at_home = an_hour_later()
    left = [(names[n], n) for n in order]
    waiting = iter(waits)
    while left:
        again: list[tuple[str, int]] = []
        for name, minute in left:
            try:
                SENDERS[name](at_home, minute)
            except Malformed:
                again.append((name, minute))
            at_home.gateway.run_s(next(waiting, 0))
        if len(again) == len(left):
            break
        left = again
    at_home.gateway.run_s(2 * HOUR.total_seconds())
    return at_home


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_restore_that_was_decided_last_ends_with_supply_in_every_order_of_arrival(order: tuple[int, ...]) -> None:
    """Suspend, change, restore."""
    assert arrive(("suspend", "amend", "restore"), order, (0, 30, 0)).supplied == (True, True)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_what_was_decided_last_counts_in_whichever_order_orders_come(data: st.DataObject) -> None:
    """One suspension, and anything about it: ending with a restore it is on, ending with the suspension it is off.

    Where a change was decided after the restore, arrival may decide; but then no restore is called done on a dark home.
    """
    others = data.draw(st.lists(st.sampled_from(["restore", "amend", "cancel"]), max_size=3))
    names = tuple(data.draw(st.permutations(["suspend", *others])))
    order = tuple(data.draw(st.permutations(range(len(names)))))
    waits = tuple(data.draw(st.lists(st.sampled_from([0, 1, 30, 600]), max_size=6)))
    at_home = arrive(names, order, waits)
    assert at_home.power.supplied is at_home.water.supplied
    if names[-1] == "restore":
        assert at_home.power.supplied, (names, order, waits)
    if names[-1] == "suspend":
        assert not at_home.power.supplied, (names, order, waits)
    suspended_at = decided(at_home, names.index("suspend"))["issued_at"]
    for record in at_home.gateway.journal.world.orders.values():
        assert record.result is not R.OPEN
        if record.order.action is Action.RESTORE and record.order.issued_at > suspended_at:
            assert at_home.power.supplied or record.result is not R.DONE, (names, order, waits)


def test_a_suspension_from_a_clock_that_runs_ahead_keeps_no_restore_out() -> None:
    """Not even its own sender's, once that clock is right again: it counts as decided when it came."""
    at_home = home()
    now = at_home.gateway.clock.now()
    hold_id = at_home.suspend(issued_at=now + DAY).hold_id
    at_home.gateway.settle()
    at_home.gateway.amend(hold_id, issued_at=now + 2 * DAY, comment="ahead as well")
    at_home.gateway.clock.run_s(60)
    assert at_home.gateway.order(Action.RESTORE, **PLACE).result is R.OPEN
    at_home.gateway.settle()
    assert at_home.supplied == (True, True)


@pytest.mark.parametrize("last", ["suspend", "amend", "restore"])
def test_another_sender_s_clock_keeps_no_restore_out(last: str) -> None:
    """The crew's clock is two hours behind the one that cut, amended or asked last: supply comes back all the same."""
    at_home = home()
    gateway = at_home.gateway
    hold_id = at_home.suspend().hold_id
    gateway.settle()
    if last == "amend":
        gateway.amend(hold_id, comment="by the office")
    if last == "restore":
        at_home.power.silent = at_home.water.silent = True
        gateway.restore(hold_id)
    record = gateway.order(Action.RESTORE, sender="crew", issued_at=gateway.clock.now() - 2 * HOUR, **PLACE)
    assert record.result is R.OPEN
    at_home.power.silent = at_home.water.silent = False
    gateway.settle()
    assert at_home.supplied == (True, True)
