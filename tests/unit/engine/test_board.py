"""The board: what a commit says is due is handed out at once, without waiting for the sweep to read it again."""

from dataclasses import replace

from meterhold.domain.draft import Draft, World
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.meter import Installation, Meter
from meterhold.domain.words import Service, SupplyState
from meterhold.engine.board import Board
from tests.fakes.suspended_hold import HOLD, NOON, operation

METER = Meter(Installation("E-1001", "SP-1", Service.ELECTRICITY, "hiking-dds238-2-zn-sr", "line-1", "1"))


def test_a_restore_of_a_meter_that_the_board_has_forgotten_is_due_with_its_commit() -> None:
    """The restore changes no row of the meter; the row that the decision read serves."""
    queued = operation("H-1:E-1001:2", "E-1001", SupplyState.CONNECTED, NOON)
    hold = replace(HOLD, status=HoldStatus.RESTORING, legs=(replace(HOLD.legs[0], operation=queued),))
    draft = Draft(World(meters={"E-1001": METER}))
    draft.holds["H-1"] = hold
    board = Board()
    assert board.take_over([draft]) == {"line-1"}
    assert board.next("line-1", NOON) == (hold, METER)
