"""What the API's documents look like to people: every word that matters is there."""

from typing import Any

import pytest
from rich.console import Console, RenderableType

from meterhold.cli.exits import Exit
from meterhold.cli.show.facts import facts_view
from meterhold.cli.show.hold import events_table, hold_view, holds_table
from meterhold.cli.show.meter import age, lock_view, meter_view, meters_table, meters_view, readout_view
from meterhold.cli.show.order import batch_table, exit_of_batch, order_view
from meterhold.cli.show.site import inhibit_view
from meterhold.cli.show.verification import verification_view

LEG = {
    "meter_id": "W-1001",
    "service": "water",
    "mode": "physical",
    "intended": "disconnected",
    "actual": "connected",
    "proof": "load_proven",
    "outcome": "contradicted",
    "because": "LEAKING",
    "held_by": None,
    "registers": [
        {
            "name": "volume_m3",
            "value": "318.204",
            "unit": "m3",
            "quality": "actual",
            "moment": "before_suspend",
            "at": "2026-11-24T08:00:00Z",
        }
    ],
}
ATTENTION = {
    "n": 1,
    "code": "LEAKING",
    "meter_id": "W-1001",
    "since": "2026-11-24T08:01:00Z",
    "who": "operations desk",
    "decisions": ["retry", "field_visit"],
    "detail": "water still flows",
}
HOLD = {
    "hold_id": "h-1",
    "order_id": "WO-1",
    "status": "suspended",
    "proof": "none",
    "reason": "vacation",
    "service_point": "SP-1",
    "starts_at": "2026-11-24T08:00:00Z",
    "ends_at": None,
    "chargeable_from": None,
    "legs": [LEG],
    "attention": [ATTENTION],
}


def shown(view: RenderableType) -> str:
    """A view as plain text."""
    console = Console(width=200, highlight=False)
    with console.capture() as captured:
        console.print(view)
    return captured.get()


def holds_words(text: str, *words: str) -> bool:
    """Whether all words are in a text."""
    return all(word in text for word in words)


def test_a_hold_shows_intended_beside_actual_and_what_waits() -> None:
    """With proof, cause, registers and the decisions that are permitted."""
    text = shown(hold_view(HOLD))
    assert holds_words(text, "h-1", "suspended", "disconnected", "connected", "load_proven", "contradicted", "LEAKING")
    assert holds_words(text, "volume_m3", "318.204 m3", "before_suspend")
    assert holds_words(text, "operations desk", "retry, field_visit", "water still flows")


def test_a_list_of_holds_shows_who_waits() -> None:
    """Attention is seen beside the status."""
    text = shown(holds_table([HOLD, {**HOLD, "hold_id": "h-2", "attention": []}]))
    assert holds_words(text, "h-1", "h-2", "SP-1", "vacation", "LEAKING")


def test_nothing_in_a_document_is_taken_for_markup() -> None:
    """A comment with square brackets neither vanishes nor colours the screen."""
    text = shown(hold_view({**HOLD, "attention": [{**ATTENTION, "detail": "[red]stop[/red] [/]"}]}))
    assert "[red]stop[/red] [/]" in text


def test_events_are_told_by_their_plain_facts() -> None:
    """Identifiers that every line would repeat are left to the JSON."""
    move = {"trigger": "end", "outcome": "verified", "at": "t", "observation": None}
    data = {"hold_id": "h-1", "meter_id": "W-1001", "operation_id": "o", "move": move}
    text = shown(events_table([{"seq": 7, "at": "2026-11-24T08:00:00Z", "kind": "OperationMoved", "data": data}]))
    assert holds_words(text, "7", "OperationMoved", "meter_id=W-1001", "trigger=end", "outcome=verified")
    assert "h-1" not in text


def test_an_event_shows_what_left_and_what_came_back() -> None:
    """Byte for byte, also where nothing came back."""
    frames = [
        {"to": "unit 7", "sent": "07 06 00 1a", "answer": "07 06 00 1a", "qos": None, "retained": None},
        {"to": "unit 7", "sent": "07 06 00 1b", "answer": "", "qos": None, "retained": None},
    ]
    data = {"meter_id": "E-1", "move": {"trigger": "outcome_lost", "frames": frames}}
    text = shown(events_table([{"seq": 8, "at": "2026-11-24T08:00:00Z", "kind": "OperationMoved", "data": data}]))
    assert holds_words(text, "unit 7: 07 06 00 1a -> 07 06 00 1a", "unit 7: 07 06 00 1b -> nothing")


def test_a_wrongful_cut_is_shown_as_such() -> None:
    """With the reason, where it was marked."""
    hold = {"hold_id": "h-1", "status": "restored", "wrongful": "the wrong house"}
    assert holds_words(shown(hold_view(hold)), "wrongful", "the wrong house")


def test_an_order_shows_its_result_and_why() -> None:
    """Code, sentence and verdicts."""
    verdict = {"rule": "floor.life_support", "effect": "refuse", "sentence": "supplies a life-support premises"}
    record = {"order_id": "WO-1", "action": "suspend", "result": "rejected", "code": "PROTECTED_CUSTOMER"}
    text = shown(order_view({**record, "detail": "may not", "hold_ids": ["h-1"], "verdicts": [verdict]}))
    assert holds_words(text, "rejected", "PROTECTED_CUSTOMER may not", "floor.life_support", "life-support premises")


def test_an_order_that_a_second_person_decides_on_says_so() -> None:
    """With the name under which that person finds it; orders that are over, or never waited, do not claim it."""
    record = {"order_id": "WO-1", "action": "suspend", "result": "open"}
    assert holds_words(shown(order_view({**record, "approval_id": "a-1"})), "a-1: a second person decides")
    over = shown(order_view({**record, "approval_id": "a-1", "finished_at": "2026-11-24T08:00:00Z"}))
    assert holds_words(over, "a-1")
    for text in (over, shown(order_view({**record, "approval_id": None}))):
        assert "second person" not in text


def row(line: int, result: str | None, **more: object) -> dict[str, Any]:
    """One line of a batch's answer."""
    return {"line": line, "order_id": f"O-{line}", "result": result, "code": None, "detail": "", "faults": []} | more


def test_a_batch_shows_what_was_not_taken_and_counts_the_rest() -> None:
    """A thousand good lines stay out of the way of the bad one."""
    bad = row(2, None, status=422, faults=[{"field": "ends_at", "rule": "must be later", "line": 2}])
    text = shown(batch_table([row(1, "open"), bad, row(3, "rejected", code="FIRE_SERVICE", detail="feeds sprinklers")]))
    assert holds_words(text, "malformed", "ends_at: must be later")
    assert holds_words(text, "FIRE_SERVICE feeds sprinklers", "not accepted", "2")
    assert "O-1" not in text
    assert "422" not in text


def test_a_batch_says_what_a_second_person_decides() -> None:
    """That it was accepted does not mean that it is carried out: the set is named, with how many orders are in it."""
    text = shown(
        batch_table([row(1, "open", approval_id="bulk-1"), row(2, "open", approval_id="bulk-1"), row(3, "open")])
    )
    assert holds_words(text, "accepted", "3", "2 in bulk-1: a second person decides")
    assert "second person" not in shown(batch_table([row(1, "open")]))


def test_a_batch_ends_with_the_weightiest_code() -> None:
    """Faults before refusals; an answer that broke off is unfinished."""
    good, refused = row(1, "open"), row(2, "rejected")
    faulty = row(3, None, faults=[{"field": "x", "rule": "y"}])
    assert exit_of_batch([good, good], 2) is Exit.DONE
    assert exit_of_batch([good, refused], 2) is Exit.FAILED
    assert exit_of_batch([good, refused, faulty], 3) is Exit.MALFORMED
    assert exit_of_batch([good], 2) is Exit.UNFINISHED


def meter(**more: object) -> dict[str, Any]:
    """A meter as the API shows it."""
    document = {
        "meter_id": "E-1",
        "service": "electricity",
        "service_point": "SP-1",
        "profile": "p",
        "link": "line-1",
        "intended": {"state": "disconnected", "hold_id": "h-1", "at": None},
        "actual": {"state": "connected", "proof": "state_read", "source": "relay", "at": "2026-11-24T08:00:00Z"},
        "lock": {"owner": "jo", "reason": "hands inside", "since": "a", "review_at": "b"},
    }
    return document | more


def test_meters_show_intended_beside_actual_and_who_locked_them() -> None:
    """Never merged into one state."""
    text = shown(meters_table([meter(), meter(meter_id="E-2", lock=None)]))
    assert holds_words(text, "E-1", "E-2", "disconnected", "connected", "state_read", "jo")


def test_a_live_read_is_one_screen() -> None:
    """State, proof, who answered, evidence and each measured value with its unit."""
    observation = {
        "at": "2026-11-24T08:00:00Z",
        "source": "relay(echo), current(load)",
        "identity": {"strength": "serial", "value": "4711"},
        "interlocks": [{"because": "BATTERY_LOW", "blocks_disconnect": True, "blocks_connect": False}],
        "measured": [{"name": "current_a", "value": "6.30", "unit": "A", "produced_at": None}],
    }
    readout = {
        "meter": meter(),
        "actual": "connected",
        "proof": "load_proven",
        "took_s": 0.0421,
        "observation": observation,
    }
    text = shown(readout_view(readout))
    assert holds_words(
        text, "load_proven", "serial 4711", "relay(echo), current(load)", "BATTERY_LOW", "6.30", "0.042 s"
    )
    assert holds_words(text, "jo: hands inside", "disconnected")


AT_WORK = {
    "hold_id": "h-1",
    "target": "disconnected",
    "state": "in_doubt",
    "why": "a write may have taken effect and nobody can see",
    "waits_until": "2026-11-24T09:00:00Z",
}
STATED = {"by": "ada", "at": "2026-11-24T08:30:00Z", "state": "disconnected", "statement": "valve shut", "seal": "4711"}


def on_a_phone(view: RenderableType) -> str:
    """A view as plain text of 60 characters a line."""
    console = Console(width=60, highlight=False)
    with console.capture() as captured:
        console.print(view)
    return captured.get()


def test_a_phone_shows_a_meter_whole() -> None:
    """At 60 characters nothing is cut off: what is wanted, what was seen and when, and what lies between the two."""
    alarm = {"code": "WITNESS_CONTRADICTED", "raised_at": "2026-11-24T08:31:00Z", "detail": "its last look saw another"}
    waiting = {"hold_id": "h-1", "n": 2, "code": "WELDED", "who": "operations desk", "detail": "current still flows"}
    text = on_a_phone(
        meter_view(meter(work=[AT_WORK], attention=[waiting], alarms=[alarm], witnessed=STATED, because="WELDED"))
    )
    assert max(map(len, text.splitlines())) <= 60
    flowing = " ".join(text.split())
    for words in (
        "intended disconnected for h-1",
        "actual connected",
        "h-1 to disconnected, in_doubt: a write may have taken effect and nobody can see, until 2026-11-24T09:00:00Z",
        "WELDED (h-1 item 2, operations desk): current still flows",
        "WITNESS_CONTRADICTED since 2026-11-24T08:31:00Z: its last look saw another",
        "disconnected by ada 2026-11-24T08:30:00Z: valve shut, seal 4711",
        "LOCKED jo: hands inside",
    ):
        assert words in flowing


@pytest.mark.parametrize("kind", ["check", "await_button"])
def test_work_that_never_writes_is_not_shown_as_a_switching(kind: str) -> None:
    """Who stands at the meter must not take a check for a disconnect that is on its way."""
    text = shown(meter_view(meter(work=[AT_WORK | {"kind": kind, "state": "queued", "why": ""}])))
    assert holds_words(text, "only looks whether it is disconnected, queued")
    assert "only looks" not in shown(meter_view(meter(work=[AT_WORK | {"kind": "leak_close"}])))


def test_a_hold_shows_who_is_at_its_meters_and_until_when_it_waits() -> None:
    """A desk must not wonder why nothing is switched, and sees beside the proof what was stated."""
    lock = {"owner": "ada", "reason": "hands inside", "since": "2026-11-24T08:00:00Z", "review_at": "b"}
    leg = LEG | {"because": "PACED", "waits_until": "2026-11-24T08:07:12Z", "lock": lock, "witnessed": [STATED]}
    text = shown(hold_view(HOLD | {"legs": [leg]}))
    assert holds_words(text, "PACED until 2026-11-24T08:07:12Z", "LOCKED: hands inside", "valve shut, seal 4711")
    assert "at the meters" not in shown(hold_view(HOLD))


def test_a_phone_shows_meters_one_below_the_other() -> None:
    """A desk gets the table."""
    meters = [meter(), meter(meter_id="E-2", lock=None)]
    narrow, wide = on_a_phone(meters_view(meters, 60)), shown(meters_view(meters, 200))
    assert "E-1 (electricity, SP-1)" in narrow
    assert "E-2 (electricity, SP-1)" in narrow
    assert "service point" in wide


def test_a_live_read_says_what_it_could_not_read() -> None:
    """And whose answer it is not sure of, and that the journal does not have it."""
    observation = {"at": "a", "source": "", "identity": {}, "interlocks": [], "measured": []}
    readout = {
        "meter": meter(),
        "actual": "unknown",
        "proof": "none",
        "took_s": 0.1,
        "observation": observation,
        "unread": [{"point": "current_a", "because": "DEVICE_REFUSED", "detail": "illegal data address"}],
        "recorded": False,
    }
    text = on_a_phone(readout_view(readout))
    assert holds_words(text, "current_a", "DEVICE_REFUSED: illegal data address", "the store cannot be written now")
    stranger = {"because": "METER_MISMATCH", "detail": "'9' answered where '7' is meant"}
    assert "'9' answered" in on_a_phone(readout_view(readout | {"stranger": stranger}))


def test_a_lock_s_answer_begins_with_whether_hands_may_go_in() -> None:
    """Then why not, until when, and what no lock keeps from happening."""
    wait = {
        "hold_id": "h-1",
        "target": "disconnected",
        "why": "a carrier holds the write and may deliver it",
        "until": "2026-11-24T14:00:00Z",
        "next_look_at": "2026-11-24T09:00:00Z",
    }
    lock = {"owner": "ada", "reason": "hands inside", "review_at": "2026-11-24T16:00:00Z"}
    answer = {"meter_id": "E-1", "status": "not_yet_safe", "lock": lock, "waits": [wait], "cautions": ["armed"]}
    flowing = " ".join(on_a_phone(lock_view(answer)).split())
    assert flowing.startswith("meter E-1 lock not_yet_safe")
    assert "KEEP OUT a carrier holds the write" in flowing
    assert "cannot arrive after 2026-11-24T14:00:00Z" in flowing
    assert "CAUTION armed" in flowing


def test_an_age_is_said_in_its_largest_unit() -> None:
    """A technician does not divide by 3600."""
    assert [age(s) for s in (None, 0.2, 1, 59, 60, 7300, 3 * 86_400)] == [
        *("never", "just now", "1 second ago", "59 seconds ago", "1 minute ago", "2 hours ago", "3 days ago"),
    ]


def test_any_document_can_be_shown() -> None:
    """Nested parts under their names; yes and no instead of True and False; what says nothing is left out."""
    text = shown(facts_view({"commissioned": True, "identity": {"strength": "serial", "value": None}, "faults": []}))
    assert holds_words(text, "commissioned", "yes", "identity", "strength", "serial")
    assert "value" not in text
    assert "faults" not in text


def test_the_inhibit_is_said_in_a_sentence() -> None:
    """On: by whom and why. Off: that disconnects may leave."""
    on = {"on": True, "by": "boss", "reason": "storm", "since": "2026-11-24T08:00:00Z"}
    assert holds_words(shown(inhibit_view(on)), "no disconnect leaves", "boss", "storm")
    assert "disconnects may leave" in shown(inhibit_view({"on": False, "by": None, "reason": None, "since": None}))


def test_a_verification_shows_each_write_byte_for_byte() -> None:
    """Identity, state, interlocks, writes in order, and what speaks against it; brackets are no markup."""
    seen = {
        "state": "connected",
        "echo_state": "unknown",
        "load": True,
        "load_side_voltage": None,
        "supply_healthy": True,
        "source": "valve(driver)",
        "interlocks": [{"because": "BATTERY_LOW", "blocks_disconnect": True, "blocks_connect": False}],
    }
    found = {
        "meter_id": "W-1001",
        "profile": "acme",
        "identity": {"strength": "serial", "value": "42"},
        "expected_serial": "43",
        "commissioned": False,
        "observation": seen,
        "would_write": {"disconnected": ["unit 2: 06 00 1C 00 02", 'valve/set {"a": [red]}']},
        "faults": [{"field": "serial", "rule": "'42' answered where the registry expects '43'"}],
    }
    text = shown(verification_view(found))
    assert "unit 2: 06 00 1C 00 02" in text
    assert '{"a": [red]}' in text
    assert "BATTERY_LOW  disconnect" in text
    assert "serial: '42' answered where the registry expects '43'" in text
    assert "nothing was written" in text
    assert "nothing speaks against" in shown(verification_view(found | {"faults": [], "observation": None}))


def test_a_hold_says_of_its_legs_which_other_holds_and_meters_there_are() -> None:
    """Held, handed over, and exchanged with the registers of both."""
    told = {
        "at": "2026-11-24T14:20:00Z",
        "by": "ada",
        "old_serial": "4711",
        "new_serial": "4712",
        "final": [{"name": "energy_import_kwh", "value": "1234.50", "unit": "kWh"}],
        "initial": [],
    }
    held = LEG | {"because": "HELD_BY", "held_by": "H-7"}
    text = shown(hold_view(HOLD | {"legs": [held, LEG | {"handed_to": "H-9", "exchanges": [told]}]}))
    assert holds_words(text, "held by hold H-7", "left off for hold H-9")
    assert holds_words(text, "exchanged 4711 (energy_import_kwh 1234.50) for 4712")
