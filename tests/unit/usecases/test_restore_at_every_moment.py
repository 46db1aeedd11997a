"""A restore may come at any moment of a suspension: the home is supplied in the end, by no more writes than needed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation_table import OperationState
from meterhold.domain.words import Action, OrderResult
from tests.fakes.carried import Sleeping, sleeping
from tests.fakes.gateway import Gateway
from tests.fakes.metering import DDS238, PROFILES, SHELLY, OnWrite, place
from tests.fakes.world import Fuse

S = OperationState
LOST = frozenset({OnWrite.LOSE_REPLY, OnWrite.LOSE_WRITE})
AT_ONCE = frozenset({DDS238, SHELLY})
"""Models whose first look after a write ends the operation."""
ENDED = frozenset({HoldStatus.CANCELLED, HoldStatus.RESTORED})


@dataclass(slots=True)
class Interrupted(Fuse):
    """Does something at one of the points at which a gateway waits, once."""

    nth: int = -1
    then: Callable[[], None] = lambda: None
    passed: int = 0

    def burn(self, place: str) -> None:
        """Pass a point."""
        Fuse.burn(self, place)
        self.passed += 1
        if self.passed == self.nth:
            self.then()


@dataclass(slots=True)
class Restored:
    """Restores the one hold of a gateway at the nth point after its suspension was taken in."""

    gateway: Gateway
    fuse: Interrupted
    found: set[OperationState] = field(default_factory=set)
    """Where the operation stood then."""

    def suspend(self, nth: int) -> str:
        """Take the suspension in, and wait for the moment."""
        hold_id = self.gateway.suspend("M-1").hold_id
        self.await_moment(hold_id, nth)
        return hold_id

    def await_moment(self, hold_id: str, nth: int) -> None:
        """Restore at the nth point from now on."""
        self.fuse.passed, self.fuse.nth = 0, nth
        self.fuse.then = lambda: self.restore(hold_id)

    def restore(self, hold_id: str) -> None:
        """Ask for supply back, by hold; no more than once."""
        self.fuse.nth = -1
        operation = self.gateway.leg(hold_id).operation
        if operation is not None:
            self.found.add(operation.state)
        self.gateway.order(Action.RESTORE, order_id="R-1", hold_id=hold_id)


def a_gateway(profile: str, fault: OnWrite) -> Restored:
    """One meter of that model, with something that happens to its first write."""
    fuse = Interrupted()
    gateway = Gateway(fuse=fuse)
    (meter,) = gateway.install(place(profile, "M-1"))
    meter.next_write = fault
    return Restored(gateway, fuse)


def work(gateway: Gateway, seconds: float) -> None:
    """Let it work; a turn that found its operation moved by the restore is taken again, as a drain does."""
    until = gateway.clock.now() + timedelta(seconds=seconds)
    while gateway.clock.now() < until:
        gateway.try_(lambda: gateway.run_s((until - gateway.clock.now()).total_seconds()))


@pytest.mark.parametrize("fault", [OnWrite.OBEY, OnWrite.LOSE_REPLY, OnWrite.LOSE_WRITE, OnWrite.IGNORE, OnWrite.LATE])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_restore_at_any_moment_of_a_suspension_ends_with_supply(profile: str, fault: OnWrite) -> None:
    """Queued, looked, intended, sent, delivered, observed, in doubt and ended: each point at which a gateway waits."""
    found: set[OperationState] = set()
    for nth in count(1):
        here = a_gateway(profile, fault)
        hold_id = here.suspend(nth)
        work(here.gateway, 120)
        at_its_end = here.fuse.nth == nth
        if at_its_end:
            here.restore(hold_id)
        work(here.gateway, 900)
        found |= here.found
        meter = here.gateway.links.meters[0]
        assert meter.supplied, f"off after a restore at point {nth}"
        assert here.gateway.hold(hold_id).status in ENDED
        assert here.gateway.record("R-1").result is OrderResult.DONE
        assert [connect for _, connect in meter.writes].count(False) <= 1 + (fault is OnWrite.IGNORE)
        assert [connect for _, connect in meter.writes].count(True) <= 1
        assert not here.gateway.waiting(hold_id)
        if at_its_end:
            break
    assert {S.QUEUED, S.INTENDED, S.ENDED} <= found, found
    assert found & ({S.IN_DOUBT} if fault in LOST else {S.SENT, S.DELIVERED}), found
    assert S.OBSERVING in found or profile in AT_ONCE, found


CARRIED: dict[str, bool] = {"its carrier can forget": True, "its carrier cannot": False}


@pytest.mark.parametrize("withdraws", CARRIED.values(), ids=CARRIED)
def test_a_restore_at_any_moment_of_a_carried_suspension_ends_with_supply(withdraws: bool) -> None:
    """At the carrier too: taken back, or waited for and reversed; the valve is on in the end and shut once at most."""
    found: set[OperationState] = set()
    for nth in range(1, 24):
        site = sleeping(withdraws=withdraws)
        fuse = Interrupted(clock=site.lab.clock)
        site.lab.fuse = site.lab.journal.fuse = fuse
        hold_id = site.lab.suspend("W-1").hold_id
        here = Restored(site.lab, fuse)
        here.await_moment(hold_id, nth)
        live(site, 3)
        if fuse.nth == nth:
            here.restore(hold_id)
        live(site, 12)
        found |= here.found
        assert site.device.valve == "on", f"shut after a restore at point {nth}"
        assert site.device.moved.count("shut") <= 1
        assert site.lab.hold(hold_id).status in ENDED
        assert site.lab.record("R-1").result is OrderResult.DONE
    assert {S.QUEUED, S.INTENDED, S.AT_CARRIER, S.ENDED} <= found


def live(site: Sleeping, times: int) -> None:
    """Let the valve speak now and then."""
    for _ in range(times):
        site.wait(300)
        site.speak()
