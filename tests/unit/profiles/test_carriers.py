"""Commands that a carrier keeps for a sleeping device: what they say, what the carrier says, what is evidence."""

import json
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest

from meterhold.domain.errors import Refused
from meterhold.domain.observation import IdentitySeen, Interlock, Observation
from meterhold.domain.words import Because, Identity, Quantity, SupplyState
from meterhold.profiles import (
    CarrierRules,
    command_id,
    decode_look,
    follows,
    is_news,
    plan_command,
    plan_look,
    plan_receipts,
    plan_withdraw,
    plan_writes,
)
from meterhold.profiles.wire import Document, Follow, MqttLatest, MqttWrite
from tests.unit.profiles.replies import EARLIER, NOW, SHELLY, sample

VALVE = sample("carried-valve")
EUI = "24e124460c000007"
ADDRESS = f"17/{EUI}"
TOPIC = f"application/17/device/{EUI}"
EXPIRES = datetime(2026, 1, 5, 11, 20, 0, 900000, tzinfo=timezone(timedelta(hours=1)))


def payload(target: SupplyState, *, number: int = 7, expires_at: datetime | None = EXPIRES) -> dict[str, object]:
    """What goes out for a command."""
    (step,) = plan_command(VALVE, target, ADDRESS, number=number, expires_at=expires_at)
    assert isinstance(step, MqttWrite)
    assert step.topic == f"{TOPIC}/command/down"
    said: dict[str, object] = json.loads(step.payload)
    return said


def test_a_command_carries_what_its_carrier_needs() -> None:
    """The frame of the codec with its number, the device it is for, when it lapses, and a name to be told by."""
    assert payload(SupplyState.DISCONNECTED) == {
        "id": command_id(ADDRESS, 7),
        "devEui": EUI,
        "confirmed": True,
        "fPort": 85,
        "data": "/x0ABwAAAAAAAAA=",
        "expiresAt": "2026-01-05T10:20:00Z",
    }


def test_commands_are_told_apart() -> None:
    """Another number makes another frame and another name; the same number the same."""
    assert payload(SupplyState.CONNECTED, number=8)["data"] == "/x0gCAAAAAAAAAA="
    assert payload(SupplyState.CONNECTED, number=8)["n"] == 8
    assert payload(SupplyState.CONNECTED, number=8)["id"] != payload(SupplyState.CONNECTED, number=9)["id"]
    assert UUID(command_id(ADDRESS, 7)) == UUID(command_id(ADDRESS, 7))
    assert command_id(ADDRESS, 7) != command_id(f"17/{EUI[::-1]}", 7)


def test_nothing_that_cuts_supply_goes_out_without_an_end() -> None:
    """A carrier that delivers late must know when it is too late; to bring supply back it is never too late."""
    with pytest.raises(Refused, match="say until when") as refused:
        plan_command(VALVE, SupplyState.DISCONNECTED, ADDRESS)
    assert refused.value.code is Because.MALFORMED
    with pytest.raises(Refused):
        plan_writes(VALVE, SupplyState.DISCONNECTED, ADDRESS)
    assert "expiresAt" not in payload(SupplyState.CONNECTED, expires_at=None)


def test_what_cannot_be_withdrawn_is_not() -> None:
    """The carrier has no way back over MQTT: a restore queues behind what is still there."""
    assert plan_withdraw(VALVE, ADDRESS) == ()


def receipt(kind: str, value: object, *, retained: bool = False) -> Document:
    """What the carrier said."""
    return Document(MqttLatest(f"{TOPIC}/event/{kind}", optional=True), value, NOW, retained)


def rules() -> CarrierRules:
    """What receipts mean."""
    assert VALVE.carrier is not None
    return VALVE.carrier


MINE, OTHER = command_id(ADDRESS, 7), command_id(ADDRESS, 6)


@pytest.mark.parametrize(
    ("document", "delivered"),
    [
        (receipt("ack", {"queueItemId": MINE, "acknowledged": True}), True),
        (receipt("ack", {"queueItemId": MINE, "acknowledged": False}), False),
        (receipt("ack", {"queueItemId": OTHER, "acknowledged": True}), None),
        (receipt("ack", {"queueItemId": MINE, "acknowledged": 1}), None),
        (receipt("ack", {"queueItemId": MINE, "acknowledged": True}, retained=True), None),
        (receipt("log", {"code": "EXPIRED", "context": {"queue_item_id": MINE}}), False),
        (receipt("log", {"code": "EXPIRED", "context": {"queue_item_id": OTHER}}), None),
        (receipt("log", {"code": "F_CNT_DOWN_GAP", "context": {"queue_item_id": MINE}}), None),
        (receipt("log", {"queueItemId": MINE, "acknowledged": True}), None),
        (receipt("txack", {"queueItemId": MINE, "acknowledged": True}), None),
        (receipt("ack", "acknowledged"), None),
    ],
)
def test_receipts_say_what_became_of_one_command(document: Document, delivered: bool | None) -> None:
    """Only the right word, on the right topic, of the right command, not retained, is a receipt."""
    assert rules().delivered(document, MINE) is delivered


def test_without_a_name_any_command_is_meant() -> None:
    """Who does not know the command's name hears of all."""
    assert rules().delivered(receipt("ack", {"queueItemId": OTHER, "acknowledged": True})) is True
    assert rules().latency_s == 86400
    assert SHELLY.carrier is None


def test_where_receipts_come() -> None:
    """Their topics are followed, and may be silent."""
    ack, log = f"{TOPIC}/event/ack", f"{TOPIC}/event/log"
    assert plan_receipts(VALVE, ADDRESS) == (MqttLatest(ack, optional=True), MqttLatest(log, optional=True))
    assert plan_receipts(SHELLY, "s-1") == ()
    up, *receipts = follows(VALVE, ADDRESS)
    assert receipts == [Follow(ack), Follow(log)]
    assert (up.topic, up.merge, up.order_by, up.order_within) == (f"{TOPIC}/event/up", True, "/fCnt", "/devAddr")
    assert up.decode is not None
    message = {"fCnt": 4, "data": "AwEA"}
    assert up.decode(message) == {**message, "decoded": {"valve_1": 0}}


def uplink(count: object, address: str = "01a2b3c4") -> dict[str, object]:
    """What orders an uplink."""
    return {"fCnt": count, "devAddr": address}


@pytest.mark.parametrize(
    ("kept", "message", "news"),
    [
        (uplink(4), uplink(5), True),
        (uplink(4), uplink(4), False),
        (uplink(4), uplink(3), False),
        (uplink(4), uplink(0, "02000000"), True),
        (None, uplink(0), True),
        ({}, uplink(0), True),
        (uplink(4), {}, False),
        (uplink(4), uplink("5"), False),
        (uplink(4), uplink(True), False),
    ],
)
def test_an_older_uplink_is_no_news(kept: object, message: object, *, news: bool) -> None:
    """A frame that came late, or twice, tells nothing; after the device joined anew its counter begins anew."""
    up, *_ = follows(VALVE, ADDRESS)
    assert is_news(up, kept, message) is news
    assert is_news(Follow("t"), kept, message)
    assert is_news(Follow("t", order_by="/fCnt"), kept, message) is (news and "02000000" not in str(message))


def look(valve: object, supplied: datetime, after: datetime | None = EARLIER) -> Observation:
    """A look at what the last uplink said."""
    (question,) = plan_look(VALVE, ADDRESS)
    assert question == MqttLatest(f"{TOPIC}/event/up")
    decoded = {"valve_1": valve, "pulses_1": 5, "battery_percent": 3}
    fields = ("/deviceInfo/devEui", "/decoded/valve_1", "/decoded/pulses_1", "/decoded/battery_percent")
    document = Document(
        MqttLatest(f"{TOPIC}/event/up"),
        {"deviceInfo": {"devEui": EUI}, "decoded": decoded},
        supplied,
        supplied_at=dict.fromkeys(fields, supplied),
    )
    return decode_look(VALVE, [document], NOW, after)


def test_only_an_uplink_after_the_delivery_proves() -> None:
    """The uplink that opened the window for a command was sent before it arrived."""
    assert look(0, EARLIER + timedelta(seconds=1)).state is SupplyState.DISCONNECTED
    before = look(0, EARLIER)
    assert before.state is SupplyState.UNKNOWN
    assert before.identity == IdentitySeen(Identity.DEVICE_ID, EUI)
    assert before.interlocks == (Interlock(Because.BATTERY_LOW, blocks_disconnect=True, blocks_connect=False),)
    assert look(255, NOW).state is SupplyState.UNKNOWN
    volume = look(0, NOW).register(Quantity.VOLUME_M3)
    assert volume is not None
    assert str(volume.value) == "0.05"
