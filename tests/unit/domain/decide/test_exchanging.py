"""A meter that is replaced in the middle of a hold: recorded, looked at, and never cut by itself."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.exchange import Exchange
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.observation import RegisterReading
from meterhold.domain.words import Because, Decision, Outcome, Quality, Quantity, SupplyState
from meterhold.usecases.exchanging import exchange_meter
from meterhold.usecases.verifying import verify_meter
from tests.fakes.gateway import Field, Gateway, Home, home
from tests.fakes.metering import DDS238, FakeMeter, OnWrite
from tests.fakes.world import run
from tests.unit.domain.decide.stages import DAY, HOUR, at_stage

NEW = "id-E-1-new"
FINAL, INITIAL = "1234.50", "0.10"


def kwh(value: str, gateway: Gateway) -> tuple[RegisterReading, ...]:
    """A register that a person has read off."""
    return (RegisterReading(Quantity.ENERGY_IMPORT_KWH, Decimal(value), Quality.ACTUAL, gateway.clock.now()),)


def record(gateway: Gateway, **fields: Field) -> None:
    """Record the exchange of the electricity meter, as a fitter in front of it does."""
    row = gateway.meter("E-1")
    told = Exchange(
        at=gateway.clock.now(),
        by="fitter",
        old_serial=row.installation.serial,
        new_serial=None if row.installation.serial is None else NEW,
        final=kwh(FINAL, gateway),
        initial=kwh(INITIAL, gateway),
    )
    run(exchange_meter(gateway.ports, "E-1", replace(told, **fields)))


def put_in(meter: FakeMeter, *, connected: bool) -> None:
    """Put another meter on the wall."""
    meter.stand(connected=connected)
    meter.total = float(INITIAL)
    if meter.place.serial is not None:
        meter.serial = NEW
        meter.place = replace(meter.place, serial=NEW)


def exchanged(stage: str, *, connected: bool, **fields: Field) -> tuple[Home, str]:
    """A home whose electricity meter is replaced in that stage of its hold."""
    at_home, hold_id = at_stage(stage)
    at_home.gateway.by_hand.add("E-1")
    put_in(at_home.power, connected=connected)
    record(at_home.gateway, **fields)
    return at_home, hold_id


def test_a_new_meter_that_is_off_is_proven_off_and_brought_back() -> None:
    """By its own word, as the new meter; nothing is written until the restore, and that goes to the new one."""
    at_home, hold_id = exchanged("suspended", connected=False)
    before = at_home.gateway.leg(hold_id, "E-1")
    assert (before.actual, before.off) == (SupplyState.UNKNOWN, False)
    at_home.gateway.settle()
    leg = at_home.gateway.leg(hold_id, "E-1")
    assert (leg.actual, leg.outcome, leg.off) == (SupplyState.DISCONNECTED, Outcome.VERIFIED, True)
    assert leg.suspended_at == before.suspended_at
    assert (at_home.written, at_home.gateway.waiting(hold_id)) == ((1, 1), [])
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert (at_home.gateway.hold(hold_id).status, at_home.supplied) == (HoldStatus.RESTORED, (True, True))


def test_what_was_read_of_both_meters_is_kept_on_the_hold() -> None:
    """Serials, registers, when and by whom: the two segments of the statement."""
    at_home, hold_id = exchanged("suspended", connected=False, comment="display broken")
    (told,) = at_home.gateway.leg(hold_id, "E-1").exchanges
    assert (told.old_serial, told.new_serial, told.by, told.comment) == ("id-E-1", NEW, "fitter", "display broken")
    assert [str(register.value) for register in (*told.final, *told.initial)] == [FINAL, INITIAL]
    assert at_home.gateway.leg(hold_id, "W-1").exchanges == ()
    row = at_home.gateway.meter("E-1")
    assert (row.installation.serial, row.commissioning, row.last_register) == (NEW, None, None)


@pytest.mark.parametrize("decision", [Decision.RETRY, Decision.RESTORE])
def test_a_new_meter_that_is_on_is_a_person_s_business_and_is_not_cut(decision: Decision) -> None:
    """Somebody decides: it is cut as the hold says, or supply stays."""
    at_home, hold_id = exchanged("suspended", connected=True)
    at_home.gateway.run_s(3 * 3600)
    leg = at_home.gateway.leg(hold_id, "E-1")
    assert (leg.outcome, leg.actual, leg.off) == (Outcome.REVERTED, SupplyState.CONNECTED, False)
    assert at_home.written == (1, 1)
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.meter_id, decision in item.decisions) == ("E-1", True)
    at_home.gateway.decide(hold_id, decision)
    at_home.gateway.settle()
    assert at_home.power.supplied is (decision is Decision.RESTORE)
    expected = HoldStatus.RESTORED if decision is Decision.RESTORE else HoldStatus.SUSPENDED
    assert at_home.gateway.hold(hold_id).status is expected


def test_without_the_record_another_meter_is_not_written_to() -> None:
    """Nobody said that it was exchanged: its restore finds a stranger, and a person is asked."""
    at_home, hold_id = at_stage("suspended")
    at_home.power.serial = NEW
    at_home.gateway.restore(hold_id)
    at_home.gateway.run_s(3600)
    assert len(at_home.power.writes) == 1
    assert at_home.gateway.leg(hold_id, "E-1").outcome is Outcome.IDENTITY_MISMATCH
    assert [item.code for item in at_home.gateway.waiting(hold_id)] == [Because.METER_MISMATCH]


def test_a_disconnection_that_was_not_sent_is_not_sent_to_the_new_meter_by_itself() -> None:
    """The old one was silent; the new one answers, and is cut only on a person's word."""
    at_home, hold_id = exchanged("unwritten", connected=True)
    at_home.water.silent = False
    at_home.gateway.settle()
    assert at_home.power.writes == []
    leg = at_home.gateway.leg(hold_id, "E-1")
    assert (leg.outcome, leg.because, leg.written) == (Outcome.BLOCKED, Because.METER_REPLACED, False)
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, item.meter_id) == (Because.METER_REPLACED, "E-1")


def test_a_person_has_the_new_meter_cut_while_the_suspension_is_under_way() -> None:
    """Retry is obeyed as long as the order permits a write."""
    at_home = home()
    at_home.power.silent = True
    hold_id = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.run_s(5)
    at_home.gateway.by_hand.add("E-1")
    put_in(at_home.power, connected=True)
    at_home.power.silent = False
    record(at_home.gateway)
    at_home.gateway.settle()
    assert at_home.power.writes == []
    at_home.gateway.decide(hold_id, Decision.RETRY)
    at_home.gateway.settle()
    assert (at_home.gateway.hold(hold_id).status, at_home.power.supplied) == (HoldStatus.SUSPENDED, False)
    assert at_home.gateway.waiting(hold_id) == []


def test_doubt_about_the_old_meter_goes_with_it() -> None:
    """Nobody will ever learn what its last write did: the new meter is looked at instead."""
    at_home = home()
    at_home.gateway.links.referee = lambda meter, _: setattr(meter, "silent", True)
    hold_id = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.run_s(30)
    at_home.gateway.by_hand.add("E-1")
    put_in(at_home.power, connected=False)
    at_home.gateway.links.referee = lambda _meter, _connect: None
    at_home.power.silent = False
    record(at_home.gateway)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    assert at_home.gateway.waiting(hold_id) == []
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.power.supplied


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("reach", ["silent", "in doubt"])
def test_a_restore_goes_on_with_the_new_meter(reach: str, connected: bool) -> None:
    """Never too late, and it needs nobody's word: proven back where it is on, connected where it is off."""
    at_home, hold_id = at_stage("suspended")
    if reach == "silent":
        at_home.power.silent = True
    else:
        at_home.power.next_write = OnWrite.LOSE_WRITE
    asked = at_home.gateway.restore(hold_id)
    at_home.gateway.run_s(0.2)
    at_home.gateway.by_hand.add("E-1")
    put_in(at_home.power, connected=connected)
    at_home.power.silent = False
    record(at_home.gateway)
    at_home.gateway.settle()
    assert at_home.supplied == (True, True)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.gateway.record(asked.key.order_id).result == "done"


def test_a_restore_that_waits_for_an_approver_waits_on_after_the_exchange() -> None:
    """The meter was off before the hold: that somebody put another one there does not connect it by itself."""
    at_home = home()
    at_home.power.stand(connected=False)
    hold_id = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.settle()
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    put_in(at_home.power, connected=False)
    record(at_home.gateway)
    at_home.gateway.settle()
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, at_home.power.writes) == (Because.FOUND_OFF, [])
    at_home.gateway.decide(hold_id, Decision.RESTORE)
    at_home.gateway.settle()
    assert (at_home.gateway.hold(hold_id).status, at_home.power.supplied) == (HoldStatus.RESTORED, True)


def test_a_registry_that_still_names_the_old_meter_does_not_bring_it_back() -> None:
    """The file is older than the record: the new serial number stays, and somebody is told to change the file."""
    at_home, hold_id = exchanged("suspended", connected=False)
    at_home.gateway.settle()
    at_home.gateway.flag("E-1", serial="id-E-1", area="north")
    row = at_home.gateway.meter("E-1")
    assert (row.installation.serial, row.installation.area) == (NEW, "north")
    assert [alarm.code for alarm in row.alarms] == [Because.METER_REPLACED]
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    at_home.gateway.flag("E-1", serial="id-E-1-third")
    assert at_home.gateway.meter("E-1").installation.serial == "id-E-1-third"


def test_a_hold_that_is_closed_before_the_new_meter_was_seen_marks_it_all_the_same() -> None:
    """Nobody knows yet that it is off; nobody may forget that it was left so."""
    at_home, hold_id = exchanged("suspended", connected=False)
    at_home.gateway.close(hold_id)
    assert at_home.gateway.meter("E-1").left_off_by == hold_id


@pytest.mark.parametrize("shut", [True, False])
def test_water_that_ran_is_let_in_through_a_new_valve_only_by_a_person(shut: bool) -> None:
    """The house leaked when it was restored: a new meter makes no sound pipe, whether or not the old one was shut."""
    at_home = home()
    rule = LeakWatch(within_s=300, every_s=30, above=Decimal("0.02"))
    at_home.gateway.terms = Terms(leak_watch={"water": rule})
    hold_id = at_home.gateway.suspend("W-1").hold_id
    at_home.gateway.settle()
    at_home.gateway.inhibit(on=not shut)
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.water.supplied is not shut
    row = at_home.gateway.meter("W-1")
    new = "00000000000000E9"
    told = Exchange(at_home.gateway.clock.now(), "fitter", row.installation.serial, new)
    run(exchange_meter(at_home.gateway.ports, "W-1", told))
    at_home.gateway.by_hand.add("W-1")
    at_home.water.place, at_home.water.serial = replace(at_home.water.place, serial=new), new
    at_home.water.stand(connected=False)
    at_home.gateway.inhibit(on=False)
    writes = len(at_home.water.writes)
    at_home.gateway.settle()
    assert len(at_home.water.writes) == writes
    (item,) = at_home.gateway.waiting(hold_id)
    assert Decision.RETRY in item.decisions
    at_home.water.draws = False
    at_home.gateway.decide(hold_id, Decision.RETRY)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED


def test_a_meter_that_cannot_say_who_it_is_is_cut_only_after_somebody_has_confirmed_it() -> None:
    """The confirmation was of the old one; it is brought back all the same."""
    at_home = home(power=DDS238)
    hold_id = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.settle()
    at_home.gateway.by_hand.add("E-1")
    put_in(at_home.power, connected=True)
    record(at_home.gateway)
    at_home.gateway.settle()
    assert at_home.gateway.meter("E-1").commissioning is None
    at_home.gateway.decide(hold_id, Decision.RETRY)
    at_home.gateway.settle()
    leg = at_home.gateway.leg(hold_id)
    assert (leg.outcome, leg.because) == (Outcome.BLOCKED, Because.NOT_COMMISSIONED)
    assert run(verify_meter(at_home.gateway.ports, "E-1", "fitter", commission=True)).commissioned
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED


def test_a_new_meter_that_nobody_can_see_is_a_person_s_business() -> None:
    """Neither off nor on is claimed of it."""
    at_home, hold_id = at_stage("suspended")
    put_in(at_home.power, connected=False)
    at_home.power.silent = True
    record(at_home.gateway)
    at_home.gateway.run_s(2 * 3600)
    assert at_home.gateway.leg(hold_id, "E-1").actual is SupplyState.UNKNOWN
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, item.meter_id) == (Because.METER_REPLACED, "E-1")
    at_home.gateway.restore(hold_id)
    at_home.power.silent = False
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED


def test_a_suspension_that_is_only_planned_meets_the_new_meter() -> None:
    """The plan is for the place: it is carried out when it is due, on whoever hangs there then by the record."""
    at_home, hold_id = exchanged("scheduled", connected=True)
    at_home.gateway.run_s(2 * 3600)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    assert at_home.supplied == (False, False)
    assert len(at_home.gateway.leg(hold_id, "E-1").exchanges) == 1


def test_a_welded_meter_that_is_exchanged_asks_nobody_any_more() -> None:
    """What was wrong with it has gone with it; the new one is off, and the leg is."""
    at_home = home()
    at_home.power.welded = True
    hold_id = at_home.suspend().hold_id
    at_home.gateway.settle()
    assert [item.code for item in at_home.gateway.waiting(hold_id)] == [Because.WELDED]
    at_home.gateway.by_hand.add("E-1")
    at_home.power.welded = False
    put_in(at_home.power, connected=False)
    record(at_home.gateway)
    at_home.gateway.settle()
    leg = at_home.gateway.leg(hold_id, "E-1")
    assert (leg.off, leg.outcome, at_home.gateway.waiting(hold_id)) == (True, Outcome.VERIFIED, [])
    assert leg.suspended_at is not None
    assert leg.suspended_at.not_before >= leg.exchanges[0].at


def test_an_exchange_is_not_recorded_while_a_write_is_on_its_way() -> None:
    """It could still reach the new meter: the answer says to lock first."""
    at_home = home()
    hold_id = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.once()
    operation = at_home.gateway.leg(hold_id).operation
    assert operation is not None
    assert operation.unresolved
    with pytest.raises(Refused, match="lock the meter") as refused:
        record(at_home.gateway)
    assert refused.value.code is Because.HOLD_STATUS


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"old_serial": "another"}, Because.METER_MISMATCH),
        ({"new_serial": None}, Because.MALFORMED),
        ({"new_serial": "ID-E-1 "}, Because.MALFORMED),
    ],
)
def test_an_exchange_that_cannot_be_true_is_refused(fields: dict[str, Field], code: Because) -> None:
    """Another meter was taken off than the one that is meant, or nobody says which came."""
    gateway = home().gateway
    said = len(gateway.journal.events)
    with pytest.raises(Refused) as refused:
        record(gateway, **fields)
    assert (refused.value.code, len(gateway.journal.events)) == (code, said)


def test_an_exchange_lies_in_the_past_and_in_the_registry() -> None:
    """A little difference between clocks is forgiven."""
    gateway = home().gateway
    with pytest.raises(Refused, match="future"):
        record(gateway, at=gateway.clock.now() + HOUR)
    record(gateway, at=gateway.clock.now() + timedelta(minutes=1))
    row = gateway.meter("W-1")
    told = Exchange(gateway.clock.now() - DAY, "fitter", None, "new")
    gateway.journal.world.meters["W-1"] = replace(row, retired=True)
    with pytest.raises(UnknownThing):
        run(exchange_meter(gateway.ports, "W-1", told))


@pytest.mark.parametrize("connected", [True, False])
def test_a_home_that_is_half_back_is_not_called_restored_for_what_the_old_meter_showed(connected: bool) -> None:
    """Electricity was proven back, water still waits: the new electricity meter is proven back for itself."""
    at_home, hold_id = at_stage("suspended")
    at_home.water.silent = True
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.gateway.leg(hold_id, "E-1").outcome is Outcome.VERIFIED
    put_in(at_home.power, connected=connected)
    record(at_home.gateway)
    at_home.water.silent = False
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert (at_home.supplied, at_home.gateway.leg(hold_id, "E-1").actual) == ((True, True), SupplyState.CONNECTED)
