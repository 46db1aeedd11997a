"""The courses that tests of operations begin with, and what happened on the way."""

from meterhold.domain.events import OperationMoved
from meterhold.domain.operation_table import Trigger
from meterhold.domain.words import (
    SupplyState,
)
from tests.fakes.gateway import Gateway
from tests.fakes.metering import SHELLY, SWV, XINTAI, FakeMeter, place
from tests.fakes.world import run

OFF, ON = SupplyState.DISCONNECTED, SupplyState.CONNECTED
IDENTIFIED = (SHELLY, XINTAI, SWV)


def one(profile: str) -> tuple[Gateway, FakeMeter]:
    """A gateway with one meter."""
    gateway = Gateway()
    (meter,) = gateway.install(place(profile, "M-1"))
    return gateway, meter


def begun(profile: str, *, connect: bool = False) -> tuple[Gateway, FakeMeter, str]:
    """A suspension about to begin, or a restore of one that was proven."""
    gateway, meter = one(profile)
    hold_id = gateway.suspend("M-1").hold_id
    if connect:
        gateway.settle()
        assert not meter.supplied
        meter.writes.clear()
        gateway.restore(hold_id)
    return gateway, meter, hold_id


def moves(gateway: Gateway, hold_id: str) -> list[Trigger]:
    """What happened to the hold's operations, in order."""
    happened = run(gateway.journal.hold_events(hold_id))
    return [event.move.trigger for _, _, event in happened if isinstance(event, OperationMoved)]


def last(gateway: Gateway, hold_id: str) -> list[Trigger]:
    """What happened to the last operation."""
    operation = gateway.leg(hold_id).operation
    assert operation is not None
    happened = run(gateway.journal.hold_events(hold_id))
    return [
        event.move.trigger
        for _, _, event in happened
        if isinstance(event, OperationMoved) and event.operation_id == operation.operation_id
    ]
