"""Simulated meters that behave, and misbehave, like real ones; nothing here imports the gateway."""

from meterhold_simulators.faults import Faults, Model
from meterhold_simulators.fleet import Fleet, UnknownNameError, WrongKindError
from meterhold_simulators.fleet_file import FleetFileError, load_fleet, parse_fleet
from meterhold_simulators.journal import Entry, Fate, Journal
from meterhold_simulators.meter import Truth
from meterhold_simulators.physics import Supply
from meterhold_simulators.spec import FleetSpec

__all__ = [
    "Entry",
    "Fate",
    "Faults",
    "Fleet",
    "FleetFileError",
    "FleetSpec",
    "Journal",
    "Model",
    "Supply",
    "Truth",
    "UnknownNameError",
    "WrongKindError",
    "load_fleet",
    "parse_fleet",
]
