"""Makes the parts of a fleet from its description; nothing listens or connects yet."""

from collections import defaultdict
from dataclasses import dataclass, field

from meterhold_simulators.build_modbus import modbus_parts
from meterhold_simulators.build_mqtt import Direct, direct_parts, direct_will, lora_parts
from meterhold_simulators.clock import SimClock
from meterhold_simulators.faces.mqtt import MqttFace
from meterhold_simulators.faces.zigbee2mqtt_bridge import BridgeFace, bridge_will
from meterhold_simulators.faces.zigbee2mqtt_swv import SwvFace
from meterhold_simulators.journal import Journal
from meterhold_simulators.meter import Meter
from meterhold_simulators.spec import FleetSpec, MeterSpec, ShellySpec, SwvSpec
from meterhold_simulators.spec_mqtt import HaValveSpec, StregaSpec, TasmotaSpec, Uc511Spec
from meterhold_simulators.water import WaterMeter
from meterhold_simulators.wire.mqtt import MqttLink
from meterhold_simulators.wire.server import Answering, ModbusListener


@dataclass(slots=True)
class Parts:
    """What a fleet consists of."""

    journal: Journal
    meters: dict[str, Meter] = field(default_factory=dict)
    specs: dict[str, MeterSpec] = field(default_factory=dict)
    mqtt_faces: list[MqttFace] = field(default_factory=list)
    listeners: dict[str, ModbusListener] = field(default_factory=dict)
    links: list[MqttLink] = field(default_factory=list)


def build(spec: FleetSpec, clock: SimClock) -> Parts:
    """All parts, wired to each other."""
    parts = Parts(Journal(spec.journal_limit))
    units: dict[str, dict[int, Answering]] = defaultdict(dict)
    shared = _shared_links(spec)
    valves: dict[str, list[SwvFace]] = defaultdict(list)
    for row in spec.meters:
        match row:
            case ShellySpec() | TasmotaSpec() | HaValveSpec():
                link = _own_link(spec, row, parts) if row.own_connection else shared[row.broker]
                meter, face = direct_parts(row, clock, parts.journal, link)
                parts.mqtt_faces.append(face)
            case Uc511Spec() | StregaSpec():
                server = spec.network_servers[row.server]
                meter, face = lora_parts(row, server, clock, parts.journal, shared[server.broker])
                parts.mqtt_faces.append(face)
            case SwvSpec():
                meter = valve = WaterMeter(row, row.ieee, clock, parts.journal)
                bridge = spec.bridges[row.bridge]
                valves[row.bridge].append(SwvFace(valve, row, bridge, shared[bridge.broker]))
            case _:
                units_here = units[row.listener]
                meter, units_here[row.unit] = modbus_parts(row, units_here.get(row.unit), clock, parts.journal)
        parts.meters[row.id] = meter
        parts.specs[row.id] = row
    for name, bridge in spec.bridges.items():
        BridgeFace(bridge, valves[name], shared[bridge.broker])
        parts.mqtt_faces += valves[name]
    for name, listener in spec.listeners.items():
        parts.listeners[name] = ModbusListener(name, listener, units[name])
    parts.links += shared.values()
    return parts


def _shared_links(spec: FleetSpec) -> dict[str, MqttLink]:
    """One connection a broker. It can have one will, which is its first bridge's."""
    wills = {bridge.broker: bridge_will(bridge) for bridge in reversed(spec.bridges.values())}
    used = {bridge.broker for bridge in spec.bridges.values()}
    used |= {server.broker for server in spec.network_servers.values()}
    used |= {row.broker for row in spec.meters if isinstance(row, Direct) and not row.own_connection}
    return {name: MqttLink(name, spec.brokers[name], wills.get(name)) for name in spec.brokers if name in used}


def _own_link(spec: FleetSpec, row: Direct, parts: Parts) -> MqttLink:
    link = MqttLink(f"{row.broker} ({row.id})", spec.brokers[row.broker], direct_will(row))
    parts.links.append(link)
    return link
