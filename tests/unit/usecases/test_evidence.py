"""What the statement makes of a hold's rarer turns: exchanges, hand-overs, witnesses, weak proof, wrongful cuts."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhold.documents.statement import Statement
from meterhold.documents.statement_csv import statement_csv
from meterhold.documents.statement_text import statement_text
from meterhold.domain.commands import Terms
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.events import Event, LegRead, LegWatched, OperationMoved, SettingsRead
from meterhold.domain.exchange import Exchange
from meterhold.domain.hold import Register
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.kept_settings import Setting
from meterhold.domain.observation import RegisterReading
from meterhold.domain.words import (
    Because,
    Decision,
    Identity,
    Mode,
    Moment,
    Outcome,
    Proof,
    Quality,
    Quantity,
    Reason,
    SupplyState,
)
from meterhold.usecases.exchanging import exchange_meter
from meterhold.usecases.statement import read_statement, statement_of
from meterhold.usecases.witnessing import record_witness
from meterhold.usecases.wrongful import mark_wrongful
from tests.fakes.gateway import Gateway, home
from tests.fakes.metering import DDS238, SHELLY, place
from tests.fakes.suspended_hold import DAY, EVENTS, HOLD, NOON
from tests.fakes.world import run

HOUR_S = 3600.0


def told(gateway: Gateway, hold_id: str) -> Statement:
    """The statement of a hold as it stands."""
    return run(read_statement(gateway.ports, hold_id))


def kwh(value: str, gateway: Gateway) -> tuple[RegisterReading, ...]:
    """A register that a person has read off."""
    return (RegisterReading(Quantity.ENERGY_IMPORT_KWH, Decimal(value), Quality.ACTUAL, gateway.clock.now()),)


def alone(model: str = SHELLY, **terms: object) -> Gateway:
    """A gateway with one electricity meter."""
    gateway = Gateway(terms=Terms(**terms))  # type: ignore[arg-type]  # fields of the terms
    gateway.install(place(model, "E-1"))
    return gateway


def test_an_exchange_in_the_hold_makes_two_stretches_with_their_own_registers() -> None:
    """What was used is counted at each meter alone, and the time without charges runs on."""
    at_home = home()
    gateway = at_home.gateway
    hold_id = gateway.suspend("E-1").hold_id
    gateway.settle()
    gateway.run_s(HOUR_S)
    gateway.by_hand.add("E-1")
    at_home.power.serial, at_home.power.total = "id-new", 0.5
    at_home.power.place = replace(at_home.power.place, serial="id-new")
    done = Exchange(
        gateway.clock.now(), "Ben", None, "id-new", kwh("1234.75", gateway), kwh("0.5", gateway), "glass broken"
    )
    run(exchange_meter(gateway.ports, "E-1", done))
    gateway.run_s(HOUR_S)
    gateway.restore(hold_id)
    gateway.settle()
    (leg,) = told(gateway, hold_id).legs
    first, second = leg.segments
    assert (first.ended_by, second.began_by, second.ended_by) == ("exchanged", "exchanged", "restored")
    assert (second.serial, leg.exchanges[0].by, leg.exchanges[0].comment) == ("id-new", "Ben", "glass broken")
    (old,), (new,) = first.registers, second.registers
    assert old.at_end is not None
    assert new.at_start is not None
    assert (old.at_end.value, new.at_start.value) == ("1234.75", "0.5")
    assert all(line.used is not None for line in (old, new))
    (period,) = leg.not_chargeable
    assert period.ends_at == gateway.hold(hold_id).chargeable_from


def test_a_hold_that_hands_its_meter_over_ends_its_own_time_off() -> None:
    """The vacation that lies over the safety hold keeps the meter off from then on, and has a statement of its own."""
    gateway = home().gateway
    safety = gateway.suspend("E-1", reason=Reason.SAFETY).hold_id
    gateway.settle()
    vacation = gateway.suspend("E-1").hold_id
    gateway.settle()
    gateway.restore(safety)
    gateway.settle()
    (leg,) = told(gateway, safety).legs
    (segment,) = leg.segments
    assert segment.ended_by == "handed_over"
    assert segment.ends is not None
    assert [period.ends_at for period in leg.not_chargeable] == [segment.ends.not_after]
    assert leg.chargeable_because is not None
    assert vacation in leg.chargeable_because
    (other,) = told(gateway, vacation).legs
    assert [(one.began_by, one.ended_by) for one in other.segments] == [("suspended", None)]


def test_a_witness_stands_beside_the_proof_and_changes_nothing_of_it() -> None:
    """A statement of a person at the meter is told; periods and proof stay as they were."""
    at_home = home()
    gateway = at_home.gateway
    hold_id = gateway.suspend("E-1").hold_id
    gateway.settle()
    before = told(gateway, hold_id).legs[0]
    run(record_witness(gateway.ports, "E-1", "Ben", SupplyState.DISCONNECTED, "switch off, sealed", seal="4711"))
    after = told(gateway, hold_id).legs[0]
    assert [(one.by, one.statement, one.seal) for one in after.witnessed] == [("Ben", "switch off, sealed", "4711")]
    assert (after.not_chargeable, after.segments) == (before.not_chargeable, before.segments)


@pytest.mark.parametrize(
    ("level", "free"), [(Proof.STATE_READ, True), (Proof.LOAD_PROVEN, False)], ids=["state read", "load proven"]
)
def test_a_quiet_house_is_charged_where_the_site_asks_for_proof_by_load(level: Proof, free: bool) -> None:
    """It drew nothing before, so that its switch is all there is to see; what the site says later changes nothing."""
    at_home = home()
    gateway = at_home.gateway
    gateway.terms = Terms(billing_proof_of={SHELLY: level})
    at_home.power.draws = False
    hold_id = gateway.suspend("E-1").hold_id
    gateway.terms = Terms()
    gateway.settle()
    (leg,) = told(gateway, hold_id).legs
    assert (gateway.leg(hold_id).proof, leg.billing_proof, bool(leg.not_chargeable)) == (Proof.STATE_READ, level, free)
    assert [segment.ended_by for segment in leg.segments] == [None]
    if not free:
        assert (
            leg.chargeable_because == "proof too weak: supply is off by state_read, and charging stops at load_proven"
        )


def test_nobody_s_word_makes_a_proof() -> None:
    """An echo is all that the meter shows, and a person accepts it as it is: charged, and the statement says why."""
    gateway = alone(DDS238)
    gateway.links.meters[0].draws = False
    hold_id = gateway.suspend("E-1").hold_id
    gateway.run_s(HOUR_S)
    gateway.decide(hold_id, Decision.ACCEPT_AS_IS)
    gateway.settle()
    statement = told(gateway, hold_id)
    (leg,) = statement.legs
    assert gateway.leg(hold_id).accepted
    assert (leg.not_chargeable, leg.segments) == ((), ())
    assert leg.chargeable_because == "the suspension is unverified because NO_EVIDENCE"
    assert [one.decision for one in statement.decisions] == [Decision.ACCEPT_AS_IS]
    assert "1234.5" in statement_csv(statement), "the registers that were read stand there all the same"


def by_its_switch_alone(event: Event) -> Event:
    """The same event, with a look that shows no load."""
    if not isinstance(event, OperationMoved) or event.move.grade is None:
        return event
    return replace(event, move=replace(event.move, grade=replace(event.move.grade, proof=Proof.STATE_READ)))


def test_what_the_watch_finds_later_lets_charging_stop_then() -> None:
    """A register that stayed where it was proves by load what only a switch had shown."""
    leg = replace(HOLD.legs[0], billing_proof=Proof.LOAD_PROVEN)
    hold = replace(HOLD, status=HoldStatus.SUSPENDED, legs=(leg,), chargeable_from=None)
    events = [one for one in EVENTS if one[1] < NOON + DAY]
    weak = [(n, at, by_its_switch_alone(event)) for n, at, event in events]
    raised = LegWatched(NOON + 2 * DAY, "H-1", "E-1001", SupplyState.DISCONNECTED, Proof.LOAD_PROVEN)
    back = replace(raised, at=NOON + 3 * DAY, actual=SupplyState.CONNECTED, outcome=Outcome.REVERTED)
    (before,) = statement_of(hold, weak).legs
    assert before.not_chargeable == ()
    (later,) = statement_of(hold, [*weak, (90, raised.at, raised)]).legs
    assert [(one.begins_at, one.ends_at) for one in later.not_chargeable] == [(raised.at, None)]
    (ended,) = statement_of(hold, [*weak, (90, raised.at, raised), (91, back.at, back)]).legs
    assert [(one.begins_at, one.ends_at) for one in ended.not_chargeable] == [(raised.at, back.at)]
    assert ended.chargeable_because == "supply came back by itself, and was seen then"


def test_a_leg_that_is_only_watched_tells_what_went_through_it() -> None:
    """Registers at both ends and the usage between them; it is charged throughout."""
    leg = replace(HOLD.legs[0], mode=Mode.MONITOR_ONLY)
    hold = replace(HOLD, status=HoldStatus.MONITORING, legs=(leg,))

    def reading(moment: Moment, value: str, days: int) -> tuple[int, object, LegRead]:
        at = NOON + days * DAY
        register = Register(Quantity.ENERGY_IMPORT_KWH, Decimal(value), "kWh", Quality.ACTUAL, moment, at)
        proof, identity = Proof.STATE_READ, Identity.SERIAL
        read = LegRead(at, "H-1", "E-1001", moment, SupplyState.CONNECTED, proof, identity, (register,))
        return days, at, read

    (n, at, first), (m, then, last) = (
        reading(Moment.AFTER_SUSPEND, "10.5", 1),
        reading(Moment.BEFORE_RESTORE, "12.75", 9),
    )
    (shown,) = statement_of(hold, [(n, first.at, first), (m, last.at, last)]).legs
    (segment,) = shown.segments
    assert (segment.began_by, segment.ended_by) == ("watched", "ended")
    assert (at, then) == (segment.begins.not_after, segment.ends.not_after if segment.ends else None)
    assert [line.used for line in segment.registers] == ["2.25"]
    assert (shown.not_chargeable, shown.chargeable_because) == ((), "supply was only watched")


def test_settings_are_told_from_the_first_reading_to_the_last() -> None:
    """What was set before the hold beside what is set after it; unknown ends are no change."""
    before = (Setting("limit", "63.00", "A"), Setting("mode", None), Setting("gone", "1"))
    readings = [
        SettingsRead(NOON, "H-1", "E-1001", Moment.BEFORE_SUSPEND, before),
        SettingsRead(NOON, "H-1", "E-1001", Moment.BEFORE_SUSPEND, (Setting("limit", "1.00", "A"),)),
        SettingsRead(NOON + DAY, "H-1", "E-1001", Moment.AFTER_RESTORE, (Setting("limit", "2.00", "A"),)),
        SettingsRead(
            NOON + DAY, "H-1", "E-1001", Moment.AFTER_RESTORE, (Setting("limit", "31.50", "A"), Setting("mode", "auto"))
        ),
    ]
    told_so = [*EVENTS, *((100 + n, event.at, event) for n, event in enumerate(readings))]
    leg, other = statement_of(HOLD, told_so).legs
    assert [(one.name, one.before, one.after, one.changed) for one in leg.settings] == [
        ("limit", "63.00", "31.50", True),
        ("mode", None, "auto", False),
        ("gone", "1", None, False),
    ]
    assert other.settings == ()
    assert "setting limit was 63.00 A and is 31.50 A" in statement_text(statement_of(HOLD, told_so))


def test_an_exchanged_meter_is_not_blamed_for_other_settings() -> None:
    """What the old meter was set to is no measure of the new one: nothing is compared at the restore."""
    gateway = home().gateway
    hold_id = gateway.suspend("E-1").hold_id
    gateway.settle()
    before = gateway.leg(hold_id).settings
    assert before, "the model names settings, and they were read"
    done = Exchange(gateway.clock.now(), "Ben", None, "id-new")
    run(exchange_meter(gateway.ports, "E-1", done))
    assert gateway.leg(hold_id).settings == ()


def test_only_what_cut_somebody_off_can_be_a_wrongful_cut() -> None:
    """A hold that has not begun is refused, an unknown one is not found; a cut is marked once, also when it is over."""
    gateway = alone()
    planned = gateway.suspend("E-1", starts_at=gateway.clock.now() + DAY).hold_id
    with pytest.raises(Refused) as refusal:
        run(mark_wrongful(gateway.ports, planned, "Ada", "never"))
    assert refusal.value.code is Because.HOLD_STATUS
    with pytest.raises(UnknownThing):
        run(mark_wrongful(gateway.ports, "H-none", "Ada", "never"))
    gateway.run_s(25 * HOUR_S)
    gateway.restore(planned)
    gateway.settle()
    assert gateway.hold(planned).status is HoldStatus.RESTORED
    marked = run(mark_wrongful(gateway.ports, planned, "Ada", "it was the neighbour's account"))
    assert marked.wrongful is not None
    assert (marked.wrongful.by, marked.wrongful.reason) == ("Ada", "it was the neighbour's account")
    with pytest.raises(Refused, match="by Ada already"):
        run(mark_wrongful(gateway.ports, planned, "Ben", "twice"))


@pytest.mark.parametrize(("after_s", "suspected"), [(600, True), (2 * HOUR_S, False)], ids=["soon", "later"])
def test_a_cut_that_was_asked_back_at_once_is_worth_a_look(after_s: float, suspected: bool) -> None:
    """The gateway suggests and never says so: no fee is waived for a suspicion, and a mark ends it."""
    gateway = alone()
    hold_id = gateway.suspend("E-1").hold_id
    gateway.run_s(10)
    gateway.run_s(after_s)
    gateway.restore(hold_id)
    gateway.settle()
    statement = told(gateway, hold_id)
    assert (statement.wrongful_suspected is not None) is suspected
    assert statement.wrongful is None
    if suspected:
        assert statement.wrongful_suspected == "supply was wanted back 10 minutes after it was cut"
        run(mark_wrongful(gateway.ports, hold_id, "Ada", "wrong house"))
        assert told(gateway, hold_id).wrongful_suspected is None


def test_orders_that_were_refused_of_a_hold_are_told() -> None:
    """Who asked for what is evidence whether it was carried out or not."""
    gateway = alone()
    hold_id = gateway.suspend("E-1").hold_id
    gateway.settle()
    gateway.cancel(hold_id)
    asked = told(gateway, hold_id).asked
    assert [(one.action, one.refused_because is not None) for one in asked] == [("suspend", False), ("cancel", True)]
