"""Whatever happens on a feeder and in a zone that bear next to nothing, their limits hold and nobody is forgotten."""

from datetime import datetime, timedelta
from functools import partial

from hypothesis import settings
from hypothesis.stateful import invariant, rule

from meterhold.domain.commands import Terms
from meterhold.domain.ramp import MassRestore
from meterhold.domain.words import Action, Reason
from tests.fakes.metering import FakeMeter
from tests.unit.usecases.test_machine import AnythingMayHappen

TIGHT = Terms(mass_restore=MassRestore(above=1, per_minute=1), valves_at_once=1)
AREAS = {"E-1": "feeder-7", "E-2": "feeder-7", "W-1": "zone-3", "W-2": "zone-3"}


class NextToNothingAtOnce(AnythingMayHappen):
    """The same walk over two homes that share a feeder and a zone; its own end still asks that nothing hangs."""

    def __init__(self) -> None:
        """Let the registry name what bears them."""
        super().__init__()
        self.gateway.terms = TIGHT
        for meter_id, area in AREAS.items():
            self.gateway.flag(meter_id, area=area)
        self.connected_at: dict[str, list[datetime]] = {}

    def watch_write(self, meter: FakeMeter, connect: bool) -> None:
        """Referee each reconnect: no feeder gets more of them within a minute than it bears."""
        super().watch_write(meter, connect)
        if not connect:
            return
        now = self.gateway.clock.now()
        moments = self.connected_at.setdefault(AREAS[meter.place.meter_id], [])
        moments.append(now)
        recent = [one for one in moments if now - one < timedelta(minutes=1)]
        assert len(recent) <= TIGHT.mass_restore.per_minute

    @rule()
    def cut_and_bring_back_everything(self) -> None:
        """Suspend both homes, and then want all that is open back at once."""
        for point in ("SP-1", "SP-2"):
            self.do(partial(self.gateway.order, Action.SUSPEND, reason=Reason.VACATION, service_point=point))
        self.do(lambda: self.gateway.run_s(300))
        for hold_id in self.hold_ids():
            if not self.gateway.hold(hold_id).final:
                self.do(partial(self.gateway.restore, hold_id))
        self.do(lambda: self.gateway.run_s(300))

    @invariant()
    def counts_are_what_is_under_way(self) -> None:
        """Each valve that is counted as closing belongs to a write that is not resolved."""
        unresolved = {one.operation_id for one in self.gateway.journal.open_operations() if one.unresolved}
        for tally in self.gateway.journal.world.tallies.values():
            assert {one.operation_id for one in tally.moving} <= unresolved


# The same walks each time: to find new ones is what the walk's own test is for.
NextToNothingAtOnce.TestCase.settings = settings(
    max_examples=15, stateful_step_count=30, deadline=None, derandomize=True
)
TestNextToNothingAtOnce = NextToNothingAtOnce.TestCase
