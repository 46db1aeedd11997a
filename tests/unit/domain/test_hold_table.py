"""The hold table: every pair of status and trigger is a step or a typed refusal."""

from itertools import product

import pytest

from meterhold.domain.errors import IllegalTransition
from meterhold.domain.hold_table import FINAL_STATUSES, HOLD_TRANSITIONS, HoldStatus, HoldTrigger, next_status

S, T = HoldStatus, HoldTrigger


@pytest.mark.parametrize(("status", "trigger"), list(product(HoldStatus, HoldTrigger)))
def test_every_pair_is_a_step_or_a_typed_refusal(status: HoldStatus, trigger: HoldTrigger) -> None:
    """The table knows the pair, or says which status has no such step."""
    if trigger in HOLD_TRANSITIONS[status]:
        assert next_status(status, trigger) is HOLD_TRANSITIONS[status][trigger]
    else:
        with pytest.raises(IllegalTransition, match=f"hold in state {status} has no step for {trigger}"):
            next_status(status, trigger)


def test_the_final_statuses_are_the_five_of_the_contract() -> None:
    """They have no exits, and no other status lacks one."""
    assert {S.RESTORED, S.CANCELLED, S.EXPIRED, S.CLOSED, S.REJECTED} == FINAL_STATUSES
    assert all((not exits) is (status in FINAL_STATUSES) for status, exits in HOLD_TRANSITIONS.items())
    assert set(HOLD_TRANSITIONS) == set(HoldStatus)


def test_a_hold_can_end_from_every_status() -> None:
    """No status is a trap."""
    reach = set(FINAL_STATUSES)
    while True:
        more = {status for status, exits in HOLD_TRANSITIONS.items() if reach & set(exits.values())} | reach
        if more == reach:
            break
        reach = more
    assert reach == set(HoldStatus)


def test_every_status_is_reached_from_scheduled() -> None:
    """No row of the table is dead."""
    reach = {S.SCHEDULED}
    while True:
        more = reach | {to for status in reach for to in HOLD_TRANSITIONS[status].values()}
        if more == reach:
            break
        reach = more
    assert reach == set(HoldStatus)


def test_what_may_have_been_switched_ends_only_as_restored_or_closed() -> None:
    """Once suspended, a hold never silently expires or is cancelled with supply off."""
    for status in (S.SUSPENDED, S.MONITORING):
        assert HOLD_TRANSITIONS[status] == {T.RESTORE: S.RESTORING, T.CLOSE: S.CLOSED}
    assert HOLD_TRANSITIONS[S.RESTORING] == {T.RESTORED: S.RESTORED, T.HAND_OVER: S.CLOSED}
