"""A technician's lock: what stops, what does not, and when hands may go in."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhold.documents.statement_text import statement_text
from meterhold.domain.commands import Terms
from meterhold.domain.errors import Refused
from meterhold.domain.events import Event, OperationMoved
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.operation import Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.words import Because, Outcome, Reason, SupplyState
from meterhold.usecases import locking
from meterhold.usecases.locking import await_lock, lock_meter, lock_state, review_lock, unlock_meter
from meterhold.usecases.statement import statement_of
from tests.fakes.gateway import Gateway, home
from tests.fakes.metering import SHELLY, XINTAI, FakeMeter, OnWrite, place
from tests.fakes.world import run
from tests.unit.domain.build import in_state

UNRESOLVED = [
    OperationState.INTENDED,
    OperationState.SENT,
    OperationState.AT_CARRIER,
    OperationState.DELIVERED,
    OperationState.OBSERVING,
    OperationState.IN_DOUBT,
]


def one(profile: str = SHELLY, terms: Terms | None = None) -> tuple[Gateway, FakeMeter]:
    """A gateway with one meter."""
    gateway = Gateway(terms=terms or Terms())
    (meter,) = gateway.install(place(profile, "M-1"))
    return gateway, meter


def put(gateway: Gateway, hold_id: str, operation: Operation) -> None:
    """Let the only leg of a hold have come to this point."""
    hold = gateway.hold(hold_id)
    leg = replace(hold.legs[0], operation=replace(operation, hold_id=hold_id, meter_id="M-1"))
    gateway.journal.world.holds[hold_id] = replace(hold, legs=(leg,))


@pytest.mark.parametrize("state", UNRESOLVED)
def test_hands_stay_out_in_every_state_in_which_a_write_is_unresolved(state: OperationState) -> None:
    """Whatever the write is at: the answer says what is waited for, in words."""
    gateway, _ = one()
    hold_id = gateway.suspend("M-1").hold_id
    put(gateway, hold_id, in_state(state))
    assert not gateway.lock("M-1")
    (wait,) = run(lock_state(gateway.ports, "M-1")).waits
    assert wait.operation.state is state
    assert len(wait.why.split()) > 4


@pytest.mark.parametrize("state", [OperationState.QUEUED, OperationState.ENDED])
def test_hands_may_go_in_where_nothing_has_left_or_all_is_over(state: OperationState) -> None:
    """Nothing of a queued operation leaves any more, and an ended one has left nothing behind."""
    gateway, _ = one()
    hold_id = gateway.suspend("M-1").hold_id
    put(gateway, hold_id, in_state(state))
    assert gateway.lock("M-1")


def test_the_write_of_another_hold_at_the_same_meter_is_waited_for_too() -> None:
    """It is the meter that is locked, not a hold."""
    gateway, _ = one()
    first = gateway.suspend("M-1").hold_id
    gateway.settle()
    over = gateway.suspend("M-1", reason=Reason.SAFETY).hold_id
    put(gateway, over, in_state(OperationState.IN_DOUBT))
    assert gateway.leg(first).outcome is Outcome.VERIFIED
    assert not gateway.lock("M-1")
    (wait,) = run(lock_state(gateway.ports, "M-1")).waits
    assert wait.operation.hold_id == over


def test_what_a_carrier_holds_is_waited_for_until_it_expires() -> None:
    """And the answer says when that is."""
    gateway, _ = one()
    hold_id = gateway.suspend("M-1").hold_id
    expires_at = gateway.clock.now() + timedelta(hours=6)
    at_carrier = in_state(OperationState.AT_CARRIER)
    assert at_carrier.intent is not None
    put(gateway, hold_id, replace(at_carrier, intent=replace(at_carrier.intent, expires_at=expires_at)))
    gateway.lock("M-1")
    (wait,) = run(lock_state(gateway.ports, "M-1")).waits
    assert wait.until == expires_at


def test_a_lock_that_comes_between_intent_and_write_is_not_safe_before_the_meter_was_seen() -> None:
    """The write leaves within its two seconds; only the look after it makes the lock hold."""
    gateway, meter = one()
    answers: list[bool] = []

    def lock_now(event: Event) -> None:
        if isinstance(event, OperationMoved) and event.move.trigger is Trigger.INTEND:
            answers.append(gateway.lock("M-1"))

    gateway.journal.watch = lock_now
    gateway.links.referee = lambda _meter, _connect: None
    hold_id = gateway.suspend("M-1").hold_id
    gateway.once()
    assert (answers, meter.writes) == ([False], [(gateway.clock.now(), False)])
    gateway.journal.watch = lambda _event: None
    gateway.settle()
    assert gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    assert run(lock_state(gateway.ports, "M-1")).held


async def test_a_technician_may_wait_for_the_lock_to_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer comes as soon as the write is resolved, not at the end of the time that was given."""
    monkeypatch.setattr(locking, "ASK_AGAIN_S", 0.0)
    gateway, meter = one()
    meter.next_write = OnWrite.LOSE_REPLY
    gateway.suspend("M-1")
    gateway.once()
    assert not gateway.lock("M-1")
    waiting = asyncio.create_task(await_lock(gateway.ports, "M-1", 3600))
    await asyncio.sleep(0)
    assert not waiting.done()
    gateway.run_s(60)
    answer = await waiting
    assert (answer.held, answer.waits) == (True, ())


async def test_waiting_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is not safe is an answer; and nobody waits for a lock that is not on."""
    monkeypatch.setattr(locking, "ASK_AGAIN_S", 0.0)
    gateway, meter = one()
    meter.next_write = OnWrite.LOSE_REPLY
    assert not (await await_lock(gateway.ports, "M-1", 3600)).held
    gateway.suspend("M-1")
    gateway.once()
    gateway.lock("M-1")
    waiting = asyncio.create_task(await_lock(gateway.ports, "M-1", 5))
    await asyncio.sleep(0)
    gateway.clock.run_s(6)
    assert not (await waiting).held


def suspend_under_lock(gateway: Gateway) -> None:
    """A disconnection."""
    gateway.suspend("M-1")


def restore_under_lock(gateway: Gateway) -> None:
    """A reconnection."""
    gateway.unlock("M-1")
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    gateway.lock("M-1")
    gateway.restore(hold_id)


def rewrite_under_lock(gateway: Gateway) -> None:
    """The second write of a disconnection whose first one had no effect."""
    gateway.unlock("M-1")
    gateway.links.meters[0].next_write = OnWrite.LOSE_WRITE
    gateway.suspend("M-1")
    gateway.once()
    gateway.lock("M-1")


@pytest.mark.parametrize("switching", [suspend_under_lock, restore_under_lock, rewrite_under_lock])
def test_a_lock_stops_every_write_until_it_is_taken_off(switching: Callable[[Gateway], None]) -> None:
    """Neither direction, and no second try; not after a minute and not after a day. Then all goes on by itself."""
    gateway, meter = one()
    gateway.lock("M-1")
    switching(gateway)
    done = len(meter.writes)
    for wait_s in (60, 3600, 80_000):
        gateway.run_s(wait_s)
        assert len(meter.writes) == done
    (waiting,) = [hold for hold in gateway.journal.world.holds.values() if not hold.final]
    assert waiting.legs[0].because is Because.TECHNICIAN_LOCK
    assert gateway.waiting(waiting.hold_id)[0].who == "fitter"
    gateway.unlock("M-1")
    gateway.run_s(60)
    assert len(meter.writes) == done + 1


def test_a_lock_stops_a_leak_from_being_shut_and_says_so() -> None:
    """The technician's hands come first; the leak is shut when they are out."""
    rule = LeakWatch(within_s=300, every_s=30, above=Decimal("0.02"))
    gateway, meter = one(XINTAI, Terms(leak_watch={"water": rule}))
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    gateway.restore(hold_id)
    gateway.run_s(120)
    gateway.lock("M-1")
    gateway.settle()
    assert meter.supplied
    assert gateway.leg(hold_id).because is Because.TECHNICIAN_LOCK
    gateway.unlock("M-1")
    gateway.settle()
    assert not meter.supplied


def test_no_time_takes_a_lock_off_and_its_review_alarms_once() -> None:
    """At its review time a person is told, once; renewed, it is told again when that time has passed."""
    gateway, _ = one()
    gateway.lock("M-1")
    gateway.run_s(8 * 3600 + 1)
    for _ in range(3):
        for meter_id in run(gateway.journal.due_lock_reviews(gateway.clock.now(), 10)):
            run(review_lock(gateway.ports, meter_id))
    (alarm,) = gateway.meter("M-1").alarms
    assert (alarm.code, alarm.evidence["owner"]) == (Because.LOCK_REVIEW, "fitter")
    lock = gateway.meter("M-1").lock
    assert lock is not None
    assert lock.reviewed
    gateway.lock("M-1")
    renewed = gateway.meter("M-1").lock
    assert renewed is not None
    assert (renewed.since, renewed.reviewed) == (lock.since, False)


def test_a_review_that_comes_too_early_says_nothing() -> None:
    """A lost or doubled wake-up changes nothing."""
    gateway, _ = one()
    run(review_lock(gateway.ports, "M-1"))
    gateway.lock("M-1")
    run(review_lock(gateway.ports, "M-1"))
    assert gateway.meter("M-1").alarms == ()


def test_only_its_owner_or_an_admin_with_a_reason_takes_it_off() -> None:
    """Another technician does not, nor an admin without a word."""
    gateway, _ = one()
    gateway.lock("M-1")
    for by, reason, is_admin in (("bob", "I need it", False), ("root", "", True)):
        with pytest.raises(Refused) as refused:
            run(unlock_meter(gateway.ports, "M-1", by, reason, is_admin=is_admin))
        assert refused.value.code is Because.FORBIDDEN
    with pytest.raises(Refused, match="locked by fitter"):
        run(lock_meter(gateway.ports, "M-1", "bob", "mine", gateway.clock.now() + timedelta(hours=1)))
    assert run(unlock_meter(gateway.ports, "M-1", "root", "fitter went home", is_admin=True)).lock is None


def test_a_lock_shows_at_every_open_hold_of_the_meter_and_at_no_other() -> None:
    """Those that were open when it came, and those that come after; when a hold is over it shows none."""
    at_home = home()
    gateway = at_home.gateway
    before = at_home.suspend(starts_at=gateway.clock.now() + timedelta(days=2)).hold_id
    gateway.lock("E-1")
    after = gateway.suspend("E-1", reason=Reason.METER_WORK).hold_id
    for hold_id in (before, after):
        lock = gateway.leg(hold_id, "E-1").lock
        assert lock is not None
        assert lock.owner == "fitter"
    assert gateway.leg(before, "W-1").lock is None
    gateway.cancel(before)
    assert gateway.leg(before, "E-1").lock is None
    gateway.unlock("E-1")
    assert gateway.leg(after, "E-1").lock is None
    gateway.restart()


def test_the_statement_says_what_a_switching_waited_for() -> None:
    """Who asks later why supply came back late is told: whose lock it was, since when and until when."""
    gateway, _ = one()
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    gateway.lock("M-1")
    gateway.restore(hold_id)
    since = gateway.clock.now()
    gateway.run_s(1200)
    gateway.unlock("M-1")
    gateway.settle()
    drawn_up = statement_of(gateway.hold(hold_id), run(gateway.journal.hold_events(hold_id)))
    (stop,) = drawn_up.stops
    assert (stop.code, stop.meter_id, stop.who) == (Because.TECHNICIAN_LOCK, "M-1", "fitter")
    assert stop.since == since
    assert stop.until is not None
    assert stop.until >= since + timedelta(seconds=1200)
    assert "TECHNICIAN_LOCK M-1 (fitter): locked by fitter: meter box" in statement_text(drawn_up)


def test_a_lock_does_not_stop_an_armed_meter_and_says_so() -> None:
    """The customer's button works whatever the gateway does."""
    gateway, _ = one()
    gateway.lock("M-1")
    meter = gateway.meter("M-1")
    gateway.journal.world.meters["M-1"] = replace(meter, actual=replace(meter.actual, state=SupplyState.ARMED))
    (caution,) = run(lock_state(gateway.ports, "M-1")).cautions
    assert "button" in caution


def test_after_a_command_that_nobody_saw_the_end_of_the_technician_is_warned() -> None:
    """Nothing can arrive any more, and still nobody knows how the meter stands."""
    gateway, _ = one()
    hold_id = gateway.suspend("M-1").hold_id
    hold = gateway.hold(hold_id)
    leg = replace(hold.legs[0], outcome=Outcome.UNRESOLVED, operation=None)
    gateway.journal.world.holds[hold_id] = replace(hold, legs=(leg,))
    gateway.lock("M-1")
    answer = run(lock_state(gateway.ports, "M-1"))
    assert answer.held
    assert "read the meter" in answer.cautions[0]
