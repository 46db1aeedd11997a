"""What looks at the two MQTT models show, and how old it may be."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from meterhold.domain.observation import IdentitySeen, Interlock
from meterhold.domain.words import Because, Identity, Quality, Quantity, SupplyState
from meterhold.profiles import decode_look
from tests.unit.profiles.replies import EARLIER, NOW, SHELLY, SWV, answer, latest

SINCE = EARLIER + timedelta(seconds=5)
BEFORE = EARLIER - timedelta(seconds=5)
IEEE = "0x00124b002a1b3c4d"


def shelly(**changes: object) -> dict[str, Any]:
    """A reply to Switch.GetStatus."""
    result = {
        "id": 0,
        "source": "MQTT",
        "output": True,
        "apower": 812.5,
        "voltage": 231.4,
        "current": 3.52,
        "aenergy": {"total": 1234567.891, "by_minute": [1, 2, 3]},
        **changes,
    }
    return {"id": 43, "src": "shellypro1pm-aabbccddeeff", "dst": "gw/43", "result": result}


def swv(**changes: object) -> dict[str, Any]:
    """A message of Zigbee2MQTT."""
    return {
        "state": "ON",
        "flow": 0.54,
        "battery": 92,
        "device": {"ieeeAddr": IEEE, "friendlyName": "valve-17"},
        **changes,
    }


def test_shelly_connected_and_drawing() -> None:
    """One exchange brings state, load, supply, energy and who answered."""
    seen = decode_look(SHELLY, answer(SHELLY, shelly()), NOW)
    assert (seen.state, seen.echo_state, seen.load) == (SupplyState.CONNECTED, SupplyState.UNKNOWN, True)
    assert seen.supply_healthy is True
    assert seen.identity == IdentitySeen(Identity.DEVICE_ID, "shellypro1pm-aabbccddeeff")
    register = seen.register(Quantity.ENERGY_IMPORT_KWH)
    assert register is not None
    assert (str(register.value), register.quality, register.at) == ("1234.567891", Quality.ACTUAL, NOW)
    assert seen.source == "output(driver), power(load), current(load)"


def test_shelly_disconnected() -> None:
    """Output off and nothing drawn."""
    seen = decode_look(SHELLY, answer(SHELLY, shelly(output=False, apower=0.0, current=0.0)), NOW, EARLIER)
    assert (seen.state, seen.load) == (SupplyState.DISCONNECTED, False)


@pytest.mark.parametrize("output", [None, 0, 1, "off", "false", [], {}])
def test_shelly_output_of_another_type_is_unknown(output: object) -> None:
    """Anything but true and false says nothing about supply."""
    assert decode_look(SHELLY, answer(SHELLY, shelly(output=output)), NOW).shown_state is SupplyState.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "load"),
    [
        ({"apower": 0.0, "current": 0.0}, False),
        ({"apower": 1.0, "current": 0.02}, False),
        ({"apower": 1.1, "current": 0.0}, True),
        ({"apower": 0.0, "current": 0.03}, True),
        ({"apower": 0.0, "current": None}, None),
        ({"apower": "0", "current": 0.0}, None),
        ({"apower": None, "current": 1.0}, True),
    ],
)
def test_shelly_load(changes: dict[str, Any], *, load: bool | None) -> None:
    """No load only if power and current both say so; a field that is missing proves nothing."""
    assert decode_look(SHELLY, answer(SHELLY, shelly(**changes)), NOW, EARLIER).load is load


@pytest.mark.parametrize(
    ("changes", "interlocks"),
    [
        ({}, ()),
        ({"errors": []}, ()),
        ({"errors": ["undervoltage"]}, ()),
        ({"errors": ["overtemp"]}, (Interlock(Because.TEMPERATURE, blocks_disconnect=False, blocks_connect=True),)),
        ({"errors": ["overpower"]}, (Interlock(Because.TRIPPED, blocks_disconnect=False, blocks_connect=True),)),
        (
            {"timer_started_at": 1.0, "timer_duration": 60},
            (Interlock(Because.LOCAL_CONTROL, blocks_disconnect=True, blocks_connect=False),),
        ),
    ],
)
def test_shelly_interlocks(changes: dict[str, Any], interlocks: tuple[Interlock, ...]) -> None:
    """What the device complains of forbids connecting; a timer of its own forbids disconnecting."""
    assert decode_look(SHELLY, answer(SHELLY, shelly(**changes)), NOW).interlocks == interlocks


def test_swv_state_is_only_an_echo() -> None:
    """The bridge says OFF before the valve has answered: it never sets the state."""
    replies = answer(SWV, swv(state="OFF", flow=0), {"/state": SINCE, "/flow": SINCE})
    seen = decode_look(SWV, replies, NOW, EARLIER)
    assert (seen.state, seen.echo_state, seen.load) == (SupplyState.UNKNOWN, SupplyState.DISCONNECTED, False)
    assert seen.identity == IdentitySeen(Identity.DEVICE_ID, IEEE)
    assert seen.source == "state(echo), flow(load)"
    assert seen.registers == ()


@pytest.mark.parametrize(
    ("changed", "after", "load"),
    [
        (SINCE, EARLIER, False),
        (EARLIER, EARLIER, None),
        (BEFORE, EARLIER, None),
        (None, EARLIER, None),
        (NOW - timedelta(seconds=600), None, False),
        (NOW - timedelta(seconds=601), None, None),
        (None, None, None),
    ],
    ids=["after", "at delivery", "before", "never seen to change", "recent", "too old", "age unknown"],
)
def test_swv_flow_counts_by_its_last_change(
    changed: datetime | None, after: datetime | None, *, load: bool | None
) -> None:
    """A repeated zero proves nothing: only a change after the write does, or before a write a recent one."""
    replies = answer(SWV, swv(flow=0), {} if changed is None else {"/flow": changed})
    assert decode_look(SWV, replies, NOW, after).load is load


def test_swv_flow_that_still_repeats_is_no_load_either() -> None:
    """A cached flow from before the write shows neither load nor its absence."""
    replies = answer(SWV, swv(state="OFF", flow=0.54), {"/state": SINCE, "/flow": BEFORE})
    seen = decode_look(SWV, replies, NOW, EARLIER)
    assert (seen.load, seen.source) == (None, "state(echo)")
    assert {m.quantity: m.produced_at for m in seen.measured}[Quantity.FLOW_M3_H] == BEFORE


@pytest.mark.parametrize(
    ("changed", "after", "echo"),
    [
        (BEFORE, EARLIER, SupplyState.UNKNOWN),
        (None, EARLIER, SupplyState.UNKNOWN),
        (SINCE, EARLIER, SupplyState.CONNECTED),
        (BEFORE, None, SupplyState.CONNECTED),
        (None, None, SupplyState.CONNECTED),
    ],
)
def test_swv_cached_state_after_a_write(changed: datetime | None, after: datetime | None, echo: SupplyState) -> None:
    """A state that the cache held before the write does not show that the write had no effect."""
    replies = answer(SWV, swv(), {} if changed is None else {"/state": changed})
    assert decode_look(SWV, replies, NOW, after).echo_state is echo


def test_swv_without_device_information_is_nobody() -> None:
    """A friendly name is no identity: without the IEEE address nobody is known to have answered."""
    message = swv()
    del message["device"]
    assert decode_look(SWV, answer(SWV, message), NOW).identity == IdentitySeen(Identity.NONE, None)


@pytest.mark.parametrize("retained", [True, False])
def test_swv_last_message_gives_no_fresh_evidence(*, retained: bool) -> None:
    """What the device last said shows what a cache can show, and does not identify it."""
    replies = latest(SWV, swv(flow=0), at=BEFORE, retained=retained, changed_at={"/flow": BEFORE})
    seen = decode_look(SWV, replies, NOW, EARLIER)
    assert (seen.shown_state, seen.load) == (SupplyState.UNKNOWN, None)
    assert seen.identity == IdentitySeen(Identity.NONE, None)


def test_swv_last_message_may_show_a_change_after_the_write() -> None:
    """A report that came by itself after the write is evidence like any other."""
    replies = latest(SWV, swv(flow=0), at=SINCE, retained=False, changed_at={"/flow": SINCE})
    assert decode_look(SWV, replies, NOW, EARLIER).load is False


def test_swv_weak_battery() -> None:
    """A weak battery forbids disconnecting, even if the value is not new."""
    seen = decode_look(SWV, answer(SWV, swv(battery=9)), NOW)
    assert seen.interlocks == (Interlock(Because.BATTERY_LOW, blocks_disconnect=True, blocks_connect=False),)


@pytest.mark.parametrize("message", ["offline", "", None, [], 7, {"state": None}, {"state": "OPEN"}, {"state": ["ON"]}])
def test_swv_odd_messages_tell_nothing(message: object) -> None:
    """A message of any other shape is no evidence and no error."""
    seen = decode_look(SWV, answer(SWV, message), NOW)
    assert (seen.shown_state, seen.load, seen.measured) == (SupplyState.UNKNOWN, None, ())
