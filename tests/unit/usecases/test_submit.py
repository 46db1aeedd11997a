"""Taking an order in: whom it means, what its meters can do, and that a replay or a dry run stores nothing."""

import pytest

from meterhold.domain.errors import DuplicateOrder, Malformed, StoreUnavailable
from meterhold.domain.order import LegRequest, Order
from meterhold.domain.words import Action, Because, Context, Mode, OnRestore, OrderResult, Reason, Service
from meterhold.usecases.submit import dry_run, submit_order
from tests.fakes.gateway import Field, Gateway, home
from tests.fakes.world import run


def faults_of(gateway: Gateway, action: Action, **fields: Field) -> list[tuple[str, Because]]:
    """Send an order that must not be taken in; what is wrong with it, and that nothing was stored."""
    said = len(gateway.journal.events)
    with pytest.raises(Malformed) as malformed:
        gateway.order(action, **fields)
    assert len(gateway.journal.events) == said
    return [(fault.field, fault.code) for fault in malformed.value.faults]


def test_a_service_point_means_all_its_meters() -> None:
    """In the order of their names, retired ones excepted."""
    at_home = home()
    assert [leg.meter_id for leg in at_home.suspend().legs] == ["E-1", "W-1"]


@pytest.mark.parametrize("action", [Action.SUSPEND, Action.RESTORE])
def test_an_unknown_place_is_named(action: Action) -> None:
    """A service point without meters, and each meter that nobody knows."""
    gateway = home().gateway
    assert faults_of(gateway, action, service_point="SP-9", reason=Reason.VACATION) == [
        ("service_point", Because.UNKNOWN_METER)
    ]
    found = faults_of(gateway, action, meters=("E-9", "E-1", "W-9"), reason=Reason.VACATION)
    assert found == [("meters.0", Because.UNKNOWN_METER), ("meters.2", Because.UNKNOWN_METER)]


@pytest.mark.parametrize("action", [Action.RESTORE, Action.AMEND, Action.CANCEL, Action.CLOSE])
@pytest.mark.parametrize("field", ["hold_id", "suspend_order_id"])
def test_an_unknown_hold_is_named(action: Action, field: str) -> None:
    """By whichever name the order uses."""
    assert faults_of(home().gateway, action, **{field: "nothing"}) == [(field, Because.UNKNOWN_HOLD)]


def test_a_hold_is_found_by_the_order_that_opened_it_and_only_by_its_sender() -> None:
    """Another sender's order of the same name is another order."""
    at_home = home()
    hold = at_home.suspend(order_id="WO-1")
    at_home.gateway.settle()
    assert at_home.gateway.order(Action.RESTORE, suspend_order_id="WO-1").hold_ids == (hold.hold_id,)
    with pytest.raises(Malformed):
        at_home.gateway.order(Action.RESTORE, suspend_order_id="WO-1", sender="somebody else")


def test_legs_must_choose_among_the_orders_meters() -> None:
    """By meter and by service; all faults at once."""
    gateway = home().gateway
    legs = (LegRequest(meter_id="W-1"), LegRequest(service=Service.WATER), LegRequest(service=Service.ELECTRICITY))
    found = faults_of(gateway, Action.SUSPEND, meters=("E-1",), legs=legs, reason=Reason.VACATION)
    assert found == [("legs.0.meter_id", Because.UNKNOWN_METER), ("legs.1.service", Because.UNKNOWN_METER)]


def test_a_mode_that_a_meter_cannot_do_is_refused() -> None:
    """Restricting takes a profile that can; watching takes nothing."""
    gateway = home().gateway
    found = faults_of(gateway, Action.SUSPEND, service_point="SP-1", mode=Mode.RESTRICT, reason=Reason.VACATION)
    assert found == [("mode", Because.NOT_CAPABLE), ("mode", Because.NOT_CAPABLE)]
    legs = (LegRequest(meter_id="E-1", mode=Mode.MONITOR_ONLY), LegRequest(meter_id="W-1", mode=Mode.RESTRICT))
    found = faults_of(gateway, Action.SUSPEND, service_point="SP-1", legs=legs, reason=Reason.VACATION)
    assert found == [("mode", Because.NOT_CAPABLE)]


def test_arming_takes_meters_that_can() -> None:
    """In a suspension's own plan and in a restore."""
    at_home = home()
    asked = {"service_point": "SP-1", "on_restore": OnRestore.ARM}
    expected = [("on_restore", Because.NOT_CAPABLE)] * 2
    assert faults_of(at_home.gateway, Action.SUSPEND, reason=Reason.VACATION, **asked) == expected
    hold = at_home.suspend()
    assert faults_of(at_home.gateway, Action.RESTORE, hold_id=hold.hold_id, on_restore=OnRestore.ARM) == expected


def test_a_meter_whose_profile_is_not_loaded_can_do_nothing() -> None:
    """The order is refused, and says which."""
    gateway = home().gateway
    gateway.flag("E-1", profile="gone")
    found = faults_of(gateway, Action.SUSPEND, meters=("E-1",), reason=Reason.VACATION)
    assert found == [("mode", Because.NOT_CAPABLE)]


@pytest.mark.parametrize("of_meter", list(Context))
def test_test_orders_reach_test_meters_only_and_the_other_way_round(of_meter: Context) -> None:
    """In both directions."""
    gateway = home().gateway
    gateway.flag("E-1", context=of_meter)
    other = Context.TEST if of_meter is Context.PRODUCTION else Context.PRODUCTION
    for action in (Action.SUSPEND, Action.RESTORE):
        found = faults_of(gateway, action, meters=("E-1",), context=other, reason=Reason.TEST)
        assert found == [("context", Because.CONTEXT)]
    assert gateway.suspend("E-1", context=of_meter, reason=Reason.TEST).context is of_meter


def an_order(gateway: Gateway, **fields: Field) -> Order:
    """A suspend order for the whole home."""
    plain: dict[str, Field] = {"order_id": "WO-1", "action": Action.SUSPEND, "issued_at": gateway.clock.now()}
    return Order(**plain | {"service_point": "SP-1", "reason": Reason.VACATION} | fields)


def test_a_replay_is_answered_from_the_record() -> None:
    """The same content under the same key: the same answer, even when the home would be refused by now."""
    gateway = home().gateway
    order = an_order(gateway)
    first = run(submit_order(gateway.ports, order, "cis", "hash"))
    gateway.settle()
    said = len(gateway.journal.events)
    again = run(submit_order(gateway.ports, order, "cis", "hash"))
    assert (first.replay, again.replay) == (False, True)
    assert again.record.hold_ids == first.record.hold_ids
    assert again.record.result is OrderResult.DONE
    assert len(gateway.journal.events) == said


def test_the_same_name_for_other_content_is_refused_before_anything_is_looked_up() -> None:
    """And another sender may use the name."""
    gateway = home().gateway
    run(submit_order(gateway.ports, an_order(gateway), "cis", "hash"))
    with pytest.raises(DuplicateOrder):
        run(submit_order(gateway.ports, an_order(gateway, service_point="SP-9"), "cis", "other"))
    other = run(submit_order(gateway.ports, an_order(gateway), "mdm", "hash"))
    assert other.record.code is Because.CONFLICTING_ORDER


@pytest.mark.parametrize("refused", [False, True])
def test_a_dry_run_says_what_would_become_of_an_order_and_stores_nothing(refused: bool) -> None:
    """The same verdicts as in earnest."""
    at_home = home()
    if refused:
        at_home.suspend()
    said = len(at_home.gateway.journal.events)
    answer = run(dry_run(at_home.gateway.ports, an_order(at_home.gateway), "cis"))
    assert len(at_home.gateway.journal.events) == said
    assert answer.record.result is (OrderResult.REJECTED if refused else OrderResult.OPEN)
    earnest = run(submit_order(at_home.gateway.ports, an_order(at_home.gateway), "cis", "hash"))
    assert earnest.record.result is answer.record.result
    assert earnest.record.code is answer.record.code


def test_a_dry_run_of_a_restore_looks_at_the_holds_that_are_open() -> None:
    """By hold and by place."""
    at_home = home()
    hold = at_home.suspend(restore_requires_payment=True)
    at_home.gateway.settle()
    for whom in ({"hold_id": hold.hold_id, "service_point": None}, {"service_point": "SP-1"}):
        order = an_order(at_home.gateway, action=Action.RESTORE, **whom)
        answer = run(dry_run(at_home.gateway.ports, order, "cis"))
        assert answer.record.code is Because.PAYMENT_REQUIRED


def test_a_dry_run_names_what_would_keep_the_order_waiting() -> None:
    """The inhibit, a lock, another hold: whose it is, in the answer's code and words; and nothing when it is over."""
    at_home = home()
    gateway = at_home.gateway
    assert run(dry_run(gateway.ports, an_order(gateway), "cis")).record.detail == ""
    gateway.inhibit(on=True)
    gateway.lock("W-1")
    record = run(dry_run(gateway.ports, an_order(gateway), "cis")).record
    assert (record.result, record.code) == (OrderResult.OPEN, Because.INHIBITED)
    assert record.detail == "it would wait: the inhibit is on, by desk: storm; W-1 is locked by fitter: meter box"
    watched = an_order(gateway, mode=Mode.MONITOR_ONLY)
    assert run(dry_run(gateway.ports, watched, "cis")).record.code is None
    gateway.inhibit(on=False)
    gateway.unlock("W-1")
    gateway.clock.believed = False
    assert run(dry_run(gateway.ports, an_order(gateway), "cis")).record.code is Because.CLOCK


def test_a_dry_run_of_a_restore_names_lock_and_safety_hold_and_no_inhibit() -> None:
    """The kill switch stops no reconnect; a technician and an open safety hold do."""
    at_home = home()
    gateway = at_home.gateway
    hold_id = at_home.suspend().hold_id
    gateway.settle()
    restore = an_order(gateway, action=Action.RESTORE, hold_id=hold_id, service_point=None)
    gateway.inhibit(on=True)
    assert run(dry_run(gateway.ports, restore, "cis")).record.code is None
    gateway.lock("E-1")
    record = run(dry_run(gateway.ports, restore, "cis")).record
    assert (record.code, record.detail) == (
        Because.TECHNICIAN_LOCK,
        "it would wait: E-1 is locked by fitter: meter box",
    )
    gateway.unlock("E-1")
    gateway.inhibit(on=False)
    over = gateway.suspend("E-1", reason=Reason.SAFETY)
    gateway.settle()
    record = run(dry_run(gateway.ports, restore, "cis")).record
    assert (record.code, over.hold_id in record.detail) == (Because.HELD_BY, True)


def test_when_the_store_cannot_write_the_order_is_not_taken_in() -> None:
    """The sender hears so and may send it again."""
    gateway = home().gateway
    gateway.journal.full = True
    with pytest.raises(StoreUnavailable):
        run(submit_order(gateway.ports, an_order(gateway), "cis", "hash"))
    gateway.journal.full = False
    assert not run(submit_order(gateway.ports, an_order(gateway), "cis", "hash")).replay
