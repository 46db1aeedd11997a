"""The evidence of a hold over real wires: what the statement says was sent is what reached the meter, byte for byte."""

import json
from dataclasses import replace

import pytest

from meterhold.documents.event import view_event
from meterhold.documents.render import render
from meterhold.documents.statement import Statement, Written
from meterhold.domain.words import Decision, Outcome
from meterhold.store import Selection, export_events
from meterhold.usecases.statement import read_statement
from meterhold.usecases.wrongful import mark_wrongful
from meterhold_simulators import Supply
from tests.integration.gateway.conftest import Open
from tests.support.desk import Desk
from tests.support.homes import ONE_OF_EACH, SHELLY, Place, dds238, quick_profiles, shelly, xintai
from tests.support.modbus_homes import abb_a43, acti9, lx47le, neptun
from tests.support.premises import Site
from tests.support.retold import from_api, from_export, retell, stated
from tests.support.settling import with_profile

ON_A_LINE = [dds238("E-1"), xintai("W-1"), lx47le("E-1"), acti9("E-1"), abb_a43("E-1")]


def writes_of(statement: Statement) -> list[Written]:
    """Every permission to write, in order."""
    work = [one for leg in statement.legs for one in (*leg.suspended_by, *leg.restored_by)]
    return [written for one in work for written in one.written]


def sent_in(statement: Statement) -> list[str]:
    """Everything that left, in order."""
    return [sent.sent for written in writes_of(statement) for sent in written.sent]


def received(here: Site, meter_id: str) -> list[str]:
    """Everything that reached the meter's wire, in order."""
    return [entry.wire_text for entry in here.fleet.journal.attempts(meter_id)]


async def told(desk: Desk, hold_id: str) -> Statement:
    """The statement of a hold, which separate code must be able to make anew from either telling of its events."""
    statement = await read_statement(desk.ports, hold_id)
    shown = stated(json.loads(render(statement)))
    events = [view_event(*event) for event in await desk.ports.queries.hold_events(hold_id)]
    assert retell(from_api(json.loads(render(events))), hold_id) == shown
    return statement


def retold_from_export(here: Site, hold_id: str) -> dict[str, object]:
    """The statement's facts from the exported text of the whole journal."""
    return retell(from_export(export_events(f"sqlite:///{here.place.store}", Selection())), hold_id)


@pytest.mark.parametrize("meter", ON_A_LINE, ids=lambda meter: meter.profile)
async def test_what_left_on_a_line_is_what_the_meter_received(meter: Place, open_site: Open) -> None:
    """Whole frames, checksums included; each holds the words that were written into the intent before it left."""
    async with open_site(meter) as here:
        hold = await here.desk.suspended(meter.meter_id)
        await here.desk.restored(hold.hold_id)
        statement = await told(here.desk, hold.hold_id)
        assert sent_in(statement) == received(here, meter.meter_id)
        for written in writes_of(statement):
            assert written.answer == "acknowledged"
            for plan, sent in zip(written.planned, written.sent, strict=True):
                unit, pdu = plan.split(": ")
                assert (sent.to, sent.qos) == (unit, None)
                assert pdu.lower() in sent.sent
                assert sent.answer


async def test_a_word_that_is_written_back_changed_is_kept_as_it_left(open_site: Open) -> None:
    """Of a masked write only the rule is known before the word is read; what left is in the journal all the same."""
    async with open_site(xintai("W-1"), replace(neptun("W-2", keyboard_lock=True), proof_from="W-1")) as here:
        hold = await here.desk.suspend("W-2")
        await here.desk.until_waiting(hold.hold_id)
        statement = await told(here.desk, hold.hold_id)
        (written,) = writes_of(statement)
        assert "the word read there" in written.planned[0]
        assert [sent.sent for sent in written.sent] == received(here, "W-2")
        assert written.sent[0].sent.split()[7:] == ["06", "00", "00", "10", "00"]


async def test_what_was_published_is_what_the_device_received(open_site: Open) -> None:
    """Topic, payload with its number filled in, quality of service, and that it was not retained."""
    async with open_site(shelly("E-1")) as here:
        hold = await here.desk.suspended("E-1")
        await here.desk.restored(hold.hold_id)
        statement = await told(here.desk, hold.hold_id)
        assert sent_in(statement) == received(here, "E-1")
        for written in writes_of(statement):
            assert "{request_id}" in written.planned[0]
            (sent,) = written.sent
            assert sent.to.endswith("/rpc")
            assert (sent.qos, sent.retained) == (1, False)
            assert json.loads(sent.answer)["id"] == json.loads(sent.sent)["id"]


async def test_a_write_that_was_refused_or_unanswered_is_kept_as_it_left(open_site: Open) -> None:
    """A refusal stands beside its frame with the code that came back; silence has no answer."""
    async with open_site(dds238("E-1"), xintai("W-1")) as here:
        here.fleet.set_fault("E-1", "exception_on_write", 4, times=1)
        here.fleet.set_fault("W-1", "drop_write_reply", times=1)
        refused, silent = await here.desk.suspend("E-1"), await here.desk.suspended("W-1")
        await here.desk.until_hold(refused.hold_id, lambda hold: hold.legs[0].outcome is not None)
        (first, *_) = writes_of(await told(here.desk, refused.hold_id))
        (only,) = writes_of(await told(here.desk, silent.hold_id))
        assert (first.answer, [sent.answer for sent in first.sent]) == ("refused", ["01 90 04 4d c3"])
        assert [sent.sent for sent in first.sent] == received(here, "E-1")[:1]
        assert (only.answer, [sent.answer for sent in only.sent]) == ("lost", [""])
        assert [sent.sent for sent in only.sent] == received(here, "W-1")


async def test_every_statement_of_two_homes_can_be_made_anew_from_the_exported_journal(open_site: Open) -> None:
    """Four meters on two wires: held, restored, and marked as wrongful."""
    async with open_site(*ONE_OF_EACH) as here:
        desk = here.desk
        home = await desk.suspended("E-1", "W-1", fees={"suspend": "10.00", "restore": "12.50", "currency": "EUR"})
        other = await desk.suspended("E-2", ends_at="2099-01-01T00:00:00Z")
        valve = await desk.suspended("W-2")
        await desk.restored(home.hold_id)
        await mark_wrongful(desk.ports, home.hold_id, "Ada", "the customer had paid")
        for hold in (home, other, valve):
            statement = await told(desk, hold.hold_id)
            assert retold_from_export(here, hold.hold_id) == stated(json.loads(render(statement)))
            assert sorted(sent_in(statement)) == sorted(
                wire for leg in hold.legs for wire in received(here, leg.meter_id)
            )
        marked = await told(desk, home.hold_id)
        assert marked.fees is not None
        assert (marked.fees.suspend, marked.fees.restore) == ("0.00", "0.00")


async def test_both_times_off_are_told_where_supply_came_back_between_them(open_site: Open) -> None:
    """Somebody presses the button; the check sees it; a person has it cut again: two times off, each with its end."""
    checked = quick_profiles()[SHELLY].with_timing(
        settle_s=0.05, poll_s=0.05, travel_s=0.6, interlock_recheck_s=0.2, post_check_s=0.3
    )
    async with open_site(shelly("E-1"), wrap=with_profile(SHELLY, checked)) as here:
        desk = here.desk
        hold = await desk.suspended("E-1")
        here.fleet.press_button("E-1")
        item = await desk.until_waiting(hold.hold_id)
        await desk.decide(hold.hold_id, item, Decision.RETRY)
        await desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is Outcome.VERIFIED)
        assert here.supply("E-1") == {Supply.DISCONNECTED}
        await desk.restored(hold.hold_id)
        (leg,) = (await told(desk, hold.hold_id)).legs
        first, second = leg.segments
        assert (first.ended_by, second.ended_by) == ("reverted", "restored")
        assert [period.ends_at is not None for period in leg.not_chargeable] == [True, True]
        assert leg.not_chargeable[0].ends_at is not None
        assert leg.not_chargeable[0].ends_at <= leg.not_chargeable[1].begins_at
        for segment in (first, second):
            assert [line.used is not None for line in segment.registers] == [True]
