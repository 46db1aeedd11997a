"""Permission to write: everything that can forbid it is asked in the transaction that records the intent."""

from datetime import timedelta

import pytest

from meterhold.domain.commands import RecordIntent, RecordTurn
from meterhold.domain.errors import Refused
from meterhold.domain.operation import Intent, Move, Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.protocol import PUT_OFF_S
from meterhold.domain.words import Because, Decision, Flag, OrderResult, Outcome, Reason
from tests.fakes.gateway import Gateway, Home, home
from tests.fakes.metering import OnWrite
from tests.fakes.world import run
from tests.unit.domain.build import CONFIRMS, OFF, OLD, look
from tests.unit.domain.decide.stages import at_stage, restoring, suspended

S, T = OperationState, Trigger
WATER = "W-1"


def suspending() -> tuple[Home, str]:
    """A home whose water is to be cut now; nothing has been looked at."""
    at_home = home()
    return at_home, at_home.suspend().hold_id


def ask(gateway: Gateway, hold_id: str, meter_id: str, *, late_s: float = 0, trusted: bool = True) -> Operation:
    """Look, and ask to write; return the operation as the journal then has it."""
    operation = gateway.leg(hold_id, meter_id).operation
    assert operation is not None
    at = gateway.clock.now() + timedelta(seconds=late_s)
    seen = Move(T.LOOKED, at, observation=look(at=at), grade=OLD)
    command = RecordIntent(
        at,
        hold_id,
        meter_id,
        operation.operation_id,
        operation.revision,
        (seen,),
        Intent(at, ("unit 1: 06 00 1C",)),
        clock_trusted=trusted,
    )
    return run(gateway.journal.submit(command)).hold(hold_id).leg(meter_id).operation or operation


def test_a_write_is_permitted_when_nothing_forbids_it() -> None:
    """The intent is on record with what is about to be written, and the leg says what is wanted of it."""
    at_home, hold_id = suspending()
    permitted = ask(at_home.gateway, hold_id, WATER)
    assert (permitted.state, permitted.writes) == (S.INTENDED, 1)
    assert permitted.intent is not None
    assert permitted.intent.writes == ("unit 1: 06 00 1C",)
    leg, row = at_home.gateway.leg(hold_id, WATER), at_home.gateway.meter(WATER)
    assert (leg.intended, leg.written) == (permitted.target, True)
    assert (row.intended.state, row.intended.hold_id) == (permitted.target, hold_id)


def test_a_lock_puts_every_write_off_and_names_who_has_it() -> None:
    """In both directions; the same item is not raised twice."""
    for reach in (suspending, lambda: _plain(restoring())):
        at_home, hold_id = reach()
        meter_id = WATER if reach is suspending else "E-1"
        at_home.gateway.lock(meter_id)
        for _ in range(2):
            put_off = ask(at_home.gateway, hold_id, meter_id)
            assert (put_off.state, put_off.because) == (S.QUEUED, Because.TECHNICIAN_LOCK)
            assert put_off.due_at == at_home.gateway.clock.now() + timedelta(seconds=PUT_OFF_S)
        (item,) = at_home.gateway.waiting(hold_id)
        given_up = (Decision.RESTORE,) if reach is suspending else ()
        assert (item.who, item.decisions) == ("fitter", (Decision.FIELD_VISIT, *given_up))
        at_home.gateway.unlock(meter_id)
        assert ask(at_home.gateway, hold_id, meter_id).state is S.INTENDED
        assert at_home.gateway.waiting(hold_id) == []


def _plain(reached: tuple[Home, object]) -> tuple[Home, str]:
    at_home, hold = reached
    return at_home, getattr(hold, "hold_id", "")


def test_the_inhibit_stops_disconnects_and_never_reconnects() -> None:
    """The kill switch puts the one off until it is lifted, and lets the other pass."""
    at_home, hold_id = suspending()
    at_home.gateway.inhibit(on=True)
    put_off = ask(at_home.gateway, hold_id, WATER)
    assert (put_off.state, put_off.because) == (S.QUEUED, Because.INHIBITED)
    (item,) = at_home.gateway.waiting(hold_id)
    assert item.who == "desk"
    at_home.gateway.inhibit(on=False)
    assert ask(at_home.gateway, hold_id, WATER).state is S.INTENDED
    back, held = _plain(restoring())
    back.gateway.inhibit(on=True)
    assert ask(back.gateway, held, "E-1").state is S.INTENDED


def test_a_clock_that_jumped_stops_disconnects_and_never_reconnects() -> None:
    """Whether it is too late for a suspension cannot be known then."""
    at_home, hold_id = suspending()
    put_off = ask(at_home.gateway, hold_id, WATER, trusted=False)
    assert (put_off.state, put_off.because) == (S.QUEUED, Because.CLOCK)
    back, held = _plain(restoring())
    assert ask(back.gateway, held, "E-1", trusted=False).state is S.INTENDED


@pytest.mark.parametrize("flag", list(Flag))
def test_protected_premises_are_blocked_at_the_last_moment(flag: Flag) -> None:
    """A flag that the registry set a second ago counts; a restore does not ask for it."""
    at_home, hold_id = suspending()
    at_home.gateway.flag(WATER, flags=frozenset({flag}))
    blocked = ask(at_home.gateway, hold_id, WATER)
    assert (blocked.state, blocked.outcome) == (S.ENDED, Outcome.BLOCKED)
    assert blocked.because in {Because.PROTECTED_CUSTOMER, Because.FIRE_SERVICE}
    assert not at_home.gateway.leg(hold_id, WATER).written
    back, held = _plain(restoring())
    back.gateway.flag("E-1", flags=frozenset({flag}))
    assert ask(back.gateway, held, "E-1").state is S.INTENDED


def test_what_came_too_late_is_not_permitted() -> None:
    """The last moment is asked for again, on the time of the intent itself."""
    at_home, hold_id = suspending()
    late = ask(at_home.gateway, hold_id, WATER, late_s=86_400)
    assert (late.state, late.outcome) == (S.ENDED, Outcome.EXPIRED)
    back, held = _plain(restoring())
    assert ask(back.gateway, held, "E-1", late_s=400 * 86_400).state is S.INTENDED


def test_a_second_write_that_came_too_late_ends_the_suspension() -> None:
    """The first one had no effect and the other leg expired as well: supply is proven on, and the hold has an end."""
    at_home, hold_id = suspending()
    at_home.water.next_write = OnWrite.IGNORE
    at_home.gateway.once()
    at_home.gateway.run_s(10)
    late = ask(at_home.gateway, hold_id, WATER, late_s=86_400)
    assert (late.outcome, late.writes) == (Outcome.EXPIRED, 1)
    at_home.gateway.clock.run_s(86_400)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status == "restored"
    assert at_home.gateway.suspend_record(hold_id).result is OrderResult.EXPIRED
    assert (at_home.supplied, at_home.written) == ((True, True), (0, 1))


def test_a_newer_restore_takes_the_permission_away() -> None:
    """The first write had no effect; before the second one a restore was asked for."""
    at_home, hold_id = suspending()
    at_home.water.next_write = OnWrite.IGNORE
    at_home.gateway.once()
    at_home.gateway.run_s(10)
    at_home.gateway.restore(hold_id)
    superseded = ask(at_home.gateway, hold_id, WATER)
    assert superseded.connects
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status == "restored"
    assert len(at_home.water.writes) == 1


def test_two_holds_never_have_a_write_to_one_meter_under_way() -> None:
    """The second one waits a moment until the first is resolved."""
    at_home, hold_id = suspending()
    assert ask(at_home.gateway, hold_id, WATER).state is S.INTENDED
    over = at_home.suspend(reason=Reason.SAFETY)
    waits = ask(at_home.gateway, over.hold_id, WATER)
    assert (waits.state, waits.because) == (S.QUEUED, Because.BUS_BUSY)
    assert hold_id in waits.detail


def test_an_operation_that_somebody_else_moved_is_not_written_for() -> None:
    """The revision tells; nothing is recorded."""
    at_home, hold_id = suspending()
    operation = at_home.gateway.leg(hold_id, WATER).operation
    assert operation is not None
    at = at_home.gateway.clock.now()
    for identity, revision in ((operation.operation_id, operation.revision + 1), ("another", operation.revision)):
        command = RecordIntent(at, hold_id, WATER, identity, revision, (), Intent(at, ()), clock_trusted=True)
        said = len(at_home.gateway.journal.events)
        with pytest.raises(Refused, match="moved by somebody else"):
            run(at_home.gateway.journal.submit(command))
        assert len(at_home.gateway.journal.events) == said


def test_a_busy_device_that_a_suspension_gave_up_on_is_told_to_a_person() -> None:
    """``BUS_BUSY`` puts a write off; as the end of an operation it is an end, and the next leg goes on."""
    at_home, hold_id = suspending()
    operation = at_home.gateway.leg(hold_id, WATER).operation
    assert operation is not None
    at_home.water.busy = True
    at_home.gateway.run_s(1200)
    assert at_home.gateway.leg(hold_id, WATER).outcome is Outcome.REFUSED_BY_DEVICE
    assert [item.code for item in at_home.gateway.waiting(hold_id)] == [Because.BUS_BUSY]
    assert at_home.gateway.leg(hold_id, "E-1").outcome is Outcome.VERIFIED


def test_what_stood_in_the_way_is_gone_when_the_meter_is_found_off() -> None:
    """A technician locked the meter and closed it by hand: nothing waits for him any more."""
    at_home, hold_id = suspending()
    at_home.gateway.lock(WATER)
    at_home.gateway.run_s(60)
    assert len(at_home.gateway.waiting(hold_id)) == 1
    at_home.water.stand(connected=False)
    at_home.gateway.run_s(60)
    assert at_home.gateway.leg(hold_id, WATER).outcome is Outcome.VERIFIED
    assert at_home.gateway.waiting(hold_id) == []


def test_a_lock_is_safe_only_when_no_write_is_unresolved() -> None:
    """Until then the answer is not yet."""
    at_home, hold_id = at_stage("in_doubt")
    assert not at_home.gateway.lock(WATER)
    assert at_home.gateway.lock("E-1")
    quiet, _ = suspended()
    assert quiet.gateway.lock(WATER)
    assert at_home.gateway.leg(hold_id, WATER).busy


def test_what_is_seen_while_another_hold_s_write_is_under_way_ends_nothing() -> None:
    """Two turns at one meter at once: off was seen before a reconnection arrived. It is looked at again."""
    at_home = home()
    safety = at_home.gateway.suspend("E-1", reason=Reason.SAFETY).hold_id
    at_home.gateway.settle()
    at_home.power.silent = True
    vacation = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.run_s(5)
    looked = at_home.gateway.leg(vacation).operation
    assert looked is not None
    at_home.gateway.restore(safety)
    assert ask(at_home.gateway, safety, "E-1").state is S.INTENDED
    at = at_home.gateway.clock.now()
    found = Move(T.LOOKED, at, observation=look(OFF, at=at), grade=CONFIRMS)
    over = Move(T.END, at, outcome=Outcome.VERIFIED, because=Because.ALREADY_IN_STATE)
    turn = RecordTurn(at, vacation, "E-1", looked.operation_id, looked.revision, (found, over))
    with pytest.raises(Refused, match="not resolved yet"):
        run(at_home.gateway.journal.submit(turn))
    assert at_home.gateway.hold(vacation).status == "suspending"
    at_home.power.silent = False
    at_home.gateway.run_s(3600)
    assert (at_home.gateway.hold(vacation).status, at_home.power.supplied) == ("suspended", False)
