"""A starting point for a profile: a commented file whose open places ``profile check`` names one by one."""

from importlib.resources import files

from meterhold.domain.words import Service
from meterhold.profiles import Wire

_POINTS = {
    (Wire.MODBUS, Service.ELECTRICITY): (
        "  energy: {table: holding, address: , type: u32, scale: , quantity: energy_import_kwh}",
        "  voltage: {table: holding, address: , type: u16, scale: , quantity: voltage_v}",
        "  current: {table: holding, address: , type: u16, scale: , quantity: current_a}",
        "  power: {table: holding, address: , type: s16, scale: , quantity: power_w}",
    ),
    (Wire.MODBUS, Service.WATER): (
        "  volume: {table: holding, address: , type: u32, scale: , quantity: volume_m3}",
        "  flow: {table: holding, address: , type: u16, scale: , quantity: flow_m3_h}",
    ),
    (Wire.MQTT, Service.ELECTRICITY): (
        "  energy: {pointer: , type: number, quantity: energy_import_kwh}",
        "  current: {pointer: , type: number, quantity: current_a}",
        "  power: {pointer: , type: number, quantity: power_w}",
    ),
    (Wire.MQTT, Service.WATER): (
        "  volume: {pointer: , type: number, quantity: volume_m3}",
        "  flow: {pointer: , type: number, quantity: flow_m3_h}",
    ),
}
_LOAD = {
    Service.ELECTRICITY: ("  - {point: current, above: }", "  - {point: power, above: }"),
    Service.WATER: ("  - {point: flow, above: }",),
}
_REGISTER = {Service.ELECTRICITY: "energy", Service.WATER: "volume"}


def skeleton(name: str, wire: Wire, service: Service) -> str:
    """The text of a new profile."""
    text = (files("meterhold.cli") / "skeletons" / f"{wire}.yaml").read_text(encoding="utf-8")
    filled = {
        "@NAME@": name,
        "@SERVICE@": str(service),
        "@POINTS@": "\n".join(_POINTS[wire, service]),
        "@LOAD@": "\n".join(_LOAD[service]),
        "@REGISTER@": _REGISTER[service],
    }
    for mark, words in filled.items():
        text = text.replace(mark, words)
    return text
