"""How supply comes back: armed until a button is pressed, from a limit, against voltage from the house."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhold.domain.errors import Malformed
from meterhold.domain.events import OperationMoved
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation import OperationKind
from meterhold.domain.operation_table import Trigger
from meterhold.domain.order import LegRequest, Limit
from meterhold.domain.words import (
    Because,
    Decision,
    Mode,
    OnRestore,
    OrderResult,
    Outcome,
    Proof,
    Reason,
    SupplyState,
)
from tests.fakes.lab import Lab
from tests.fakes.relay import STATES, Relay, relayed
from tests.fakes.world import run

HOUR_S, DAY_S = 3600, 86_400


def suspended(*without: str, **fields: object) -> tuple[Lab, Relay, str]:
    """A relay that a hold has switched off."""
    lab, relay = relayed(*without)
    hold_id = lab.suspend("E-1", **fields).hold_id
    lab.run_s(120)
    assert lab.hold(hold_id).status is HoldStatus.SUSPENDED
    relay.written.clear()
    return lab, relay, hold_id


def armed(*without: str, **fields: object) -> tuple[Lab, Relay, str]:
    """One whose restore has armed it."""
    lab, relay, hold_id = suspended(*without, **fields)
    lab.restore(hold_id, **({} if "connect" in without else {"on_restore": OnRestore.ARM}))
    lab.run_s(10)
    assert relay.mode == STATES["armed"]
    return lab, relay, hold_id


def triggers(lab: Lab, hold_id: str) -> Sequence[Trigger]:
    """What happened to the hold's operations."""
    happened = run(lab.journal.hold_events(hold_id))
    return [event.move.trigger for _, _, event in happened if isinstance(event, OperationMoved)]


# armed


def test_armed_is_not_restored_until_the_button_is_pressed() -> None:
    """The hold stays restoring, nobody is alarmed, and no charge begins."""
    lab, relay, hold_id = armed()
    lab.run_s(HOUR_S)
    leg, hold = lab.leg(hold_id), lab.hold(hold_id)
    assert (leg.outcome, leg.actual, leg.restored_at) == (Outcome.ARMED, SupplyState.ARMED, None)
    assert (hold.status, hold.chargeable_from, lab.waiting(hold_id)) == (HoldStatus.RESTORING, None, [])
    assert relay.commands == [STATES["armed"]]


def test_a_pressed_button_restores_the_hold() -> None:
    """Proven by load, in a window between two looks, with registers and an order that is done."""
    lab, relay, hold_id = armed()
    lab.run_s(HOUR_S)
    pressed_at = lab.clock.now()
    relay.press()
    lab.run_s(1000)
    leg, hold = lab.leg(hold_id), lab.hold(hold_id)
    assert (leg.outcome, leg.actual, leg.proof) == (Outcome.VERIFIED, SupplyState.CONNECTED, Proof.LOAD_PROVEN)
    assert hold.status is HoldStatus.RESTORED
    assert leg.restored_at is not None
    assert leg.restored_at.not_before <= pressed_at <= leg.restored_at.not_after
    assert hold.chargeable_from == leg.restored_at.not_after
    assert lab.record(hold.restore_keys[0].order_id).result is OrderResult.DONE
    assert relay.commands == [STATES["armed"]]


def test_a_button_that_nobody_presses_becomes_a_person_s_business() -> None:
    """After a day, and it is looked at on: a button pressed the day after ends it by itself."""
    lab, relay, hold_id = armed()
    lab.run_s(DAY_S + HOUR_S)
    (item,) = lab.waiting(hold_id)
    assert {Decision.RETRY, Decision.FIELD_VISIT, Decision.ACCEPT_AS_IS} == set(item.decisions)
    relay.press()
    lab.run_s(HOUR_S)
    assert lab.hold(hold_id).status is HoldStatus.RESTORED
    assert lab.waiting(hold_id) == []


def test_waiting_for_a_button_fills_no_journal() -> None:
    """Looks become rarer with the wait."""
    lab, _, hold_id = armed()
    lab.run_s(2 * DAY_S)
    assert triggers(lab, hold_id).count(Trigger.LOOKED) < 250


def test_an_arming_that_lapses_in_the_device_is_said() -> None:
    """It shows disconnected again: a person decides, and may have it armed once more."""
    lab, relay, hold_id = armed()
    relay.mode = STATES["disconnected"]
    lab.run_s(HOUR_S)
    assert lab.leg(hold_id).outcome is Outcome.REVERTED
    (item,) = lab.waiting(hold_id)
    assert set(item.decisions) == {Decision.RETRY, Decision.FIELD_VISIT}
    lab.decide(hold_id, Decision.RETRY)
    lab.run_s(10)
    assert relay.commands == [STATES["armed"]] * 2
    relay.press()
    lab.run_s(HOUR_S)
    assert lab.hold(hold_id).status is HoldStatus.RESTORED


def test_a_meter_that_only_arms_is_armed_by_every_restore() -> None:
    """Also by the calendar's, which asks nobody."""
    lab, _, hold_id = armed("connect")
    leg = lab.leg(hold_id)
    assert leg.only_arms
    assert leg.operation is not None
    assert leg.operation.target is SupplyState.ARMED
    assert leg.check is not None
    assert leg.check.kind is OperationKind.AWAIT_BUTTON


def test_unpaid_accounts_come_back_armed_where_the_device_can() -> None:
    """The default for non-payment."""
    lab, _ = relayed()
    hold = lab.suspend("E-1", reason=Reason.NON_PAYMENT)
    assert hold.on_restore is OnRestore.ARM


@pytest.mark.parametrize(
    ("without", "asks"),
    [(("connect",), OnRestore.CONNECT), (("arm",), OnRestore.ARM)],
)
def test_an_order_that_asks_for_more_than_the_device_can_is_refused_at_intake(
    without: tuple[str, ...], asks: OnRestore
) -> None:
    """On the way in as well as on the way back."""
    lab, _ = relayed(*without)
    with pytest.raises(Malformed) as refused:
        lab.suspend("E-1", on_restore=asks)
    assert [fault.code for fault in refused.value.faults] == [Because.NOT_CAPABLE]
    lab, _, hold_id = suspended(*without)
    with pytest.raises(Malformed):
        lab.restore(hold_id, on_restore=asks)


# armed is no disconnection


def test_a_meter_that_is_found_armed_is_disconnected() -> None:
    """The customer could press its button: armed would be called off, and in the morning the house is supplied."""
    lab, relay = relayed()
    relay.mode = STATES["armed"]
    hold_id = lab.suspend("E-1").hold_id
    lab.run_s(10)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.actual, leg.found_off) == (Outcome.VERIFIED, SupplyState.DISCONNECTED, False)
    assert relay.commands == [STATES["disconnected"]]


@pytest.mark.parametrize(("was", "writes"), [("connected", 1), ("armed", 2)])
def test_a_device_that_can_only_arm_is_said_to_be_armed_and_no_more(was: str, writes: int) -> None:
    """Off at the level that was seen, never verified, with a person to look at it; its restore connects it."""
    lab, relay = relayed()
    relay.mode = STATES[was]
    relay.arms_at_most = True
    hold_id = lab.suspend("E-1").hold_id
    lab.run_s(60)
    leg, hold = lab.leg(hold_id), lab.hold(hold_id)
    assert (leg.outcome, leg.because, leg.actual) == (Outcome.ARMED, Because.ARMED, SupplyState.ARMED)
    assert (hold.status, leg.off) == (HoldStatus.SUSPENDED, True)
    assert leg.suspended_at is not None
    assert relay.commands == [STATES["disconnected"]] * writes
    (item,) = lab.waiting(hold_id)
    assert set(item.decisions) == {Decision.ACCEPT_AS_IS, Decision.FIELD_VISIT, Decision.RESTORE}
    assert "pressing its button" in lab.suspend_record(hold_id).detail
    lab.restore(hold_id)
    lab.run_s(10)
    assert (lab.hold(hold_id).status, relay.mode) == (HoldStatus.RESTORED, STATES["connected"])


def test_a_suspension_that_may_not_be_sent_leaves_an_armed_meter_armed_and_is_not_suspended() -> None:
    """Found armed and too late to disconnect: it is not called off by this hold."""
    lab, relay = relayed()
    relay.mode = STATES["armed"]
    lab.inhibit(on=True)
    hold_id = lab.suspend("E-1", not_after=lab.clock.now() + timedelta(hours=1)).hold_id
    lab.run_s(2 * HOUR_S)
    assert lab.hold(hold_id).status is HoldStatus.EXPIRED
    assert (relay.written, lab.leg(hold_id).off) == ([], False)


def test_a_meter_that_somebody_armed_meanwhile_is_said_and_may_be_disconnected_again() -> None:
    """The look that follows the switching finds it ready for the button; no supply came back by that."""
    lab, relay = relayed()
    hold_id = lab.suspend("E-1").hold_id
    lab.run_s(30)
    assert lab.leg(hold_id).outcome is Outcome.VERIFIED
    relay.mode = STATES["armed"]
    lab.run_s(120)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.because, leg.reverted_at) == (Outcome.REVERTED, Because.ARMED, None)
    lab.decide(hold_id, Decision.RETRY)
    lab.run_s(30)
    assert lab.leg(hold_id).outcome is Outcome.VERIFIED
    assert relay.mode == STATES["disconnected"]


# restricted


def restrict(value: str, unit: str = "kW") -> dict[str, object]:
    """What an order says to restrict a leg."""
    leg = LegRequest(meter_id="E-1", mode=Mode.RESTRICT, restrict_to=Limit(Decimal(value), unit))
    return {"mode": Mode.RESTRICT, "legs": (leg,)}


def test_a_limit_is_proven_and_not_zero() -> None:
    """The device shows restricted while the house draws: that is what was asked for."""
    lab, relay = relayed()
    hold_id = lab.suspend("E-1", **restrict("2.5")).hold_id
    lab.run_s(10)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.actual, leg.proof) == (Outcome.VERIFIED, SupplyState.RESTRICTED, Proof.STATE_READ)
    assert leg.off
    assert relay.written == [(100, (STATES["restricted"], 25))]
    assert lab.hold(hold_id).status is HoldStatus.SUSPENDED


def test_full_supply_comes_back_from_a_limit() -> None:
    """Voltage behind a limit is no back-feed, and a trickle is no contradiction."""
    lab, relay, hold_id = suspended(**restrict("2.5"))
    lab.restore(hold_id)
    lab.run_s(10)
    assert lab.hold(hold_id).status is HoldStatus.RESTORED
    assert relay.commands == [STATES["connected"]]


def test_a_meter_found_off_is_not_restricted() -> None:
    """To restrict it would let supply through."""
    lab, relay = relayed()
    relay.mode = STATES["disconnected"]
    hold_id = lab.suspend("E-1", **restrict("2.5")).hold_id
    lab.run_s(10)
    assert (lab.leg(hold_id).found_off, relay.written) == (True, [])


def test_a_device_that_cuts_what_it_was_to_restrict_is_contradicted() -> None:
    """A household that was promised a minimum has none."""
    lab, relay = relayed()
    relay.obeys = False
    hold_id = lab.suspend("E-1", **restrict("2.5")).hold_id
    lab.once()
    relay.mode = STATES["disconnected"]
    lab.run_s(60)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.because) == (Outcome.CONTRADICTED, Because.VERIFY_MISMATCH)


@pytest.mark.parametrize(("value", "unit"), [("0.1", "kW"), ("11", "kW"), ("2.55", "kW"), ("2", "A")])
def test_a_limit_that_the_device_cannot_have_is_refused_at_intake(value: str, unit: str) -> None:
    """Out of range, between two of its steps, or in another unit: not approximated."""
    lab, _ = relayed()
    with pytest.raises(Malformed) as refused:
        lab.suspend("E-1", **restrict(value, unit))
    assert [fault.code for fault in refused.value.faults] == [Because.NOT_CAPABLE]


# local control, as the command's own check finds it


def test_a_check_of_the_command_that_does_not_hold_blocks_a_disconnection() -> None:
    """Nothing was written, not even an intent."""
    lab, relay = relayed()
    relay.remote = 0
    hold_id = lab.suspend("E-1").hold_id
    lab.run_s(10)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.because, relay.written) == (Outcome.BLOCKED, Because.LOCAL_CONTROL, [])
    assert Trigger.INTEND not in triggers(lab, hold_id)


def test_a_check_of_the_command_that_does_not_hold_makes_a_restore_wait() -> None:
    """It is asked again at the profile's interval, and a person knows."""
    lab, relay, hold_id = suspended()
    relay.remote = 0
    lab.restore(hold_id)
    lab.run_s(200)
    assert [item.code for item in lab.waiting(hold_id)] == [Because.LOCAL_CONTROL]
    relay.remote = 1
    lab.run_s(61)
    assert lab.hold(hold_id).status is HoldStatus.RESTORED
    assert relay.commands == [STATES["connected"]]


# voltage from the house


def test_nothing_is_sent_while_somebody_feeds_the_house() -> None:
    """The restore waits, says so plainly, and looks at the profile's interval."""
    lab, relay, hold_id = suspended()
    relay.feeds = True
    lab.restore(hold_id)
    lab.run_s(HOUR_S)
    assert relay.written == []
    (item,) = lab.waiting(hold_id)
    assert item.code is Because.LOAD_SIDE_VOLTAGE
    assert "somebody feeds the house" in item.detail
    relay.feeds = False
    lab.run_s(120)
    assert lab.hold(hold_id).status is HoldStatus.RESTORED
    assert relay.commands == [STATES["connected"]]


def feeding_later(*without: str) -> tuple[Lab, Relay, str]:
    """Back-feed begins between the look and the write: the device takes the order and does not close."""
    lab, relay, hold_id = suspended(*without)
    relay.defers = True
    lab.restore(hold_id)
    original = relay.answer

    def answer(question: object) -> object:
        reply = original(question)  # type: ignore[arg-type]
        relay.feeds = True
        return reply

    lab.lab.devices["E-1"] = type("Feeding", (), {"answer": staticmethod(answer), "take": relay.take})()
    lab.run_s(30)
    lab.lab.devices["E-1"] = relay
    return lab, relay, hold_id


def test_a_closing_that_the_device_has_put_off_is_taken_back() -> None:
    """It must not close by itself when nobody looks: taken back, with an intent of its own, and waited for."""
    lab, relay, hold_id = feeding_later()
    assert relay.commands == [STATES["connected"]]
    assert (101, (0,)) in relay.written
    assert not relay.pending
    assert triggers(lab, hold_id).count(Trigger.WITHDRAW) == 1
    lab.run_s(200)
    (item,) = lab.waiting(hold_id)
    assert item.code is Because.LOAD_SIDE_VOLTAGE
    assert "taken back" in item.detail
    assert lab.hold(hold_id).status is HoldStatus.RESTORING
    relay.feeds = False
    lab.run_s(120)
    assert lab.hold(hold_id).status is HoldStatus.RESTORED
    assert relay.commands == [STATES["connected"]] * 2


def test_a_closing_that_cannot_be_taken_back_is_reported() -> None:
    """It may happen at any time, and the person who is asked knows; when it does, supply is proven back."""
    lab, relay, hold_id = feeding_later("withdraw")
    lab.run_s(200)
    assert relay.pending
    (item,) = lab.waiting(hold_id)
    assert "may close by itself" in item.detail
    relay.feeds = False
    lab.run_s(120)
    assert lab.hold(hold_id).status is HoldStatus.RESTORED
    assert relay.commands == [STATES["connected"]]
