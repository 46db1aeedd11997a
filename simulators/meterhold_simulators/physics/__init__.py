"""What a relay and a valve do, with time as an argument: no clock, no protocol, no I/O."""

from meterhold_simulators.physics.manifold import Manifold
from meterhold_simulators.physics.relay import Relay
from meterhold_simulators.physics.supply import Cause, Supply
from meterhold_simulators.physics.valve import Valve

__all__ = ["Cause", "Manifold", "Relay", "Supply", "Valve"]
