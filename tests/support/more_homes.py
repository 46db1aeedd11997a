"""Meters of the later MQTT models for tests of the whole gateway, quick to move and quick to speak."""

from typing import Any

from tests.support.homes import BROKER, Place

TASMOTA, HA_VALVE, UC511, STREGA = (
    "tasmota-power",
    "home-assistant-mqtt-valve",
    "milesight-uc511-chirpstack",
    "strega-valve-chirpstack",
)
_LORA = {"server": "lora", "uplink_every_s": 0.1, "answer_after_s": 0.01, "report_after_s": 0.01, "travel_s": 0.05}


def tasmota(meter_id: str, mac: str = "DC4F223D5E26", **device: Any) -> Place:  # noqa: ANN401 - a fleet file's keys
    """A Tasmota plug."""
    row = {"model": "tasmota", "broker": "site", "mac": mac, "load_w": 1150, "energy_kwh": 318.2, **device}
    told = ":".join(mac[start : start + 2] for start in range(0, 12, 2))
    return Place(meter_id, TASMOTA, BROKER, f"tasmota_{mac[-6:]}", told, row, mac)


def ha_valve(meter_id: str, **device: Any) -> Place:  # noqa: ANN401
    """A valve of Home Assistant's convention; it says nowhere who it is."""
    topic = f"homes/{meter_id}/valve"
    row = {"model": "ha_valve", "broker": "site", "topic": topic, "demand_m3_h": 0.6, "travel_s": 0.05}
    row |= {"report_every_s": 0.1, **device}
    return Place(meter_id, HA_VALVE, BROKER, topic, None, row)


def uc511(meter_id: str, eui: str = "24e124460c000007", **device: Any) -> Place:  # noqa: ANN401
    """A UC511 with a pulse meter, behind the network server."""
    row = {"model": "uc511", "dev_eui": eui, "demand_m3_h": 0.6, "volume_m3": 81.5, **_LORA, **device}
    return Place(meter_id, UC511, BROKER, f"17/{eui}", eui, row, eui)


def strega(meter_id: str, eui: str = "70b3d57ed0000001", **device: Any) -> Place:  # noqa: ANN401
    """A STREGA valve behind the network server."""
    row = {"model": "strega", "dev_eui": eui, "demand_m3_h": 0.6, **_LORA, **device}
    return Place(meter_id, STREGA, BROKER, f"17/{eui}", eui, row, eui)
