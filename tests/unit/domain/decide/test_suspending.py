"""A suspend order at intake: judged, checked, and made a hold with everything that the order said."""

from datetime import timedelta
from decimal import Decimal

import pytest

from meterhold.domain.commands import Capability, SubmitOrder
from meterhold.domain.decide import decide
from meterhold.domain.draft import World
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import Fees, LegRequest, Order, OrderKey
from meterhold.domain.policy import Effect
from meterhold.domain.words import (
    Action,
    Because,
    Flag,
    Mode,
    OnRestore,
    OrderResult,
    Reason,
    Service,
    SupplyState,
)
from tests.fakes.gateway import Field, home
from tests.unit.domain.build import NOON, meter
from tests.unit.domain.decide.stages import DAY, HOUR

FLAGS = [
    (Flag.LIFE_SUPPORT, Because.PROTECTED_CUSTOMER),
    (Flag.MASTER_METERED, Because.PROTECTED_CUSTOMER),
    (Flag.FIRE_SERVICE, Because.FIRE_SERVICE),
]


def test_what_is_due_begins_with_the_order() -> None:
    """No sweep is needed in between: the first meter's work is there when the order is accepted."""
    at_home = home()
    hold = at_home.suspend()
    assert hold.status is HoldStatus.SUSPENDING
    water, power = hold.leg("W-1").operation, hold.leg("E-1").operation
    assert water is not None
    assert water.target is SupplyState.DISCONNECTED
    assert power is None
    assert hold.not_after == hold.starts_at + timedelta(days=1) == water.send_before


def test_what_is_not_due_waits() -> None:
    """Nothing is planned at a meter before its time."""
    at_home = home()
    hold = at_home.suspend(starts_at=at_home.gateway.clock.now() + HOUR)
    assert hold.status is HoldStatus.SCHEDULED
    assert all(leg.operation is None for leg in hold.legs)
    assert hold.next_moment_at == hold.starts_at


def test_a_hold_carries_what_its_order_said() -> None:
    """Nothing is interpreted that the gateway only carries."""
    at_home = home()
    now = at_home.gateway.clock.now()
    hold = at_home.suspend(
        starts_at=now + HOUR,
        ends_at=now + DAY,
        not_after=now + 2 * HOUR,
        restore_by=now + 2 * DAY,
        priority=8,
        sequence=4,
        fees=Fees(Decimal("10.00"), Decimal("12.50"), "EUR"),
        restore_requires_payment=True,
        account_ref="A-1",
        requested_by="desk 4",
        correlation_id="c-9",
        comment="winter",
        reply_to="https://dispatch.example/hook",
    )
    assert (hold.ends_at, hold.not_after, hold.restore_by) == (now + DAY, now + 2 * HOUR, now + 2 * DAY)
    assert (hold.priority, hold.sequence, hold.issued_at) == (8, 4, now)
    assert hold.fees == Fees(Decimal("10.00"), Decimal("12.50"), "EUR")
    assert hold.restore_requires_payment
    assert (hold.account_ref, hold.requested_by, hold.correlation_id) == ("A-1", "desk 4", "c-9")
    assert (hold.comment, hold.reply_to) == ("winter", "https://dispatch.example/hook")


def test_a_leg_is_refined_by_meter_before_service() -> None:
    """The closer choice counts."""
    at_home = home()
    hold = at_home.suspend(
        starts_at=at_home.gateway.clock.now() + HOUR,
        legs=(
            LegRequest(service=Service.ELECTRICITY, mode=Mode.PHYSICAL, expected_serial="S-1"),
            LegRequest(meter_id="E-1", mode=Mode.MONITOR_ONLY),
        ),
    )
    assert (hold.leg("E-1").mode, hold.leg("E-1").expected_serial) == (Mode.MONITOR_ONLY, None)
    assert hold.leg("W-1").mode is Mode.PHYSICAL


@pytest.mark.parametrize(("flag", "code"), FLAGS)
@pytest.mark.parametrize("reason", list(Reason))
def test_protected_premises_are_refused_at_intake_whatever_the_reason(
    flag: Flag, code: Because, reason: Reason
) -> None:
    """The order is recorded with the verdict and its facts, and opens no hold."""
    at_home = home()
    at_home.gateway.flag("W-1", flags=frozenset({flag}))
    record = at_home.gateway.order(Action.SUSPEND, service_point="SP-1", reason=reason)
    assert (record.result, record.code, record.hold_ids) == (OrderResult.REJECTED, code, ())
    (verdict,) = record.verdicts
    assert (verdict.effect, verdict.facts["meter_id"]) == (Effect.REFUSE, "W-1")
    at_home.gateway.settle()
    assert at_home.written == (0, 0)


def test_watching_protected_premises_is_no_disconnection() -> None:
    """A leg that is only watched is not judged by the floor."""
    at_home = home()
    at_home.gateway.flag("E-1", flags=frozenset({Flag.LIFE_SUPPORT}))
    assert at_home.suspend(mode=Mode.MONITOR_ONLY).status is HoldStatus.MONITORING


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"starts_at": -HOUR}, Because.BACKDATED),
        ({"starts_at": timedelta(seconds=-301)}, Because.BACKDATED),
        ({"not_after": timedelta(0)}, Because.EXPIRED),
        ({"ends_at": -HOUR}, Because.EXPIRED),
    ],
)
def test_a_suspension_is_never_backdated(fields: dict[str, timedelta], code: Because) -> None:
    """Dates that have passed are refused, with the rule."""
    at_home = home()
    moments: dict[str, Field] = {name: at_home.gateway.clock.now() + shift for name, shift in fields.items()}
    record = at_home.gateway.order(Action.SUSPEND, service_point="SP-1", reason=Reason.VACATION, **moments)
    assert (record.result, record.code) == (OrderResult.REJECTED, code)


def test_a_few_minutes_on_the_way_are_no_backdating() -> None:
    """Dispatch systems have clocks and queues of their own."""
    at_home = home()
    hold = at_home.suspend(starts_at=at_home.gateway.clock.now() - timedelta(seconds=299))
    assert hold.status is HoldStatus.SUSPENDING


def test_only_watching_begins_and_ends_without_a_meter() -> None:
    """No operation is planned, and the order is done."""
    at_home = home()
    hold = at_home.suspend(mode=Mode.MONITOR_ONLY)
    assert hold.status is HoldStatus.MONITORING
    assert all(leg.operation is None for leg in hold.legs)
    assert at_home.gateway.suspend_record(hold.hold_id).result is OrderResult.DONE


ARMS = Capability(can_disconnect=True, can_connect=True, can_restrict=False, can_arm=True)
CONNECTS = Capability(can_disconnect=True, can_connect=True, can_restrict=False, can_arm=False)


@pytest.mark.parametrize(
    ("fields", "capability", "expected"),
    [
        ({"reason": Reason.NON_PAYMENT}, ARMS, OnRestore.ARM),
        ({"reason": Reason.NON_PAYMENT}, CONNECTS, OnRestore.CONNECT),
        ({"reason": Reason.VACATION, "vacant_verified": True}, ARMS, OnRestore.ARM),
        ({"reason": Reason.VACATION, "customer_present": False}, ARMS, OnRestore.ARM),
        ({"reason": Reason.VACATION}, ARMS, OnRestore.CONNECT),
        ({"reason": Reason.NON_PAYMENT, "on_restore": OnRestore.CONNECT}, ARMS, OnRestore.CONNECT),
        ({"reason": Reason.VACATION, "on_restore": OnRestore.ARM}, ARMS, OnRestore.ARM),
    ],
)
def test_unattended_premises_come_back_armed_where_every_device_can(
    fields: dict[str, object], capability: Capability, expected: OnRestore
) -> None:
    """Unless the order says otherwise."""
    order = Order(order_id="O", action=Action.SUSPEND, issued_at=NOON, **fields)  # type: ignore[arg-type]
    command = SubmitOrder(NOON, OrderKey("cis", "O"), order, "x", ("E-1",), ("H",), {"E-1": capability})
    assert decide(World(meters={"E-1": meter()}), command).hold("H").on_restore is expected
