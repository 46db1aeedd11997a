"""A running fleet: meters, the ports and broker links they speak through, and the referee's journal."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from meterhold_simulators.build import Parts, build
from meterhold_simulators.clock import SimClock
from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faults import NO_FAULTS, Faults, Model
from meterhold_simulators.meter import Meter, Truth
from meterhold_simulators.spec import FleetSpec
from meterhold_simulators.water import WaterMeter
from meterhold_simulators.wire.server import ModbusListener

CONNECT_WITHIN_S = 10.0

# What a fleet file calls the identity of models that have no serial number there.
_IDENTITY = {
    Model.SHELLY_1PM: "mac",
    Model.SWV: "ieee",
    Model.TASMOTA: "mac",
    Model.UC511: "dev_eui",
    Model.STREGA: "dev_eui",
}


class UnknownNameError(LookupError):
    """There is no meter or listener of this name."""


class WrongKindError(ValueError):
    """The meter does not have what is asked of it."""


class Fleet:
    """A fleet that runs between `start` and the end of its block."""

    def __init__(self, parts: Parts, clock: SimClock) -> None:
        self._parts = parts
        self.clock = clock
        self.journal = parts.journal

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        spec: FleetSpec,
        clock: Callable[[], float] | None = None,
        connect_within_s: float = CONNECT_WITHIN_S,
    ) -> AsyncIterator["Fleet"]:
        """Listen and connect, then run until the block ends.

        `clock` is a monotonic source of seconds; without one it is the loop's time. A clock moved by hand needs
        `wake` after each move.
        """
        sim_clock = SimClock.of_loop(spec.time_scale) if clock is None else SimClock(clock, spec.time_scale)
        async with cls.around(build(spec, sim_clock), sim_clock, connect_within_s) as fleet:
            yield fleet

    @classmethod
    @asynccontextmanager
    async def around(
        cls, parts: Parts, clock: SimClock, connect_within_s: float = CONNECT_WITHIN_S
    ) -> AsyncIterator["Fleet"]:
        """Run parts that something else has made."""
        async with AsyncExitStack() as running:
            for meter in parts.meters.values():
                running.callback(meter.stop)
            for face in parts.mqtt_faces:
                running.callback(face.stop)
            for listener in parts.listeners.values():
                await listener.start()
                running.push_async_callback(listener.stop)
            for link in parts.links:
                await link.start(connect_within_s)
                running.push_async_callback(link.stop)
            yield cls(parts, clock)

    @property
    def ports(self) -> dict[str, int]:
        """The port of each listener."""
        return {name: listener.port for name, listener in self._parts.listeners.items()}

    @property
    def ids(self) -> list[str]:
        """The meters, in the order of the fleet file."""
        return list(self._parts.meters)

    def meter(self, meter_id: str) -> Meter:
        """The meter's body."""
        try:
            return self._parts.meters[meter_id]
        except KeyError as error:
            raise UnknownNameError(f"there is no meter {meter_id!r}") from error

    def truth(self, meter_id: str) -> Truth:
        """What is physically so, whatever the meter says."""
        return self.meter(meter_id).truth()

    async def wait_until(self, meter_id: str, wanted: Callable[[Truth], bool]) -> Truth:
        """Wait for a change after which the meter's truth is as wanted; at once where it already is."""
        return await self.meter(meter_id).wait_until(wanted)

    def set_faults(self, meter_id: str, faults: Faults, times: int | None = None) -> None:
        """Replace all faults of a meter."""
        self.meter(meter_id).set_faults(faults, times)

    def set_fault(self, meter_id: str, name: str, value: object = True, *, times: int | None = None) -> None:  # noqa: FBT002 - most faults are flags
        """Set one fault; with `times` it strikes only so many messages."""
        meter = self.meter(meter_id)
        current = meter.faults.model_dump(exclude_defaults=True)
        meter.set_faults(Faults.model_validate({**current, name: value}), times)

    def clear_fault(self, meter_id: str, name: str) -> None:
        """Take one fault away."""
        self.set_fault(meter_id, name, getattr(NO_FAULTS, name))

    def clear_faults(self, meter_id: str) -> None:
        """Take all faults away."""
        self.set_faults(meter_id, NO_FAULTS)

    def set_load(self, meter_id: str, *, load_w: float | None = None, load_a: float | None = None) -> None:
        """Change what the premises would draw of electricity, in W or in A."""
        meter = self._electricity(meter_id)
        if load_a is not None:
            load_w = load_a * meter.relay.voltage_v * meter.relay.power_factor
        if load_w is not None:
            meter.set_load(load_w)

    def set_voltage(self, meter_id: str, voltage_v: float) -> None:
        """Change the supply's voltage; 0 is an outage."""
        self._electricity(meter_id).set_voltage(voltage_v)

    def set_demand(self, meter_id: str, demand_m3_h: float) -> None:
        """Change what the premises would draw of water."""
        self._water(meter_id).set_demand(demand_m3_h)

    def set_register(self, meter_id: str, value: float) -> None:
        """Set the billing register, in kWh or m3; back as well as forward."""
        meter = self.meter(meter_id)
        if isinstance(meter, ElectricityMeter):
            meter.set_energy(value)
        elif isinstance(meter, WaterMeter):
            meter.set_volume(value)

    def replace(self, meter_id: str, serial: str, register: float | None = None) -> None:
        """Put another device in the meter's place: same address or topic, other identity, other register."""
        meter = self.meter(meter_id)
        row = self._parts.specs[meter_id]
        type(row).model_validate({**row.model_dump(), _IDENTITY.get(meter.model, "serial"): serial})
        meter.serial = serial
        if register is not None:
            self.set_register(meter_id, register)
        meter.changed()

    def press_button(self, meter_id: str) -> None:
        """Reverse the supply by hand, at the device."""
        self.meter(meter_id).press_button()

    def swap_units(self, listener: str, one: int, other: int) -> None:
        """Exchange two unit ids on a line."""
        line = self._listener(listener)
        for unit in (one, other):
            if unit not in line.units:
                raise UnknownNameError(f"there is no unit {unit} on listener {listener!r}")
        line.swap_units(one, other)

    def hang_up(self, listener: str) -> None:
        """Drop every connection to a listener."""
        self._listener(listener).hang_up()

    def wake(self) -> None:
        """Let every meter see the present moment; for clocks that are moved by hand."""
        for meter in self._parts.meters.values():
            meter.now()
            meter.changed()

    def _listener(self, name: str) -> ModbusListener:
        try:
            return self._parts.listeners[name]
        except KeyError as error:
            raise UnknownNameError(f"there is no listener {name!r}") from error

    def _electricity(self, meter_id: str) -> ElectricityMeter:
        meter = self.meter(meter_id)
        if not isinstance(meter, ElectricityMeter):
            raise WrongKindError(f"meter {meter_id!r} is not an electricity meter")
        return meter

    def _water(self, meter_id: str) -> WaterMeter:
        meter = self.meter(meter_id)
        if not isinstance(meter, WaterMeter):
            raise WrongKindError(f"meter {meter_id!r} is not a water meter")
        return meter
