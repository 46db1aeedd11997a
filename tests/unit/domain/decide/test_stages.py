"""The situations that the other tests start from are what they are called."""

import pytest

from meterhold.domain.hold_table import FINAL_STATUSES, HoldStatus
from tests.unit.domain.decide.stages import FINAL, STAGES, at_stage


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_is_reached(stage: str) -> None:
    """By orders, time and faults only, and its rows are what its events say."""
    at_home, _ = at_stage(stage)
    at_home.gateway.restart()


def test_every_status_but_the_one_of_a_later_release_is_among_them() -> None:
    """Approval is not asked for yet."""
    assert {status for _, status in STAGES.values()} == set(HoldStatus) - {HoldStatus.AWAITING_APPROVAL}
    assert {STAGES[name][1] for name in FINAL} == set(FINAL_STATUSES)
