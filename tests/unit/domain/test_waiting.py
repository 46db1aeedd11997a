"""What waits: for a carrier, for a device that sleeps, for voltage that goes, for water that stops."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhold.domain.leaking import LeakWatch
from meterhold.domain.next_step import End, LookAgain, NextStep, TakeBack, Timing, WriteNow
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Intent, Move, Operation
from meterhold.domain.operation_table import Trigger
from meterhold.domain.protocol import after_failed_look, after_look, after_unmet
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because, Outcome, SupplyState
from tests.unit.domain.build import (
    CONFIRMS,
    OFF,
    ON,
    TIMING,
    after,
    echo,
    fired,
    interlock,
    look,
    move,
    operation,
    seen,
)

T = Trigger
MOVING, UNKNOWN = SupplyState.MOVING, SupplyState.UNKNOWN
DREW = look(ON, load=True)
TRAVELLED = TIMING.travel_s + 1


def before_writing(what: Observation, target: SupplyState = OFF) -> NextStep:
    """Look once, with nothing written."""
    return after_look(seen(operation(target), what, after(0)), after(0), TIMING)


def written(target: SupplyState = OFF, *, first: Observation = DREW) -> Operation:
    """An operation whose write was acknowledged at noon."""
    return fired(seen(operation(target), first, after(0)), T.INTEND, T.ACKNOWLEDGED)


def after_writing(what: Observation, now: Operation, seconds: float) -> NextStep:
    """Look so long after the write."""
    return after_look(seen(now, what, after(seconds)), after(seconds), TIMING)


# Carriers


SLEEPS = Timing(settle_s=1, poll_s=2, travel_s=10, interlock_recheck_s=60, latency_s=3600)
EXPIRES_S = 7200


def carried(now: Operation | None = None) -> Operation:
    """An operation whose write a carrier keeps since noon, for two hours."""
    now = now or seen(operation(), DREW, after(0))
    intent = Intent(after(0), ("down",), 1, after(EXPIRES_S))
    return fired(now, move(T.INTEND, intent=intent), move(T.CARRIER_TOOK_IT))


def at_carrier(what: Observation, seconds: float) -> NextStep:
    """Look while the carrier keeps it."""
    return after_look(seen(carried(), what, after(seconds)), after(seconds), SLEEPS)


@pytest.mark.parametrize("what", [look(ON), look(UNKNOWN), look(MOVING), look(OFF, load=True)])
def test_nothing_negative_is_said_while_a_carrier_may_still_deliver(what: Observation) -> None:
    """No second write either; the next look comes when it lapses, at the latest."""
    for seconds in (1.0, 3600.0, EXPIRES_S - 1.0):
        step = at_carrier(what, seconds)
        assert isinstance(step, LookAgain)
        assert after(seconds) < step.at <= after(EXPIRES_S)


def test_what_the_device_shows_ends_it_at_the_carrier() -> None:
    """Without any receipt."""
    assert at_carrier(look(OFF, load=False), 60) == End(Outcome.VERIFIED)


def test_after_it_lapsed_the_old_state_permits_one_more() -> None:
    """Once the device must have come to rest; the caller vouches that the look is younger than that."""
    lapsed = fired(carried(), move(T.OUTCOME_LOST, after(EXPIRES_S)))
    for seconds, expected in ((EXPIRES_S + 9, LookAgain), (EXPIRES_S + 10, WriteNow)):
        step = after_look(seen(lapsed, look(ON), after(seconds)), after(seconds), SLEEPS)
        assert isinstance(step, expected)


def test_no_evidence_is_no_verdict_before_it_could_have_come() -> None:
    """A device that sleeps tells within its latency."""
    lapsed = fired(carried(), move(T.OUTCOME_LOST, after(EXPIRES_S)))
    last = EXPIRES_S + SLEEPS.travel_s + SLEEPS.latency_s
    early = after_look(seen(lapsed, look(UNKNOWN), after(last - 1)), after(last - 1), SLEEPS)
    assert isinstance(early, LookAgain)
    late = after_look(seen(lapsed, look(UNKNOWN), after(last)), after(last), SLEEPS)
    assert isinstance(late, End)
    assert late.outcome is Outcome.UNVERIFIED


def test_a_carrier_that_gave_up_shortens_the_wait() -> None:
    """Nothing is on its way any more: the device's travel counts from then."""
    given_up = fired(carried(), move(T.OUTCOME_LOST, after(100)))
    assert given_up.written_by == after(100)
    step = after_look(seen(given_up, look(ON), after(111)), after(111), SLEEPS)
    assert step == WriteNow()


def test_a_sleeping_device_is_given_its_time_before_it_is_called_unreachable() -> None:
    """A quarter of an hour is nothing to it."""
    failed = operation().fire(Move(T.LOOK_FAILED, after(1000), because=Because.COMM_TIMEOUT))
    assert isinstance(after_failed_look(failed, after(1000), TIMING), End)
    assert isinstance(after_failed_look(failed, after(1000), SLEEPS), LookAgain)


def test_a_stale_word_of_off_is_waited_for() -> None:
    """It would confirm, and is older than the order: the device's next word decides, not a guess."""
    stale = replace(CONFIRMS, confirms=False, stale=True)
    queued = operation().fire(Move(T.LOOKED, after(60), observation=look(OFF), grade=stale))
    assert isinstance(after_look(queued, after(60), SLEEPS), LookAgain)
    end = after_look(queued, after(3600), SLEEPS)
    assert isinstance(end, End)
    assert (end.outcome, end.because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)
    back = operation(ON).fire(Move(T.LOOKED, after(60), observation=look(ON), grade=stale))
    assert after_look(back, after(60), SLEEPS) == WriteNow()


# Taking back


CAN_TAKE_BACK = replace(TIMING, withdraws=True)
FED = look(OFF, load=False, load_side_voltage=True)


def test_a_closing_that_met_back_feed_is_taken_back_once_the_device_is_at_rest() -> None:
    """And where that is impossible, or done, the restore waits and says which."""
    now = written(ON, first=look(OFF))
    early = after_look(seen(now, FED, after(5)), after(5), CAN_TAKE_BACK)
    assert isinstance(early, LookAgain)
    assert isinstance(after_look(seen(now, FED, after(11)), after(11), CAN_TAKE_BACK), TakeBack)
    cannot = after_look(seen(now, FED, after(11)), after(11), TIMING)
    assert isinstance(cannot, LookAgain)
    assert (cannot.at, cannot.because) == (after(71), Because.LOAD_SIDE_VOLTAGE)
    assert "may close by itself" in cannot.detail
    taken = fired(seen(now, FED, after(11)), move(T.WITHDRAW, after(11)), move(T.WITHDRAWN, after(12)))
    done = after_look(seen(taken, FED, after(23)), after(23), CAN_TAKE_BACK)
    assert isinstance(done, LookAgain)
    assert "taken back" in done.detail


def test_a_restriction_lets_voltage_through_and_that_is_no_back_feed() -> None:
    """Its restore is written."""
    assert before_writing(look(SupplyState.RESTRICTED, load_side_voltage=True), ON) == WriteNow()


def test_an_empty_pipe_says_why_nothing_is_proven() -> None:
    """Its own cause, with its own sentence."""
    end = after_writing(echo(OFF, load=False, empty_pipe=True), written(first=echo(ON, load=True)), TRAVELLED)
    assert isinstance(end, End)
    assert (end.outcome, end.because) == (Outcome.UNVERIFIED, Because.EMPTY_PIPE)


@pytest.mark.parametrize("target", [ON, OFF])
def test_what_the_command_itself_checks_blocks_or_waits(target: SupplyState) -> None:
    """As an interlock does."""
    step = after_unmet(operation(target), Because.LOCAL_CONTROL, "remote is 1", after(0), TIMING)
    if target is OFF:
        assert step == End(Outcome.BLOCKED, Because.LOCAL_CONTROL, "remote is 1")
    else:
        assert step == LookAgain(after(60), Because.LOCAL_CONTROL, "remote is 1")


@pytest.mark.parametrize(
    "because", [Because.LOAD_TOO_HIGH, Because.TRIPPED, Because.LOCAL_CONTROL, Because.BATTERY_LOW]
)
def test_each_interlock_ends_a_disconnection_with_its_own_cause_and_sentence(because: Because) -> None:
    """Not as one word for all."""
    step = before_writing(look(ON, interlocks=(interlock(because, disconnect=True),)))
    assert step == End(Outcome.BLOCKED, because, sentence(because))


# Leaks


RULE = LeakWatch(within_s=300, every_s=30, above=Decimal("0.02"))


def test_a_confirmed_connection_is_watched_where_the_site_asks_for_it() -> None:
    """Only a connection of ours, and only once it is confirmed."""
    now = written(ON, first=look(OFF))
    assert after_look(seen(now, DREW, after(5)), after(5), TIMING) == End(Outcome.VERIFIED)
    watched = after_look(seen(now, DREW, after(5)), after(5), TIMING, RULE)
    assert watched == LookAgain(after(35))
    moving = after_look(seen(now, look(MOVING), after(5)), after(5), TIMING, RULE)
    assert isinstance(moving, LookAgain)
    off = after_look(seen(written(), look(OFF, load=False), after(5)), after(5), TIMING, RULE)
    assert off == End(Outcome.VERIFIED)
