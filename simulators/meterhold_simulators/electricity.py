"""An electricity meter's body: a relay, and where voltage is measured."""

from meterhold_simulators.clock import SimClock
from meterhold_simulators.faults import Faults
from meterhold_simulators.journal import Journal
from meterhold_simulators.meter import Meter, Truth
from meterhold_simulators.physics import Relay
from meterhold_simulators.spec_base import ElectricityBase, VoltageAt


class ElectricityMeter(Meter):
    """A relay with a load behind it."""

    def __init__(
        self,
        spec: ElectricityBase,
        serial: str,
        clock: SimClock,
        journal: Journal,
        *,
        indicator_leads: bool = False,
    ) -> None:
        super().__init__(spec.id, spec.model, serial, clock, journal)
        self.voltage_at = spec.voltage_at
        self._actuation_s = spec.actuation_s
        self.relay = Relay(
            load_w=spec.load_w,
            voltage_v=spec.voltage_v,
            power_factor=spec.power_factor,
            energy_kwh=spec.energy_kwh,
            armature_connected=spec.connected,
            indicator_connected=spec.connected,
            indicator_leads=indicator_leads,
            actuation_s=spec.actuation_s,
            at=clock.now(),
        )
        self.set_faults(spec.faults)

    @property
    def mechanism(self) -> Relay:
        """The relay."""
        return self.relay

    @property
    def shown_connected(self) -> bool:
        """What the meter says of its relay."""
        return self.relay.indicator_connected

    @property
    def voltage_v(self) -> float:
        """The voltage that the meter measures, on its side of the contacts."""
        return self.relay.load_side_v if self.voltage_at is VoltageAt.LOAD else self.relay.voltage_v

    def show(self, *, connected: bool) -> None:
        """Say this state without having moved."""
        self.relay.indicator_connected = connected

    def set_load(self, load_w: float) -> None:
        """Change what the premises would draw."""
        self.now()
        self.relay.load_w = load_w
        self.changed()

    def set_voltage(self, voltage_v: float) -> None:
        """Change the supply's voltage."""
        self.now()
        self.relay.voltage_v = voltage_v
        self.changed()

    def set_energy(self, energy_kwh: float) -> None:
        """Change the register, forward or back."""
        self.now()
        self.relay.energy_kwh = energy_kwh
        self.changed()

    def truth(self) -> Truth:
        """What is physically so, now."""
        self.now()
        relay = self.relay
        return Truth(
            id=self.id,
            model=self.model,
            serial=self.serial,
            supply=relay.supply,
            shown_connected=self.shown_connected,
            load_w=relay.power_w,
            load_a=relay.current_a,
            load_side_v=relay.load_side_v,
            energy_kwh=relay.energy_kwh,
            reads=self.journal.reads[self.id],
            writes=self.journal.accepted[self.id],
            faults=self.faults.model_dump(mode="json", exclude_defaults=True),
        )

    def _apply_faults(self) -> None:
        faults: Faults = self.faults
        self.relay.welded = faults.welded
        self.relay.tripped = faults.local_trip
        self.relay.load_falls_after_s = faults.load_falls_after_s
        self.relay.backfeed_v = faults.backfeed_v
        if faults.trip_reason is not None:
            self.relay.trip(self.clock.now())
        self.relay.actuation_s = self._actuation_s + faults.delay_actuation_s
