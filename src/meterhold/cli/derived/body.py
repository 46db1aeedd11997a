"""The body of a derived meter, and what situation it is in."""

from meterhold.cli.derived.raws import Shown, Situation
from meterhold.domain.words import Service
from meterhold.profiles import Profile
from meterhold_simulators.clock import SimClock
from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faults import Model
from meterhold_simulators.journal import Journal
from meterhold_simulators.meter import Meter
from meterhold_simulators.physics import Supply
from meterhold_simulators.spec_base import ElectricityBase, WaterBase
from meterhold_simulators.water import WaterMeter

METER_ID = "derived"
_LOAD_W = 500.0
_DEMAND_M3_H = 0.4


def body(profile: Profile, clock: SimClock, journal: Journal) -> Meter:
    """A relay or a valve that moves as slowly as the profile allows."""
    moves_s = profile.timing.settle_s
    match profile.service:
        case Service.ELECTRICITY:
            relay = ElectricityBase(id=METER_ID, model=Model.DERIVED, load_w=_LOAD_W, actuation_s=moves_s)
            return ElectricityMeter(relay, METER_ID, clock, journal)
        case Service.WATER:
            valve = WaterBase(id=METER_ID, model=Model.DERIVED, demand_m3_h=_DEMAND_M3_H, travel_s=moves_s)
            return WaterMeter(valve, METER_ID, clock, journal)


def situation_of(meter: Meter, *, can_move: bool) -> Situation:
    """What it says and whether supply flows; a profile without a word for moving is told the last state."""
    truth = meter.truth()
    shown = Shown.CONNECTED if truth.shown_connected else Shown.DISCONNECTED
    if can_move and truth.supply is Supply.MOVING:
        shown = Shown.MOVING
    return Situation(shown, bool(truth.load_w or truth.flow_m3_h))
