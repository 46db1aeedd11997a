"""A statement says what is on record: who asked, what was written, what was proven, and what is not to be charged."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from meterhold.documents.render import render
from meterhold.documents.statement import Period, Sent, Statement, StatementLeg
from meterhold.documents.statement_csv import COLUMNS, statement_csv
from meterhold.documents.statement_text import statement_text
from meterhold.domain.errors import UnknownThing
from meterhold.domain.events import OperationMoved
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation import Move
from meterhold.domain.words import Because, Decision, Mode, Outcome, Proof, Quality, SupplyState
from meterhold.usecases.statement import read_statement, statement_of
from tests.fakes.ports import FakeWorld
from tests.fakes.suspended_hold import DAY, EVENTS, HOLD, NOON

STATEMENT = statement_of(HOLD, EVENTS)
ELECTRICITY, WATER = STATEMENT.legs


def rows_of(statement: Statement) -> list[dict[str, str]]:
    """The rows of its CSV."""
    return list(csv.DictReader(io.StringIO(statement_csv(statement), newline="")))


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
    assert [(written.planned, written.answer) for written in suspended.written] == [
        (("holding 0x001A = 0",), "never_sent"),
        (("holding 0x001A = 0",), "acknowledged"),
    ]
    assert [written.intent_id for written in suspended.written] == ["O-1.1", "O-1.2"]
    assert [written.sent for written in suspended.written] == [
        (),
        (Sent("unit 7", "07 06 00 1a", "07 06 00 1a", None, None),),
    ]
    assert (suspended.outcome, suspended.proof, suspended.identity) == (Outcome.VERIFIED, Proof.LOAD_PROVEN, "serial")
    assert suspended.evidence == "relay(driver), current_a(load)"
    assert restored.written[0].planned == ("holding 0x001A = 1",)
    assert [written.answer for written in WATER.suspended_by[0].written] == ["lost"]


def test_usage_while_held_is_last_value_minus_first() -> None:
    """What went through the register between suspension and restore, as good as its weaker end."""
    (segment,) = ELECTRICITY.segments
    (line,) = segment.registers
    assert line.at_start is not None
    assert line.at_end is not None
    assert (line.at_start.value, line.at_end.value, line.used, line.unit) == ("1234.57", "1234.60", "0.03", "kWh")
    assert (line.at_start.at, line.at_end.at) == (NOON + timedelta(seconds=2), NOON + 10 * DAY)
    assert line.quality is Quality.UNDATED


def test_a_verified_leg_is_not_charged_from_proof_to_proof() -> None:
    """Charging stops when supply was proven off, and resumes when it was proven back."""
    assert ELECTRICITY.not_chargeable == (Period(NOON + timedelta(seconds=2), NOON + 10 * DAY + timedelta(seconds=2)),)
    assert ELECTRICITY.chargeable_because is None


def test_a_leg_that_still_flows_stays_chargeable() -> None:
    """A contradicted suspension frees nobody of charges, and the statement says why."""
    assert WATER.not_chargeable == ()
    assert WATER.chargeable_because == "the suspension is contradicted because LEAKING"


def with_proof(proof: Proof, billing_proof: Proof) -> StatementLeg:
    """The electricity leg, had it been off by another proof, under another level of the site."""
    weaker = {True: Outcome.UNVERIFIED, False: Outcome.VERIFIED}[proof is not Proof.LOAD_PROVEN]
    events = [
        (n, at, replace(event, move=weakened(event.move, proof, weaker)))
        if isinstance(event, OperationMoved)
        else (n, at, event)
        for n, at, event in EVENTS
    ]
    hold = replace(HOLD, legs=(replace(HOLD.legs[0], billing_proof=billing_proof),))
    return statement_of(hold, events).legs[0]


def weakened(move: Move, proof: Proof, outcome: Outcome) -> Move:
    """A step with looks worth no more than this, and the outcome that follows."""
    if move.outcome is Outcome.VERIFIED:
        return replace(move, outcome=outcome)
    if move.grade is None or not move.grade.confirms:
        return move
    actual = move.grade.actual if proof.rank >= Proof.STATE_READ.rank else SupplyState.UNKNOWN
    return replace(move, grade=replace(move.grade, proof=proof, actual=actual))


@pytest.mark.parametrize(
    ("proof", "level", "free"),
    [
        (Proof.LOAD_PROVEN, Proof.LOAD_PROVEN, True),
        (Proof.LOAD_PROVEN, Proof.STATE_READ, True),
        (Proof.STATE_READ, Proof.STATE_READ, True),
        (Proof.STATE_READ, Proof.LOAD_PROVEN, False),
        (Proof.ACKNOWLEDGED, Proof.STATE_READ, False),
        (Proof.ACKNOWLEDGED, Proof.LOAD_PROVEN, False),
    ],
)
def test_charging_stops_only_at_the_level_that_the_site_asks_for(proof: Proof, level: Proof, free: bool) -> None:
    """Below it the leg is charged, and the statement says why; no person's decision changes that."""
    leg = with_proof(proof, level)
    assert bool(leg.not_chargeable) is free
    assert (leg.chargeable_because is None) is free
    if proof is Proof.STATE_READ and not free:
        assert leg.chargeable_because == (
            "proof too weak: supply is off by state_read, and charging stops at load_proven"
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
    events = [one for one in EVENTS if one[1] < NOON + 5 * DAY]
    (leg, *_) = statement_of(held, events).legs
    assert leg.not_chargeable == (Period(NOON + timedelta(seconds=2), None),)
    assert "until supply is proven back" in statement_text(statement_of(held, events))
    (row, *_) = rows_of(statement_of(held, events))
    assert (row["at_suspend"], row["at_suspend_quality"], row["unit"]) == ("1234.57", "actual", "kWh")
    assert (row["at_suspend_time"], row["at_restore"], row["used"]) == ("2026-11-24T12:00:02Z", "", "")


def test_it_says_what_people_decided() -> None:
    """A decision stands there with its author and its cause."""
    (decided,) = STATEMENT.decisions
    assert (decided.by, decided.code, decided.decision) == ("Ada", Because.LEAKING, Decision.ACCEPT_AS_IS)
    assert decided.comment == "the crew comes on Monday"


def test_csv_has_a_row_for_each_meter_and_register() -> None:
    """A billing import gets one row a register, and one for a meter without any."""
    rows = rows_of(STATEMENT)
    assert tuple(rows[0]) == COLUMNS
    assert [(row["meter_id"], row["used"], row["not_chargeable_to"]) for row in rows] == [
        ("E-1001", "0.03", "2026-12-04T12:00:02Z"),
        ("W-1001", "", ""),
    ]
    assert rows[0]["suspend_proof"] == "load_proven"


def test_csv_holds_no_formulas() -> None:
    """A reference that a spreadsheet would run is written as text."""
    rows = rows_of(replace(STATEMENT, account_ref="=1+1"))
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
