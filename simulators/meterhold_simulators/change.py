"""What may be changed of a running meter, over the control port or by a scenario."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from meterhold_simulators.faults import NO_FAULTS, Faults, NotNegative
from meterhold_simulators.fleet import Fleet


class Change(BaseModel):
    """What may be changed of a meter; a fault set to null is taken away."""

    model_config = ConfigDict(extra="forbid")

    load_w: NotNegative | None = None
    load_a: NotNegative | None = None
    voltage_v: NotNegative | None = None
    demand_m3_h: NotNegative | None = None
    register_value: NotNegative | None = Field(default=None, alias="register")
    serial: str | None = None
    faults: dict[str, Any] | None = None
    times: Annotated[int, Field(ge=1)] | None = None


ELECTRICITY_ONLY = frozenset({"load_w", "load_a", "voltage_v"})
WATER_ONLY = frozenset({"demand_m3_h"})


def apply(fleet: Fleet, meter_id: str, wanted: Change) -> None:
    """Faults are checked first, so that a refused change has changed nothing of them."""
    if wanted.faults is not None:
        current = fleet.meter(meter_id).faults.model_dump(exclude_defaults=True)
        fleet.set_faults(meter_id, Faults.model_validate({**current, **_with_none(wanted.faults)}), wanted.times)
    if wanted.serial is not None:
        fleet.replace(meter_id, wanted.serial)
    if wanted.register_value is not None:
        fleet.set_register(meter_id, wanted.register_value)
    if wanted.voltage_v is not None:
        fleet.set_voltage(meter_id, wanted.voltage_v)
    if wanted.load_w is not None or wanted.load_a is not None:
        fleet.set_load(meter_id, load_w=wanted.load_w, load_a=wanted.load_a)
    if wanted.demand_m3_h is not None:
        fleet.set_demand(meter_id, wanted.demand_m3_h)


def _with_none(faults: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(NO_FAULTS, name, None) if value is None else value for name, value in faults.items()}
