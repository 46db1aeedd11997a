"""Makes the body and the face of each MQTT model, and the connections that they share."""

from typing import assert_never

from meterhold_simulators.clock import SimClock
from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.chirpstack import ChirpstackFace, LoraDevice
from meterhold_simulators.faces.ha_valve import HaValveFace, ha_valve_will
from meterhold_simulators.faces.mqtt import MqttFace
from meterhold_simulators.faces.shelly import ShellyFace, shelly_will
from meterhold_simulators.faces.strega import Strega
from meterhold_simulators.faces.tasmota import TasmotaFace, tasmota_will
from meterhold_simulators.faces.uc511 import Uc511
from meterhold_simulators.journal import Journal
from meterhold_simulators.meter import Meter
from meterhold_simulators.spec import ShellySpec
from meterhold_simulators.spec_mqtt import (
    HaValveSpec,
    LoraSpec,
    NetworkServerSpec,
    StregaSpec,
    TasmotaSpec,
    Uc511Spec,
)
from meterhold_simulators.water import WaterMeter
from meterhold_simulators.wire.mqtt import MqttLink, Will

Direct = ShellySpec | TasmotaSpec | HaValveSpec
"""Devices that are clients of the broker themselves."""


def direct_will(row: Direct) -> Will:
    """What the broker says when the device's own connection is lost."""
    match row:
        case ShellySpec():
            return shelly_will(row)
        case TasmotaSpec():
            return tasmota_will(row)
        case HaValveSpec():
            return ha_valve_will(row)
        case _:
            assert_never(row)


def direct_parts(row: Direct, clock: SimClock, journal: Journal, link: MqttLink) -> tuple[Meter, MqttFace]:
    """A device that is a client of the broker itself."""
    match row:
        case ShellySpec():
            relay = ElectricityMeter(row, row.mac, clock, journal)
            return relay, ShellyFace(relay, row, link)
        case TasmotaSpec():
            # It says what it has set its relay to, at once.
            plug = ElectricityMeter(row, row.mac, clock, journal, indicator_leads=True)
            return plug, TasmotaFace(plug, row, link)
        case HaValveSpec():
            valve = WaterMeter(row, row.serial or f"ha-valve-{row.id}", clock, journal)
            return valve, HaValveFace(valve, row, link)
        case _:
            assert_never(row)


def lora_parts(
    row: LoraSpec, server: NetworkServerSpec, clock: SimClock, journal: Journal, link: MqttLink
) -> tuple[Meter, MqttFace]:
    """A device behind a network server."""
    meter = WaterMeter(row, row.dev_eui, clock, journal)
    match row:
        case Uc511Spec():
            device: LoraDevice = Uc511(meter, row)
        case StregaSpec():
            device = Strega(meter, row)
        case _:
            assert_never(row)
    return meter, ChirpstackFace(device, row, server, link)
