"""A statement says what is on record: who asked, what was written, what was proven, and what is not to be charged."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from meterhold.documents.render import render
from meterhold.documents.statement import COLUMNS, Period, statement_csv, statement_text
from meterhold.domain.errors import UnknownThing
from meterhold.domain.events import OperationMoved
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation_table import Trigger
from meterhold.domain.words import Because, Decision, Mode, Outcome, Proof, Quality
from meterhold.usecases.statement import read_statement, statement_of
from tests.fakes.ports import FakeWorld
from tests.fakes.suspended_hold import DAY, EVENTS, HOLD, NOON

STATEMENT = statement_of(HOLD, EVENTS)
ELECTRICITY, WATER = STATEMENT.legs


def test_it_says_who_asked_and_why() -> None:
    """Order, sender, reason, account, fees and who asked for supply back."""
    assert (STATEMENT.order_id, STATEMENT.sender, STATEMENT.requested_by) == ("WO-88121", "cis", "desk 4")
    assert STATEMENT.restored_on_request_of == ("cis (WO-88999)",)
    assert (STATEMENT.reason, STATEMENT.account_ref) == ("vacation", "A-77")
    assert STATEMENT.fees is not None
    assert (STATEMENT.fees.suspend, STATEMENT.fees.restore, STATEMENT.fees.currency) == ("10.00", "12.50", "EUR")


def test_it_says_what_was_written_and_what_came_of_it() -> None:
    """Each permission to write is listed with its time, its words and its answer, also one that never left."""
    (suspended,), (restored,) = ELECTRICITY.suspended_by, ELECTRICITY.restored_by
    assert [(written.writes, written.answer) for written in suspended.written] == [
        (("holding 0x001A = 0",), "never_sent"),
        (("holding 0x001A = 0",), "acknowledged"),
    ]
    assert (suspended.outcome, suspended.proof, suspended.identity) == (Outcome.VERIFIED, Proof.LOAD_PROVEN, "serial")
    assert suspended.evidence == "relay(driver), current_a(load)"
    assert restored.written[0].writes == ("holding 0x001A = 1",)
    assert [written.answer for written in WATER.suspended_by[0].written] == ["lost"]


def test_usage_while_held_is_last_value_minus_first() -> None:
    """What went through the register between suspension and restore, as good as its weaker end."""
    (usage,) = ELECTRICITY.usage
    assert (usage.since, usage.until, usage.used, usage.unit) == ("1234.57", "1234.60", "0.03", "kWh")
    assert usage.quality is Quality.UNDATED


def test_a_verified_leg_is_not_charged_from_proof_to_proof() -> None:
    """Charging stops when supply was proven off, and resumes when it was proven back."""
    assert ELECTRICITY.not_chargeable == Period(NOON + timedelta(seconds=2), NOON + 10 * DAY + timedelta(seconds=2))
    assert ELECTRICITY.chargeable_because is None


def test_a_leg_that_still_flows_stays_chargeable() -> None:
    """A contradicted suspension frees nobody of charges, and the statement says why."""
    assert WATER.not_chargeable is None
    assert WATER.chargeable_because == "the suspension is contradicted because LEAKING"


def test_an_unverified_leg_stays_chargeable() -> None:
    """Below the required proof there is no period free of charges."""
    events = [
        (n, at, replace(event, move=replace(event.move, outcome=Outcome.UNVERIFIED, because=Because.NO_EVIDENCE)))
        if isinstance(event, OperationMoved) and event.move.trigger is Trigger.END
        else (n, at, event)
        for n, at, event in EVENTS
    ]
    leg = statement_of(HOLD, events).legs[0]
    assert (leg.not_chargeable, leg.chargeable_because) == (
        None,
        "the suspension is unverified because NO_EVIDENCE",
    )


def test_what_was_never_switched_stays_chargeable() -> None:
    """A leg that was only watched, or that nothing happened to, is charged throughout."""
    untouched = statement_of(HOLD, []).legs[0]
    assert untouched.chargeable_because == "supply was not suspended"
    watched = replace(HOLD, legs=(replace(HOLD.legs[0], mode=Mode.MONITOR_ONLY),))
    assert statement_of(watched, EVENTS).legs[0].chargeable_because == "supply was only watched"


def test_while_supply_is_off_the_period_has_no_end() -> None:
    """A hold that is suspended now is free of charges until further notice."""
    held = replace(HOLD, status=HoldStatus.SUSPENDED, chargeable_from=None, ended_at=None)
    period = statement_of(held, EVENTS).legs[0].not_chargeable
    assert period == Period(NOON + timedelta(seconds=2), None)
    assert "until supply is proven back" in statement_text(statement_of(held, EVENTS))


def test_it_says_what_people_decided() -> None:
    """A decision stands there with its author and its cause."""
    (decided,) = STATEMENT.decisions
    assert (decided.by, decided.code, decided.decision) == ("Ada", Because.LEAKING, Decision.ACCEPT_AS_IS)


def test_csv_has_a_row_for_each_meter_and_register() -> None:
    """A billing import gets one row a register, and one for a meter without any."""
    rows = list(csv.DictReader(io.StringIO(statement_csv(STATEMENT), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["meter_id"], row["used"], row["not_chargeable_to"]) for row in rows] == [
        ("E-1001", "0.03", "2026-12-04T12:00:02Z"),
        ("W-1001", "", ""),
    ]
    assert rows[0]["suspend_proof"] == "load_proven"


def test_csv_holds_no_formulas() -> None:
    """A reference that a spreadsheet would run is written as text."""
    rows = list(csv.DictReader(io.StringIO(statement_csv(replace(STATEMENT, account_ref="=1+1")), newline="")))
    assert rows[0]["account_ref"] == "'=1+1"


def test_text_and_json_tell_the_same() -> None:
    """A person and a program read the same facts."""
    text, shown = statement_text(STATEMENT), json.loads(render(STATEMENT))
    for fact in ("WO-88121", "1234.57", "1234.60", "holding 0x001A = 0", "never_sent", "Ada", "contradicted"):
        assert fact in text
        assert fact in json.dumps(shown)


async def test_an_unknown_hold_has_no_statement() -> None:
    """Nothing is drawn up for a hold that does not exist."""
    with pytest.raises(UnknownThing):
        await read_statement(FakeWorld().ports, "H-9")
