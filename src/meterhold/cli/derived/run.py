"""A derived meter as a fleet of one."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from meterhold.cli.derived.body import METER_ID, body
from meterhold.cli.derived.modbus_face import DerivedModbusFace
from meterhold.cli.derived.mqtt_face import DerivedMqttFace
from meterhold.cli.derived.raws import solve
from meterhold.domain.errors import Fault, Malformed
from meterhold.profiles import Profile
from meterhold.profiles.language.definition import ModbusDefinition, MqttDefinition
from meterhold_simulators.build import Parts
from meterhold_simulators.clock import SimClock
from meterhold_simulators.control import serve_control
from meterhold_simulators.fleet import Fleet
from meterhold_simulators.journal import Journal, Origin
from meterhold_simulators.main import say_where
from meterhold_simulators.spec import BrokerSpec, FleetSpec, Framing, ListenerSpec
from meterhold_simulators.wire.mqtt import MqttLink
from meterhold_simulators.wire.server import ModbusListener

UNIT = 1
LISTENER = "derived"
LABEL = "DERIVED from profile {} alone: it believes what the profile says and is evidence of nothing"


def place_of(profile: Profile, *, port: int, framing: Framing, broker: tuple[str, int]) -> FleetSpec:
    """Where it is to be reached."""
    if isinstance(profile.definition, ModbusDefinition):
        return FleetSpec(listeners={LISTENER: ListenerSpec(port=port, framing=framing)})
    return FleetSpec(brokers={LISTENER: BrokerSpec(host=broker[0], port=broker[1])})


@asynccontextmanager
async def derived_fleet(profile: Profile, spec: FleetSpec, address: str) -> AsyncIterator[Fleet]:
    """Run it. ``Malformed`` says what of the profile no simulator can be made from."""
    _refuse_codecs(profile)
    raws = solve(profile)
    clock = SimClock.of_loop(spec.time_scale)
    parts = Parts(Journal(spec.journal_limit, Origin.PROFILE))
    meter = body(profile, clock, parts.journal)
    parts.meters[METER_ID] = meter
    match profile.definition:
        case ModbusDefinition() as definition:
            face = DerivedModbusFace(meter, profile, definition, raws)
            parts.listeners[LISTENER] = ModbusListener(LISTENER, spec.listeners[LISTENER], {int(address): face})
        case MqttDefinition() as definition:
            link = MqttLink(LISTENER, spec.brokers[LISTENER])
            parts.links.append(link)
            parts.mqtt_faces.append(DerivedMqttFace(meter, link, definition, address, raws))
    async with Fleet.around(parts, clock) as fleet:
        yield fleet


async def serve_derived(
    profile: Profile, spec: FleetSpec, address: str, *, control_port: int, say: Callable[[str], None]
) -> None:
    """Run it until SIGINT or SIGTERM."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with derived_fleet(profile, spec, address) as fleet, serve_control(fleet, control_port) as bound:
        say(LABEL.format(profile.name))
        say(f"address {address}")
        say_where(spec, fleet, bound, say)
        await stopping.wait()


def _refuse_codecs(profile: Profile) -> None:
    definition = profile.definition
    if not isinstance(definition, MqttDefinition):
        return
    coded = [f"{name}.decode" for name in definition.sources if definition.decoding_of(name) is not None]
    faults = [Fault(name, "a codec reads frames; nothing makes them") for name in coded]
    if definition.carrier is not None:
        faults.append(Fault("carrier", "a carrier is another program's; simulate it with a fleet of its own"))
    if faults:
        raise Malformed(f"a simulator of {profile.name}", faults)
