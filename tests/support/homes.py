"""Homes for tests of the whole gateway: simulated meters of all four kinds, and the configuration that reaches them."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from meterhold.documents.config import GatewayDocument
from meterhold.profiles import Profile, load_profiles
from meterhold_simulators import FleetSpec, parse_fleet
from tests.support.mosquitto import Broker

DDS238, SHELLY, XINTAI, SWV = (
    "hiking-dds238-2-zn-sr",
    "shelly-plus-pro-1pm",
    "kaifeng-xintai-valve",
    "z2m-sonoff-swv",
)
LINE, PEER, BROKER = "line", "peer", "broker"

_QUICK = {"settle_s": 0.1, "poll_s": 0.05, "travel_s": 1.0, "interlock_recheck_s": 0.2}
_TIMING = {
    # Two questions a look, relays that act at once.
    DDS238: {"settle_s": 0.03, "poll_s": 0.05, "travel_s": 0.4, "interlock_recheck_s": 0.2},
    SHELLY: {"settle_s": 0.03, "poll_s": 0.05, "travel_s": 0.4, "interlock_recheck_s": 0.2},
    # Longer than the valve travels.
    XINTAI: {"settle_s": 0.1, "poll_s": 0.05, "travel_s": 0.6, "interlock_recheck_s": 0.2},
    # Long enough for two reports of the flow after a new start.
    SWV: {"settle_s": 0.15, "poll_s": 0.1, "travel_s": 1.0, "interlock_recheck_s": 0.2},
}


@dataclass(frozen=True, slots=True)
class Place:
    """A meter as both sides know it: the simulators' row of it, and the registry's."""

    meter_id: str
    profile: str
    link: str
    address: str
    serial: str | None
    device: Mapping[str, Any]
    serial_inside: str | None = None
    """What the simulator calls the serial that the gateway sees; ``None`` where nothing on the wire tells it."""
    proof_from: str | None = None
    """The meter whose load proves what this one does."""

    @property
    def service(self) -> str:
        """What it meters."""
        return "electricity" if self.meter_id.startswith("E") else "water"

    @property
    def service_point(self) -> str:
        """The home: meters of one number are of one home."""
        return f"SP-{self.meter_id.partition('-')[2]}"

    @property
    def remembers_flow(self) -> bool:
        """Its flow comes through a cache, and counts only once it was seen to change."""
        return self.profile == SWV


def dds238(meter_id: str, unit: int = 1, link: str = LINE, **device: Any) -> Place:  # noqa: ANN401 - a fleet file's keys
    """An electricity meter on Modbus: it has no serial number on the wire, and its relay register may echo."""
    row = {"model": "dds238", "listener": link, "unit": unit, "load_w": 1450, "energy_kwh": 7133.51, **device}
    return Place(meter_id, DDS238, link, str(unit), None, row)


def xintai(meter_id: str, unit: int = 2, link: str = LINE, **device: Any) -> Place:  # noqa: ANN401
    """A water meter on Modbus, with its serial number and limit switches."""
    serial = f"22081500{unit:02}"
    row = {"model": "xintai", "listener": link, "unit": unit, "serial": serial, "demand_m3_h": 0.42, "volume_m3": 318.2}
    told = serial.rjust(16, "0")
    return Place(meter_id, XINTAI, link, str(unit), told, {**row, "travel_s": 0.08, **device}, serial)


def shelly(meter_id: str, mac: str = "A8032ABE54DC", **device: Any) -> Place:  # noqa: ANN401
    """A relay with a meter, on MQTT."""
    row = {"model": "shelly_1pm", "broker": "site", "mac": mac, "load_w": 860, "energy_kwh": 2210.75, **device}
    device_id = f"shellypro1pm-{mac.lower()}"
    return Place(meter_id, SHELLY, BROKER, device_id, device_id, row, mac)


def swv(meter_id: str, ieee: str = "0x00124b0029f1a002", **device: Any) -> Place:  # noqa: ANN401
    """A water valve behind a Zigbee bridge, with a flow that is never quite constant."""
    name = f"{meter_id}-valve"
    row = {"model": "swv", "bridge": "zigbee", "name": name, "ieee": ieee, "demand_m3_h": 0.6, "flow_ripple": 0.03}
    times = {"report_every_s": 0.1, "report_after_s": 0.01, "flow_report_after_s": 0.02, "travel_s": 0.05}
    return Place(meter_id, SWV, BROKER, f"zigbee2mqtt/{name}", ieee, {**row, **times, **device}, ieee)


ONE_OF_EACH = (dds238("E-1"), xintai("W-1"), shelly("E-2"), swv("W-2"))
"""Two homes, each with an electricity meter and a water meter: one on Modbus, one on MQTT."""


@dataclass(frozen=True, slots=True)
class Homes:
    """Meters that a test uses, and where the gateway keeps what it knows of them."""

    places: tuple[Place, ...]
    folder: Path
    broker: Broker | None = None
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Settings of links, beside those that the tests have in common."""
    listeners: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def by_id(self) -> Mapping[str, Place]:
        """The meters by name."""
        return {place.meter_id: place for place in self.places}

    def fleet(self) -> FleetSpec:
        """What the simulators are to be."""
        listening = {
            LINE: {"framing": "rtu", **self.listeners.get(LINE, {})},
            PEER: {"framing": "mbap", **self.listeners.get(PEER, {})},
        }
        mqtt: dict[str, Any] = {}
        if self.broker is not None:
            mqtt["brokers"] = {"site": {"host": self.broker.host, "port": self.broker.port, "reconnect_s": 0.05}}
            mqtt["bridges"] = {"zigbee": {"broker": "site"}}
            mqtt["network_servers"] = {"lora": {"broker": "site", "application_id": "17", "rx_after_s": 0}}
        meters = [{"id": place.meter_id, **place.device} for place in self.places]
        return parse_fleet({"listeners": listening, **mqtt, "meters": meters})

    def config(self, ports: Mapping[str, int], **terms: float) -> GatewayDocument:
        """The gateway's configuration; ``ports`` are the simulators'."""
        self.registry.parent.mkdir(parents=True, exist_ok=True)
        with self.registry.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("id", "service_point", "service", "profile", "link", "address", "serial", "proof_from"))
            rows.writerows(_registry_rows(self.places))
        return GatewayDocument.model_validate(
            {
                "schema_version": 1,
                "site": {"name": "tests", "time_zone": "Europe/Berlin"},
                "store": {"url": f"sqlite:///{self.store}"},
                "meters": str(self.registry),
                "terms": terms,
                "links": {name: {**link, **self.links.get(name, {})} for name, link in self._links(ports).items()},
            }
        )

    @property
    def store(self) -> Path:
        """The journal's file."""
        return self.folder / "journal.sqlite"

    @property
    def registry(self) -> Path:
        """The registry's file."""
        return self.folder / "meters.csv"

    def _links(self, ports: Mapping[str, int]) -> dict[str, dict[str, Any]]:
        links: dict[str, dict[str, Any]] = {
            LINE: {"kind": "modbus", "host": "127.0.0.1", "port": ports[LINE], "framing": "rtu_over_tcp", "gap_ms": 2},
            PEER: {"kind": "modbus", "host": "127.0.0.1", "port": ports[PEER], "framing": "tcp"},
        }
        for link in links.values():
            link["timeout_s"] = 0.5
        if self.broker is not None:
            at = {"host": self.broker.host, "port": self.broker.port}
            links[BROKER] = {"kind": "mqtt", **at, "timeout_s": 1.0, "client_id": "gateway", "topic_prefix": "gateway"}
        return links


def _registry_rows(places: Iterable[Place]) -> Iterable[tuple[str, ...]]:
    for place in places:
        where = (place.service, place.profile, place.link, place.address, place.serial or "", place.proof_from or "")
        yield (place.meter_id, place.service_point, *where)


@cache
def quick_profiles() -> Mapping[str, Profile]:
    """The built-in profiles with times that fit the simulated meters."""
    return {name: profile.with_timing(**_TIMING.get(name, _QUICK)) for name, profile in load_profiles().items()}
