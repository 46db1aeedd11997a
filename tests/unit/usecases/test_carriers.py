"""Commands that a carrier keeps for a sleeping device: only what the device says later proves anything."""

from datetime import timedelta

import pytest

from meterhold.domain.events import OperationMoved
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.words import Because, Decision, OrderResult, Outcome, Proof, SupplyState
from meterhold.profiles import command_id
from tests.fakes.carried import HOURS, Sleeping, sleeping
from tests.fakes.world import run

S, T = OperationState, Trigger
LATENCY_S = 4 * HOURS
TRAVEL_S = 60


def state(site: Sleeping, hold_id: str) -> OperationState:
    """Where the hold's operation stands."""
    operation = site.lab.leg(hold_id).operation
    assert operation is not None
    return operation.state


def steps(site: Sleeping, hold_id: str) -> list[Trigger]:
    """What happened to the hold's operations."""
    happened = run(site.lab.journal.hold_events(hold_id))
    return [event.move.trigger for _, _, event in happened if isinstance(event, OperationMoved)]


def begun(*, withdraws: bool = False, **fields: object) -> tuple[Sleeping, str]:
    """A suspension whose command has just gone to the carrier."""
    site = sleeping(withdraws=withdraws)
    hold_id = site.lab.suspend("W-1", **fields).hold_id
    site.wait(10)
    return site, hold_id


def test_a_broker_s_receipt_is_at_the_carrier_and_no_more() -> None:
    """Nothing is delivered, nothing is proven, and no link is kept."""
    site, hold_id = begun()
    leg = site.lab.leg(hold_id)
    assert state(site, hold_id) is S.AT_CARRIER
    assert (leg.outcome, leg.proof, leg.actual) == (None, Proof.STATE_READ, SupplyState.CONNECTED)
    assert site.lab.lab.taken == set()
    assert site.lab.lock("W-1") is False, "not yet safe for hands"


def test_the_device_proves_it_after_the_carrier_said_that_it_has_it() -> None:
    """At the carrier, delivered, and then verified by what the valve says."""
    site, hold_id = begun()
    site.speak()
    assert state(site, hold_id) is S.OBSERVING
    site.wait(HOURS)
    site.speak()
    leg = site.lab.leg(hold_id)
    assert (leg.outcome, leg.proof, leg.actual) == (Outcome.VERIFIED, Proof.STATE_READ, SupplyState.DISCONNECTED)
    assert site.lab.hold(hold_id).status is HoldStatus.SUSPENDED
    happened = steps(site, hold_id)
    assert happened[:3] == [T.LOOKED, T.INTEND, T.CARRIER_TOOK_IT]
    assert happened.count(T.ACKNOWLEDGED) == 1
    assert site.device.moved == ["shut"]


@pytest.mark.parametrize("acks", [None, False])
def test_an_uplink_outweighs_a_missing_or_a_negative_receipt(acks: bool | None) -> None:
    """The network saw no acknowledgement; the valve says that it is shut. One command."""
    site, hold_id = begun()
    site.device.acks = acks
    site.speak()
    site.wait(HOURS)
    site.speak()
    assert site.lab.leg(hold_id).outcome is Outcome.VERIFIED
    assert len(site.device.sent) == 1


def test_a_word_that_came_before_its_receipt_counts() -> None:
    """The valve says that it is shut, and the carrier's receipt of the same frame comes a moment later."""
    site, hold_id = begun()
    site.device.acks = None
    site.device.speak()
    site.wait(HOURS)
    site.device.speak()
    site.lab.clock.run_s(1)
    site.device.acknowledge(str(site.device.sent[0]["id"]))
    site.lab.hurry("W-1")
    assert site.lab.leg(hold_id).outcome is Outcome.VERIFIED


def test_a_receipt_of_an_older_command_with_the_same_number_is_not_this_one_s() -> None:
    """Numbers begin anew after 255 commands; what was said before the intent says nothing of it."""
    site = sleeping()
    site.device.acknowledge(command_id("site/w", 1))
    site.lab.clock.run_s(60)
    hold_id = site.lab.suspend("W-1").hold_id
    site.wait(HOURS)
    assert site.device.sent[0]["id"] == command_id("site/w", 1)
    assert state(site, hold_id) is S.AT_CARRIER


def test_nothing_is_taken_back_unless_supply_is_wanted_back() -> None:
    """A carrier that can forget is not told to."""
    site, hold_id = begun(withdraws=True)
    site.wait(HOURS)
    assert (site.device.flushed, state(site, hold_id)) == (0, S.AT_CARRIER)


def test_a_check_of_a_sleeping_device_needs_a_new_word() -> None:
    """What verified it does not confirm itself: no newer word is no confirmation, an open valve is a reversion."""
    for speaks, outcome in ((None, Outcome.UNVERIFIED), ("shut", Outcome.VERIFIED), ("on", Outcome.REVERTED)):
        site = sleeping(post_check_s=60)
        hold_id = site.lab.suspend("W-1").hold_id
        site.wait(10)
        site.speak()
        site.wait(600)
        site.speak()
        assert site.lab.leg(hold_id).outcome is Outcome.VERIFIED
        site.wait(10)
        if speaks is not None:
            site.device.valve = speaks
            site.device.speak()
        site.wait(LATENCY_S + 600)
        check = site.lab.leg(hold_id).check
        assert check is not None
        assert check.outcome is outcome


def test_what_the_device_said_before_the_command_proves_nothing() -> None:
    """What it last said stands there for hours: it counts for no command that came later."""
    site, hold_id = begun()
    site.wait(2 * HOURS)
    assert site.lab.leg(hold_id).outcome is None


def shut_by_its_own_word(*, now: str) -> tuple[Sleeping, str]:
    """It said that it is shut; since then it is what it is; and a suspension comes."""
    site = sleeping()
    site.device.valve = "shut"
    site.device.speak()
    site.device.valve = now
    site.lab.clock.run_s(60)
    hold_id = site.lab.suspend("W-1").hold_id
    site.wait(HOURS)
    assert (site.lab.leg(hold_id).outcome, site.device.sent) == (None, [])
    return site, hold_id


def test_a_valve_that_said_off_before_the_order_is_asked_for_no_proof_but_its_next_word() -> None:
    """It was opened by hand since: found off would have been a false success."""
    site, hold_id = shut_by_its_own_word(now="on")
    for _ in range(3):
        site.speak()
        site.wait(600)
    leg = site.lab.leg(hold_id)
    assert (leg.outcome, leg.found_off, site.device.moved) == (Outcome.VERIFIED, False, ["shut"])


def test_a_valve_that_still_says_off_was_found_off() -> None:
    """Without a command."""
    site, hold_id = shut_by_its_own_word(now="shut")
    site.speak()
    leg = site.lab.leg(hold_id)
    assert (leg.outcome, leg.because, leg.found_off) == (Outcome.VERIFIED, Because.ALREADY_IN_STATE, True)
    assert site.device.sent == []


def test_a_valve_that_says_nothing_more_is_left_to_a_person() -> None:
    """Off by an old word is not proven."""
    site, hold_id = shut_by_its_own_word(now="shut")
    site.wait(LATENCY_S)
    leg = site.lab.leg(hold_id)
    assert (leg.outcome, leg.found_off, site.device.sent) == (Outcome.UNVERIFIED, True, [])
    assert [item.code for item in site.lab.waiting(hold_id)] == [Because.NO_EVIDENCE]


def test_supply_that_is_back_by_an_old_word_is_commanded_all_the_same() -> None:
    """To connect once too often harms nobody; to wait would."""
    site, hold_id = begun()
    site.speak()
    site.wait(600)
    site.speak()
    site.device.valve = "on"
    site.device.speak()
    site.device.valve = "shut"
    site.lab.restore(hold_id)
    site.wait(10)
    assert [command["do"] for command in site.device.sent] == ["shut", "on"]


def test_an_uplink_on_its_way_does_not_look_like_a_command_without_effect() -> None:
    """It was sent after the intent, by a valve that had not heard of it: no second command follows."""
    site, hold_id = begun()
    site.device.deaf, site.device.acks = True, None
    for _ in range(3):
        site.wait(HOURS)
        site.speak()
    assert state(site, hold_id) is S.AT_CARRIER
    assert len(site.device.sent) == 1


@pytest.mark.parametrize(("not_after_h", "kept_h"), [(24, 4), (2, 2)])
def test_a_command_never_outlives_the_order(not_after_h: int, kept_h: int) -> None:
    """It lapses at the carrier with the time that an answer may take, and at the latest with ``not_after``."""
    site = sleeping()
    now = site.lab.clock.now()
    hold_id = site.lab.suspend("W-1", not_after=now + timedelta(hours=not_after_h)).hold_id
    site.wait(1)
    assert (site.expires_at - now).total_seconds() == pytest.approx(kept_h * HOURS, abs=1)
    operation = site.lab.leg(hold_id).operation
    assert operation is not None
    assert operation.intent is not None
    assert operation.intent.expires_at is not None
    assert operation.intent.expires_at <= now + timedelta(hours=not_after_h)


def test_after_it_lapsed_a_second_one_follows_on_evidence_of_the_old_state() -> None:
    """In doubt first; then the valve says that it is open, after it must have come to rest. Not before."""
    site, hold_id = begun()
    site.device.deaf, site.device.acks = True, None
    site.speak()
    site.wait(LATENCY_S + 5)
    assert state(site, hold_id) in {S.IN_DOUBT, S.OBSERVING}
    assert len(site.device.sent) == 1
    site.wait(TRAVEL_S)
    assert len(site.device.sent) == 1, "what it said before is no evidence of a valve at rest"
    site.device.deaf, site.device.acks = False, True
    site.speak()
    assert len(site.device.sent) == 2
    assert site.device.sent[0]["n"] != site.device.sent[1]["n"], "the device tells them apart"
    for _ in range(2):
        site.wait(HOURS)
        site.speak()
    assert site.lab.leg(hold_id).outcome is Outcome.VERIFIED


def test_a_carrier_that_gave_up_leaves_doubt_and_not_a_failure() -> None:
    """It delivers nothing later; whether the valve had it only the valve can say."""
    site, hold_id = begun()
    site.device.deaf, site.device.acks = True, False
    site.speak()
    assert state(site, hold_id) in {S.IN_DOUBT, S.OBSERVING}
    assert len(site.device.sent) == 1
    site.device.deaf = False
    site.wait(TRAVEL_S + 1)
    site.speak()
    assert len(site.device.sent) == 2


def test_a_command_that_nobody_confirmed_taking_may_still_be_kept() -> None:
    """Not even a receipt of the broker: no second command until it must have lapsed."""
    site = sleeping()
    site.device.lose_receipt = True
    hold_id = site.lab.suspend("W-1").hold_id
    site.wait(10)
    assert state(site, hold_id) in {S.IN_DOUBT, S.OBSERVING}
    site.device.deaf, site.device.acks = True, None
    for _ in range(3):
        site.wait(HOURS)
        site.speak()
    assert len(site.device.sent) == 1


def test_a_valve_that_is_never_heard_again_is_handed_to_a_person() -> None:
    """Kept, lapsed, and silent for as long as an answer may take."""
    site, hold_id = begun()
    site.wait(3 * LATENCY_S)
    assert site.lab.leg(hold_id).outcome is Outcome.UNVERIFIED
    assert [item.code for item in site.lab.waiting(hold_id)] == [Because.NO_EVIDENCE]
    assert len(site.device.sent) == 1


def test_a_restore_takes_back_what_is_still_at_the_carrier() -> None:
    """With an intent of its own; the valve never shuts. To connect it once more for good measure harms nobody."""
    site, hold_id = begun(withdraws=True)
    record = site.lab.restore(hold_id)
    site.wait(1)
    assert (site.device.flushed, site.device.queue) == (1, [])
    assert state(site, hold_id) is S.IN_DOUBT
    assert steps(site, hold_id).count(T.WITHDRAW) == steps(site, hold_id).count(T.WITHDRAWN) == 1
    site.wait(TRAVEL_S + 10)
    site.speak()
    for _ in range(2):
        site.wait(600)
        site.speak()
    assert site.lab.hold(hold_id).status is HoldStatus.RESTORED
    assert site.lab.record(record.key.order_id).result is OrderResult.DONE
    assert site.device.moved == ["on"]


def test_what_was_taken_back_too_late_is_reversed() -> None:
    """The valve had it already: it says that it is shut, and is opened."""
    site, hold_id = begun(withdraws=True)
    site.device.acks = None
    site.device.speak()
    site.lab.restore(hold_id)
    site.wait(TRAVEL_S + 10)
    site.speak()
    assert [command["do"] for command in site.device.sent] == ["shut", "on"]
    for _ in range(2):
        site.wait(HOURS)
        site.speak()
    assert site.lab.hold(hold_id).status is HoldStatus.RESTORED
    assert site.device.valve == "on"


def test_a_restore_queues_behind_what_cannot_be_taken_back_and_says_until_when() -> None:
    """One command at a time; the leg and a person are told when the carrier forgets it at the latest."""
    site, hold_id = begun()
    site.lab.restore(hold_id)
    site.wait(HOURS)
    leg = site.lab.leg(hold_id)
    assert leg.waits_until is not None
    assert leg.waits_until.replace(microsecond=0) == site.expires_at
    (item,) = site.lab.waiting(hold_id)
    assert (item.code, item.decisions) == (Because.BUS_BUSY, (Decision.FIELD_VISIT,))
    assert leg.waits_until.isoformat() in item.detail
    assert len(site.device.sent) == 1
    for _ in range(4):
        site.wait(600)
        site.speak()
    assert [command["do"] for command in site.device.sent] == ["shut", "on"]
    assert site.device.moved == ["shut", "on"]
    assert site.lab.hold(hold_id).status is HoldStatus.RESTORED
    assert site.lab.waiting(hold_id) == []
    assert site.lab.leg(hold_id).waits_until is None


def test_a_restart_finds_the_command_at_the_carrier() -> None:
    """The journal knows it, and until when: nothing is sent again."""
    site, hold_id = begun()
    site.lab.restart()
    site.wait(HOURS)
    assert state(site, hold_id) is S.AT_CARRIER
    site.speak()
    site.wait(600)
    site.speak()
    assert site.lab.leg(hold_id).outcome is Outcome.VERIFIED
    assert len(site.device.sent) == 1


def test_a_stranger_s_uplink_is_not_the_valve_s() -> None:
    """Another device behind the same topic: nothing was seen of ours."""
    site, hold_id = begun()
    site.device.eui = "id-of-another"
    site.device.valve = "shut"
    site.speak()
    assert site.lab.leg(hold_id).outcome is None
    assert site.lab.leg(hold_id).actual is SupplyState.CONNECTED


def test_looks_are_rare_where_answers_are() -> None:
    """Waiting for hours costs no page of the journal an hour."""
    site, hold_id = begun()
    site.wait(LATENCY_S - 60)
    assert steps(site, hold_id).count(T.LOOKED) < 30
