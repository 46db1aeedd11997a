"""A statement names the second person: who asked, who decided, and the hash of the exact set that was decided on."""

import json

import pytest

from meterhold.documents.event import view_event
from meterhold.documents.render import render
from meterhold.documents.statement import Statement
from meterhold.documents.statement_page import statement_page
from meterhold.documents.statement_text import statement_text
from meterhold.usecases.statement import read_statement
from tests.fakes.second_person import Street
from tests.fakes.world import run
from tests.support.retold import approvals_told, from_api


def told(street: Street, hold_id: str) -> Statement:
    """The statement of a hold, whose approvals the events of the whole journal must tell as well."""
    statement = run(read_statement(street.gateway.ports, hold_id))
    events = [view_event(*event) for event in street.gateway.journal.events]
    retold = approvals_told(from_api(json.loads(render(events))), hold_id)
    assert retold == [
        {
            "approval_id": one.approval_id,
            "kind": one.kind,
            "asked_by": one.asked_by,
            "decided_by": one.decided_by,
            "granted": None if one.decided_by is None else one.status == "granted",
            "set_hash": None if one.decided_by is None else one.set_hash,
        }
        for one in statement.approvals
    ]
    return statement


@pytest.mark.parametrize("granted", [True, False], ids=["granted", "refused"])
def test_it_says_who_asked_who_decided_and_on_what(granted: bool) -> None:
    """Before the decision it waits; afterwards the person, the comment and the set stand there, on every face."""
    street = Street.of(5)
    holds = street.suspend(1, 2, 3, 4, 5)
    (waiting,) = told(street, holds[3].hold_id).approvals
    assert (waiting.status, waiting.decided_by, waiting.asked_by) == ("waiting", None, "cis")
    decided = street.decide(street.only_approval(), granted=granted)
    statement = told(street, holds[4].hold_id)
    (one,) = statement.approvals
    assert (one.kind, one.members, one.set_hash) == ("quarantine", 2, decided.set_hash)
    assert (one.decided_by, one.comment, one.status) == ("kim", "looked at", "granted" if granted else "refused")
    for written in (statement_text(statement), statement_page(statement)):
        assert all(word in written for word in ("kim", decided.set_hash, "quarantine"))


def test_a_hold_that_needed_nobody_names_nobody() -> None:
    """Below the threshold nobody was asked."""
    street = Street.of(2)
    (hold, _) = street.suspend(1, 2)
    assert told(street, hold.hold_id).approvals == ()
