"""The network server before its devices: its queue, its events, and class A's patience."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from meterhold_simulators import Faults
from meterhold_simulators.clock import SimClock
from meterhold_simulators.faces.chirpstack import ChirpstackFace
from meterhold_simulators.faces.uc511 import Uc511
from meterhold_simulators.faults import Model
from meterhold_simulators.journal import Journal
from meterhold_simulators.spec_mqtt import NetworkServerSpec, Uc511Spec
from meterhold_simulators.water import WaterMeter
from tests.unit.simulators.desk_link import DeskLink, Said
from tests.unit.simulators.hand_clock import HandClock

EUI = "24e124460c000007"
APPLICATION = "17"
DEVICE = f"application/{APPLICATION}/device/{EUI}"
DOWN = f"{DEVICE}/command/down"
CLOSE_7 = "/x0ABwAAAAAAAAA="
OPEN_8 = "/x0gCAAAAAAAAAA="
NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


class Site:
    """A UC511 without any delay behind a network server, on a link on the desk."""

    def __init__(self, clock: HandClock) -> None:
        self.link = DeskLink()
        row = Uc511Spec.model_validate(
            {
                "id": "W-1",
                "model": Model.UC511,
                "server": "lora",
                "dev_eui": EUI,
                "travel_s": 0,
                "uplink_every_s": 1e6,
                "answer_after_s": 0,
                "report_after_s": 0,
            }
        )
        self.wall = NOW
        self.journal = Journal()
        self.meter = WaterMeter(row, EUI, SimClock(clock, wall=lambda: self.wall), self.journal)
        server = NetworkServerSpec(broker="site", application_id=APPLICATION, rx_after_s=0)
        self.face = ChirpstackFace(Uc511(self.meter, row), row, server, self.link)
        self.link.connect()
        self.link.take()

    def send(self, data: str = CLOSE_7, **fields: object) -> None:
        """Queue a downlink."""
        request = {"id": "order-1", "devEui": EUI, "confirmed": True, "fPort": 85, "data": data, **fields}
        self.link.deliver(DOWN, request)

    def suffer(self, fault: str, times: int | None = None) -> None:
        """Have this fault and no other."""
        self.meter.set_faults(Faults.model_validate({fault: True}), times)

    def events(self) -> list[tuple[str, Any]]:
        """What the server said since the last call, by kind of event."""
        return [(said.topic.removeprefix(f"{DEVICE}/event/"), said.json) for said in self.link.take()]

    def kinds(self) -> list[str]:
        """The kinds alone."""
        return [kind for kind, _ in self.events()]


@pytest.fixture
async def site(clock: HandClock) -> Site:
    """The site, with the device joined."""
    return Site(clock)


def frame(event: Any) -> str:  # noqa: ANN401 - JSON is whatever it is
    """An uplink's bytes as text."""
    return base64.b64decode(event["data"]).hex()


async def test_a_device_joins_and_speaks_first(clock: HandClock) -> None:
    """A join event, then the first uplink: frame counter 0, port 85, the device's EUI in the payload, nothing kept."""
    site = Site(clock)
    site.face.uplink_now()
    (first,) = site.link.take()
    site.link.connect()
    assert site.link.take() == []  # the broker's return is nothing to a device
    site.meter.serial = "24e124460c000099"
    site.meter.changed()
    join, up = site.link.take()
    assert (join.topic, up.topic) == (f"{DEVICE}/event/join", f"{DEVICE}/event/up")
    assert (join.retained, up.retained) == (False, False)
    assert up.json["fCnt"] == 0
    assert up.json["devAddr"] == join.json["devAddr"]
    assert up.json["devAddr"] != first.json["devAddr"]
    assert up.json["fPort"] == 85
    assert up.json["deviceInfo"]["devEui"] == "24e124460c000099"
    assert up.json["deviceInfo"]["applicationId"] == APPLICATION
    assert frame(up.json).endswith("01755c03010104c800000000")


async def test_a_downlink_waits_for_an_uplink(site: Site) -> None:
    """Nothing moves when it is queued; the next uplink takes it out, and the ladder is txack, ack, up, up."""
    site.send()
    assert site.events() == []
    assert (site.face.queued, site.journal.writes()) == (1, [])
    site.face.uplink_now()
    events = site.events()
    assert [kind for kind, _ in events] == ["up", "txack", "ack", "up", "up"]
    by_kind = dict(events)
    assert by_kind["txack"]["queueItemId"] == "order-1"
    assert (by_kind["ack"]["queueItemId"], by_kind["ack"]["acknowledged"]) == ("order-1", True)
    assert by_kind["txack"]["fCntDown"] == by_kind["ack"]["fCntDown"] == 0
    counts = [event["fCnt"] for kind, event in events if kind == "up"]
    assert counts == [1, 2, 3]
    (entry,) = site.journal.writes()
    assert entry.target == "disconnected"
    assert site.face.queued == 0


async def test_an_expired_downlink_never_leaves(site: Site) -> None:
    """The log says EXPIRED with the item's id, and the one behind it goes out instead."""
    site.send(expiresAt=(NOW + timedelta(minutes=20)).isoformat().replace("+00:00", "Z"))
    site.send(OPEN_8, id="order-2", expiresAt=(NOW + timedelta(hours=2)).isoformat())
    site.wall = NOW + timedelta(hours=1)
    site.face.uplink_now()
    events = site.events()
    (log,) = (event for kind, event in events if kind == "log")
    assert (log["code"], log["context"]["queue_item_id"]) == ("EXPIRED", "order-1")
    assert [event["queueItemId"] for kind, event in events if kind == "txack"] == ["order-2"]
    assert [entry.target for entry in site.journal.writes()] == ["connected"]
    assert [entry.target for entry in site.journal.attempts()] == ["expired", "connected"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"devEui": "24e124460c000008"},
        {"devEui": EUI.upper()},
        {"fPort": 0},
        {"fPort": "85"},
        {"fPort": 224},
        {"data": "ff1d"[:3]},
        {"data": None},
    ],
)
async def test_malformed_commands_are_dropped(site: Site, wrong: dict[str, object]) -> None:
    """A payload for another device, a port out of range, data that is no base64: nothing is queued."""
    site.send(**{"data": CLOSE_7, **wrong})  # type: ignore[arg-type]
    site.link.deliver(DOWN, "{")
    assert site.face.queued == 0


async def test_an_id_is_queued_once(site: Site) -> None:
    """The same message delivered twice by the broker is one downlink; without an id the server makes one."""
    site.send()
    site.send()
    assert site.face.queued == 1
    site.send(id=None)
    assert site.face.queued == 2


async def test_a_lost_acknowledgement_is_told_before_the_truth(site: Site) -> None:
    """ack_lost: the device has obeyed, the server says acknowledged false, and the uplink shows the new state."""
    site.suffer("ack_lost")
    site.send()
    site.face.uplink_now()
    events = site.events()
    assert [event["acknowledged"] for kind, event in events if kind == "ack"] == [False]
    ups = [frame(event) for kind, event in events if kind == "up"]
    assert any("030100" in up for up in ups)


async def test_a_lost_downlink_is_not_acknowledged(site: Site) -> None:
    """drop_write: txack as ever, nothing moves, and the next uplink brings acknowledged false and the old state."""
    site.suffer("drop_write")
    site.send()
    site.face.uplink_now()
    assert site.kinds() == ["up", "txack"]
    site.face.uplink_now()
    (_, ack), (_, up) = site.events()
    assert ack["acknowledged"] is False
    assert "030101" in frame(up)
    assert [entry.target for entry in site.journal.attempts()] == ["unheard"]


async def test_a_lost_answer_is_not_acknowledged_either(clock: HandClock) -> None:
    """drop_write_reply: obeyed, and nothing is heard of it but the uplink that tells of the movement."""
    site = Site(clock)
    site.suffer("drop_write_reply")
    site.send()
    site.face.uplink_now()
    events = site.events()
    assert [event["acknowledged"] for kind, event in events if kind == "ack"] == [False]
    assert not any(frame(event).startswith("fe1d") for kind, event in events if kind == "up")
    assert len(site.journal.writes()) == 1


async def test_a_downlink_that_arrives_twice_acts_once(site: Site) -> None:
    """duplicate_downlink: the sequence number keeps the second from acting."""
    site.suffer("duplicate_downlink")
    site.send()
    site.face.uplink_now()
    assert len(site.journal.writes()) == 1
    assert [entry.target for entry in site.journal.attempts()] == ["disconnected", "sequence 7 again"]


async def test_uplinks_out_of_order(site: Site) -> None:
    """uplinks_swapped: the frame counter tells that what comes last was said first."""
    site.suffer("uplinks_swapped", times=1)
    site.face.uplink_now()
    assert site.kinds() == []
    site.meter.press_button()
    ups = [event for kind, event in site.events() if kind == "up"]
    assert [event["fCnt"] for event in ups] == [2, 1]
    assert ["030100" in frame(event) for event in ups] == [True, False]


async def test_an_uplink_delivered_twice_is_the_same(site: Site) -> None:
    """duplicate_reply: same frame counter, same deduplication id."""
    site.suffer("duplicate_reply")
    site.face.uplink_now()
    one, other = site.events()
    assert one == other


async def test_out_of_reach(site: Site) -> None:
    """Offline or silent: no uplink, so the queue stays; back again, it speaks at the next change or period."""
    for fault in ("offline", "silent", "no_device_report"):
        site.suffer(fault)
        site.face.uplink_now()
        assert site.link.take() == []
    site.send()
    site.meter.press_button()
    site.meter.set_faults(Faults())
    ups: list[Said] = site.link.take("/event/up")
    assert "030100" in frame(ups[0].json)
    assert site.face.queued == 0


async def test_ack_only_changes_nothing(site: Site) -> None:
    """The radio acknowledges, the command is echoed, and the valve's state stays what it was."""
    site.suffer("ack_only")
    site.send()
    site.face.uplink_now()
    events = site.events()
    assert [event["acknowledged"] for kind, event in events if kind == "ack"] == [True]
    site.face.uplink_now()
    assert "030101" in frame(site.events()[-1][1])
    assert [entry.applied for entry in site.journal.writes()] == [False]
