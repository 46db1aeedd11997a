"""The SWV valve and its bridge over a real broker: optimism, cached fields, reports, and the faults."""

import asyncio
from typing import Any

import pytest

from meterhold_simulators import Fleet
from tests.integration.simulators.conftest import IEEE, PREFIX
from tests.integration.simulators.watcher import Watcher

STATE = "zigbee2mqtt/home"
SET = f"{STATE}/set"
GET = f"{STATE}/get"


async def start(watcher: Watcher) -> dict[str, Any]:
    """The message of a valve at rest, asked for, so that the test begins with a known one."""
    await watcher.send(GET, {"state": ""})
    message: dict[str, Any] = (await watcher.next(STATE)).json
    return message


async def test_the_first_answer_is_an_echo_with_an_old_flow(watcher: Watcher, fleet: Fleet) -> None:
    """Right after `set`: the wanted state, the flow of before, and the last_seen of before."""
    before = await start(watcher)
    await watcher.send(SET, {"state": "OFF"})
    echo = (await watcher.next(STATE)).json
    assert (echo["state"], echo["flow"], echo["last_seen"]) == ("OFF", 0.6, before["last_seen"])
    (entry,) = fleet.journal.writes("W-1")
    assert (entry.wire_text, entry.target, entry.applied) == ('{"state": "OFF"}', "disconnected", True)


async def test_the_device_reports_state_first_and_flow_later(watcher: Watcher) -> None:
    """The first report of the device still carries the old flow beside a new last_seen; the second has the new."""
    before = await start(watcher)
    await watcher.send(SET, {"state": "OFF"})
    await watcher.next(STATE)
    state, flow = (await watcher.next(STATE)).json, (await watcher.next(STATE)).json
    assert (state["state"], state["flow"]) == ("OFF", 0.6)
    assert (flow["state"], flow["flow"]) == ("OFF", 0)
    assert before["last_seen"] < state["last_seen"] <= flow["last_seen"]


async def test_each_message_names_the_device_by_its_address(watcher: Watcher) -> None:
    """The IEEE address is in the message and in the bridge's retained list; the name proves nothing."""
    message = await start(watcher)
    assert message["device"]["ieeeAddr"] == IEEE
    listed = await watcher.next("zigbee2mqtt/bridge/devices")
    assert listed.retained
    assert [(row["ieee_address"], row["friendly_name"]) for row in listed.json] == [(IEEE, "home")]
    state = await watcher.next("zigbee2mqtt/bridge/state")
    assert (state.json, state.retained) == ({"state": "online"}, True)


async def test_a_replaced_device_keeps_its_name(watcher: Watcher, fleet: Fleet) -> None:
    """Another address under the same name, in the list and in the messages."""
    await watcher.next("zigbee2mqtt/bridge/devices")
    fleet.replace("W-1", "0x00124b00ffffffff")
    assert (await watcher.next("zigbee2mqtt/bridge/devices")).json[0]["ieee_address"] == "0x00124b00ffffffff"
    assert (await start(watcher))["device"] == {
        "ieeeAddr": "0x00124b00ffffffff",
        "friendlyName": "home",
        "model": "SWV",
        "manufacturerName": "SONOFF",
        "type": "EndDevice",
        "powerSource": "Battery",
    }


async def test_state_can_be_asked_for_and_flow_cannot(watcher: Watcher, fleet: Fleet) -> None:
    """`get` of the state is a counted read; `get` of the flow is an error in the bridge's log and no message."""
    await start(watcher)
    await watcher.send(GET, {"flow": ""})
    assert "'flow'" in (await watcher.next("zigbee2mqtt/bridge/logging")).json["message"]
    assert fleet.truth("W-1").reads == 2


async def test_a_jammed_valve_reports_that_it_still_lets_through(watcher: Watcher, fleet: Fleet) -> None:
    """jam_at: the echo said OFF, the device says ON and flows."""
    fleet.set_fault("W-1", "jam_at", 0.5)
    await watcher.send(SET, {"state": "OFF"})
    assert (await watcher.next(STATE, lambda message: message["flow"] == 0.3)).json["state"] == "ON"


async def test_a_leaking_valve_reports_its_leak(watcher: Watcher, fleet: Fleet) -> None:
    """leak_m3_h: OFF, some flow, and the status says so."""
    fleet.set_fault("W-1", "leak_m3_h", 0.05)
    await watcher.send(SET, {"state": "OFF"})
    message = (await watcher.next(STATE, lambda message: message["flow"] == 0.05)).json
    assert (message["state"], message["current_device_status"]) == ("OFF", "water_leakage")


async def test_an_empty_pipe_is_a_shortage(watcher: Watcher, fleet: Fleet) -> None:
    """pipe_empty: no flow though connected, and the status says so."""
    fleet.set_fault("W-1", "pipe_empty")
    message = (await watcher.next(STATE, lambda message: message["flow"] == 0)).json
    assert (message["state"], message["current_device_status"]) == ("ON", "water_shortage")


async def test_a_low_battery_is_reported(watcher: Watcher, fleet: Fleet) -> None:
    """low_battery: a few per cent."""
    fleet.set_fault("W-1", "low_battery")
    await watcher.next(STATE, lambda message: message["battery"] < 10)


async def test_a_valve_that_never_moves_reports_the_old_state(watcher: Watcher, fleet: Fleet) -> None:
    """ack_only: the echo says OFF, the device ON."""
    await start(watcher)
    fleet.set_fault("W-1", "ack_only")
    await watcher.send(SET, {"state": "OFF"})
    assert (await watcher.next(STATE)).json["state"] == "OFF"
    assert (await watcher.next(STATE)).json["state"] == "ON"
    assert [entry.fate for entry in fleet.journal.writes("W-1")] == ["not_applied"]


async def test_a_valve_that_only_claims_keeps_flowing(watcher: Watcher, fleet: Fleet) -> None:
    """echo_only: even the device says OFF, and the flow stays."""
    await start(watcher)
    fleet.set_fault("W-1", "echo_only")
    await watcher.send(SET, {"state": "OFF"})
    await watcher.next(STATE)
    message = await start(watcher)
    assert (message["state"], message["flow"]) == ("OFF", 0.6)
    assert fleet.truth("W-1").supply == "connected"


async def test_no_device_report_leaves_the_echo_alone(watcher: Watcher, fleet: Fleet) -> None:
    """The valve moves; what is heard is the bridge's optimism and nothing else, even when asked."""
    await start(watcher)
    fleet.set_fault("W-1", "no_device_report")
    await watcher.send(SET, {"state": "OFF"})
    assert (await watcher.next(STATE)).json["flow"] == 0.6
    await fleet.wait_until("W-1", lambda truth: truth.supply == "disconnected")
    await watcher.send(GET, {"state": ""})
    await watcher.passed(PREFIX)
    assert watcher.waiting(STATE) == []
    fleet.clear_fault("W-1", "no_device_report")
    await watcher.next(STATE, lambda message: message["state"] == "OFF" and message["flow"] == 0)


async def test_echo_looks_fresh(watcher: Watcher, fleet: Fleet) -> None:
    """Even the echo's last_seen is new: only its flow is old."""
    before = await start(watcher)
    fleet.set_fault("W-1", "echo_looks_fresh")
    await asyncio.sleep(0.002)  # last_seen has milliseconds
    await watcher.send(SET, {"state": "OFF"})
    echo = (await watcher.next(STATE)).json
    assert echo["last_seen"] > before["last_seen"]
    assert (echo["state"], echo["flow"]) == ("OFF", 0.6)


@pytest.mark.parametrize("fault", ["silent", "drop_write"])
async def test_lost_writes_have_no_echo(watcher: Watcher, fleet: Fleet, fault: str) -> None:
    """The bridge has not heard it: no echo, no movement, an attempt in the journal."""
    await start(watcher)
    fleet.set_fault("W-1", fault, times=1)
    await watcher.send(SET, {"state": "OFF"})
    assert (await start(watcher))["state"] == "ON"
    assert [entry.fate for entry in fleet.journal.attempts()] == ["lost"]


async def test_drop_write_reply_has_no_echo_and_moves(watcher: Watcher, fleet: Fleet) -> None:
    """The first message after the write is the device's own."""
    await start(watcher)
    fleet.set_fault("W-1", "drop_write_reply")
    await watcher.send(SET, {"state": "OFF"})
    await fleet.wait_until("W-1", lambda truth: truth.supply == "disconnected")
    first, second = (await watcher.next(STATE)).json, (await watcher.next(STATE)).json
    assert (first["flow"], second["flow"]) == (0.6, 0)


async def test_offline(watcher: Watcher, fleet: Fleet) -> None:
    """The availability says so, a write fails in the bridge's log, and the valve stays."""
    assert (await watcher.next(f"{STATE}/availability")).retained
    fleet.set_fault("W-1", "offline")
    assert (await watcher.next(f"{STATE}/availability")).json == {"state": "offline"}
    await watcher.send(SET, {"state": "OFF"})
    assert (await watcher.next("zigbee2mqtt/bridge/logging")).json["level"] == "error"
    assert fleet.truth("W-1").supply == "connected"
    fleet.clear_fault("W-1", "offline")
    assert (await watcher.next(f"{STATE}/availability")).json == {"state": "online"}


async def test_nonsense_is_passed_over(watcher: Watcher, fleet: Fleet) -> None:
    """What is no command moves nothing; TOGGLE, which must not be sent, does and is seen."""
    for payload in ("OFF", "{", '{"state": 0}', '{"brightness": 1}'):
        await watcher.send(SET, payload)
    await watcher.send(SET, {"state": "toggle"})
    (entry,) = await fleet.journal.wait_for_writes("W-1")
    assert entry.target == "disconnected"
