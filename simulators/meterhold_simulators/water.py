"""A water meter's body: a motor valve, and what the meter says of it."""

from meterhold_simulators.clock import SimClock
from meterhold_simulators.journal import Journal
from meterhold_simulators.meter import Mechanism, Meter, Truth
from meterhold_simulators.physics import Valve
from meterhold_simulators.spec_base import WaterBase


class WaterMeter(Meter):
    """A valve with a demand behind it."""

    def __init__(self, spec: WaterBase, serial: str, clock: SimClock, journal: Journal) -> None:
        super().__init__(spec.id, spec.model, serial, clock, journal)
        self._actuation_s = spec.actuation_s
        position = 1.0 if spec.connected else 0.0
        self.valve = Valve(
            demand_m3_h=spec.demand_m3_h,
            volume_m3=spec.volume_m3,
            position=position,
            target=position,
            travel_s=spec.travel_s,
            actuation_s=spec.actuation_s,
            at=clock.now(),
        )
        self.set_faults(spec.faults)

    @property
    def valves(self) -> tuple[Valve, ...]:
        """All that let water through."""
        return (self.valve,)

    @property
    def mechanism(self) -> Mechanism:
        """The valve."""
        return self.valve

    @property
    def shown_connected(self) -> bool:
        """What the meter says of its valve."""
        return self.valve.indicator_connected

    def show(self, *, connected: bool) -> None:
        """Say this state without having moved."""
        self.valve.claimed_connected = connected

    def set_demand(self, demand_m3_h: float) -> None:
        """Change what the premises would draw."""
        self.now()
        self.valve.demand_m3_h = demand_m3_h
        self.changed()

    def set_volume(self, volume_m3: float) -> None:
        """Change the register, forward or back."""
        self.now()
        self.valve.volume_m3 = volume_m3
        self.changed()

    def truth(self) -> Truth:
        """What is physically so, now."""
        self.now()
        valve = self.valve
        return Truth(
            id=self.id,
            model=self.model,
            serial=self.serial,
            supply=valve.supply,
            shown_connected=self.shown_connected,
            position=valve.position,
            flow_m3_h=valve.flow_m3_h,
            volume_m3=valve.volume_m3,
            reads=self.journal.reads[self.id],
            writes=self.journal.accepted[self.id],
            faults=self.faults.model_dump(mode="json", exclude_defaults=True),
        )

    def _apply_faults(self) -> None:
        faults = self.faults
        for valve in self.valves:
            valve.jam_at = faults.jam_at
            valve.leak_m3_h = faults.leak_m3_h
            valve.pipe_empty = faults.pipe_empty
            valve.actuation_s = self._actuation_s + faults.delay_actuation_s
        if faults.prepaid_empty and self.valve.target > 0:
            self.valve.command(self.clock.now(), connected=False)
