"""The Shelly over a real broker: RPC, notifications, presence and every fault of its wire."""

from itertools import count
from typing import Any

import pytest

from meterhold_simulators import Fleet
from tests.integration.simulators.conftest import MAC, PREFIX, mqtt_fleet
from tests.integration.simulators.watcher import Watcher
from tests.support.mosquitto import Broker

ids = count(1)


async def send(watcher: Watcher, method: str, params: object = None) -> tuple[int, str]:
    """Send a request; return its id and the topic of its answer."""
    number = next(ids)
    source = f"gw/cmd/{number}"
    request = {"id": number, "src": source, "method": method, "params": params if params is not None else {"id": 0}}
    await watcher.send(f"{PREFIX}/rpc", request)
    return number, f"{source}/rpc"


async def call(watcher: Watcher, method: str, params: object = None) -> dict[str, Any]:
    """The answer to a request, whose frame must be right."""
    number, topic = await send(watcher, method, params)
    answer: dict[str, Any] = (await watcher.next(topic)).json
    assert (answer["id"], answer["src"], f"{answer['dst']}/rpc") == (number, PREFIX, topic)
    return answer


def switch(*, on: bool) -> dict[str, object]:
    """The parameters of Switch.Set."""
    return {"id": 0, "on": on}


async def test_a_disconnect_answers_with_the_former_state_and_is_notified(watcher: Watcher, fleet: Fleet) -> None:
    """was_on is acceptance only; the partial notification and the full status say what became of it."""
    assert (await call(watcher, "Switch.Set", switch(on=False)))["result"] == {"was_on": True}
    notified = (await watcher.next(f"{PREFIX}/events/rpc")).json
    assert notified["method"] == "NotifyStatus"
    assert notified["params"]["switch:0"] == {
        "id": 0,
        "source": "MQTT",
        "output": False,
        "apower": 0.0,
        "current": 0.0,
    }
    full = (await watcher.next(f"{PREFIX}/status/switch:0", lambda status: not status["output"])).json
    assert (full["apower"], full["voltage"], full["source"]) == (0.0, 230.0, "MQTT")
    (entry,) = fleet.journal.writes("E-1")
    assert (entry.target, entry.applied) == ("disconnected", True)
    assert '"method": "Switch.Set"' in entry.wire_text
    assert (await call(watcher, "Switch.Set", switch(on=True)))["result"] == {"was_on": False}


async def test_status_and_identity_can_be_asked_for(watcher: Watcher, fleet: Fleet) -> None:
    """GetStatus tells output, power and energy in Wh; GetDeviceInfo tells the MAC; both count as reads."""
    fleet.set_register("E-1", 12.5)
    status = (await call(watcher, "Switch.GetStatus"))["result"]
    assert (status["output"], status["apower"], status["current"]) == (True, 1150.0, 5.0)
    assert status["aenergy"]["total"] == pytest.approx(12_500, abs=10)
    info = (await call(watcher, "Shelly.GetDeviceInfo", {}))["result"]
    assert (info["mac"], info["id"]) == (MAC, PREFIX)
    assert (await call(watcher, "Switch.GetConfig"))["result"]["auto_off"] is False
    assert fleet.truth("E-1").reads == 3


async def test_its_configuration_can_be_changed(watcher: Watcher, fleet: Fleet) -> None:
    """SetConfig changes what GetConfig tells, and is a write; a name that the switch does not know is refused."""
    changed = await call(watcher, "Switch.SetConfig", {"id": 0, "config": {"auto_off": True}})
    assert changed["result"] == {"restart_required": False}
    assert (await call(watcher, "Switch.GetConfig"))["result"]["auto_off"] is True
    refused = await call(watcher, "Switch.SetConfig", {"id": 0, "config": {"colour": "red"}})
    assert refused["error"]["code"] == -103
    assert fleet.truth("E-1").writes == 1
    fleet.set_fault("E-1", "set_otherwise")
    assert (await call(watcher, "Switch.GetConfig"))["result"]["initial_state"] == "on"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("Switch.Set", {"id": 0}, -103),
        ("Switch.Set", {"id": 1, "on": False}, -103),
        ("Switch.Set", {"id": 0, "on": "off"}, -103),
        ("Switch.Set", {"id": 0, "on": False, "toggle_after": "soon"}, -103),
        ("Switch.GetStatus", {"id": 7}, -103),
        ("Switch.GetStatus", [0], -103),
        ("Light.Set", {"id": 0}, 404),
    ],
)
async def test_wrong_requests_get_an_error_and_change_nothing(
    watcher: Watcher, fleet: Fleet, method: str, params: object, code: int
) -> None:
    """A bad argument is -103, an unknown method 404."""
    assert (await call(watcher, method, params))["error"]["code"] == code
    assert fleet.journal.writes() == []


async def test_what_is_no_request_is_passed_over(watcher: Watcher, fleet: Fleet) -> None:
    """Broken JSON, no method, no source: no answer, and the device lives on."""
    for payload in ("{", "[]", '{"id":1}', '{"id":1,"method":"Switch.GetStatus","params":{"id":0}}'):
        await watcher.send(f"{PREFIX}/rpc", payload)
    assert "result" in await call(watcher, "Switch.GetStatus")
    assert fleet.truth("E-1").reads == 2


async def test_toggle_after_flips_the_switch_back(watcher: Watcher, fleet: Fleet) -> None:
    """The hazard in the parameters: the device reconnects by itself, and says that its timer did."""
    await call(watcher, "Switch.Set", {"id": 0, "on": False, "toggle_after": 30})
    assert (await call(watcher, "Switch.GetStatus"))["result"]["timer_duration"] == 30
    await call(watcher, "Switch.Set", {"id": 0, "on": False, "toggle_after": 0.05})
    await fleet.wait_until("E-1", lambda truth: truth.supply == "connected")
    back = await watcher.next(f"{PREFIX}/events/rpc", lambda note: note["params"]["switch:0"].get("output") is True)
    assert back.json["params"]["switch:0"]["source"] == "timer"


async def test_toggling_is_possible_and_seen(watcher: Watcher, fleet: Fleet) -> None:
    """The forbidden method and the plain control topic both switch, and stand in the journal."""
    await call(watcher, "Switch.Toggle")
    await watcher.send(f"{PREFIX}/command/switch:0", "on")
    await fleet.journal.wait_for_writes("E-1", 2)
    await watcher.send(f"{PREFIX}/command/switch:0", "toggle")
    await watcher.send(f"{PREFIX}/command/switch:0", "nonsense")
    await watcher.send(f"{PREFIX}/command/switch:0", "off")
    entries = await fleet.journal.wait_for_writes("E-1", 4)
    assert [entry.target for entry in entries] == ["disconnected", "connected", "disconnected", "disconnected"]


async def test_erasing_energy_works_and_is_seen(watcher: Watcher, fleet: Fleet) -> None:
    """The forbidden method does its harm, so that a gateway that sends it is found out."""
    fleet.set_load("E-1", load_w=0)
    fleet.set_register("E-1", 12)
    await call(watcher, "Switch.ResetCounters")
    assert fleet.truth("E-1").energy_kwh == 0
    assert [entry.target for entry in fleet.journal.writes("E-1")] == ["energy_kwh=0"]


async def test_a_status_can_be_asked_for_on_the_control_topic(watcher: Watcher) -> None:
    """status_update publishes the full status."""
    await watcher.send(f"{PREFIX}/command/switch:0", "status_update")
    assert (await watcher.next(f"{PREFIX}/status/switch:0")).json["output"] is True


async def test_the_local_button_is_notified(watcher: Watcher, fleet: Fleet) -> None:
    """A person at the device: no write, and source button."""
    fleet.press_button("E-1")
    note = (await watcher.next(f"{PREFIX}/events/rpc")).json["params"]["switch:0"]
    assert (note["output"], note["source"]) == (False, "button")
    assert fleet.journal.writes() == []


async def test_presence_is_retained(watcher: Watcher, fleet: Fleet) -> None:
    """offline: the retained topic says false, nothing is answered; afterwards it says true again."""
    assert (await watcher.next(f"{PREFIX}/online")).retained
    fleet.set_fault("E-1", "offline")
    assert (await watcher.next(f"{PREFIX}/online")).json is False
    _, topic = await send(watcher, "Switch.Set", switch(on=False))
    await watcher.send("zigbee2mqtt/home/get", {"state": ""})
    await watcher.next("zigbee2mqtt/home")
    fleet.clear_fault("E-1", "offline")
    assert (await watcher.next(f"{PREFIX}/online")).json is True
    await call(watcher, "Switch.GetStatus")
    assert watcher.waiting(topic) == []


async def test_a_device_with_its_own_connection_says_goodbye(own_broker: Broker) -> None:
    """own_connection: a clean stop leaves `false` behind, retained."""
    import aiomqtt

    async with Fleet.start(mqtt_fleet(own_broker, shelly={"own_connection": True, "prefix": "home/meter"})):
        pass
    async with aiomqtt.Client(own_broker.host, own_broker.port) as client:
        await client.subscribe("home/meter/online")
        message = await anext(aiter(client.messages))
    assert (message.payload, message.retain) == (b"false", True)


async def test_welded(watcher: Watcher, fleet: Fleet) -> None:
    """Output off, power on."""
    fleet.set_fault("E-1", "welded")
    await call(watcher, "Switch.Set", switch(on=False))
    status = (await call(watcher, "Switch.GetStatus"))["result"]
    assert (status["output"], status["apower"]) == (False, 1150.0)


async def test_local_trip(watcher: Watcher, fleet: Fleet) -> None:
    """A tripped device is off, says why, and stays off when told to connect."""
    fleet.set_fault("E-1", "local_trip")
    await call(watcher, "Switch.Set", switch(on=True))
    status = (await call(watcher, "Switch.GetStatus"))["result"]
    assert (status["output"], status["apower"], status["errors"]) == (False, 0.0, ["overpower"])
    fleet.clear_fault("E-1", "local_trip")
    note = await watcher.next(f"{PREFIX}/events/rpc", lambda note: note["params"]["switch:0"].get("errors") == [])
    assert note.json["params"]["switch:0"]["apower"] == 1150.0


async def test_delay_actuation(watcher: Watcher, fleet: Fleet) -> None:
    """The answer comes at once, the output later."""
    fleet.set_fault("E-1", "delay_actuation_s", 0.1)
    await call(watcher, "Switch.Set", switch(on=False))
    assert fleet.truth("E-1").shown_connected
    await fleet.wait_until("E-1", lambda truth: truth.supply == "disconnected")


async def test_error_reply(watcher: Watcher, fleet: Fleet) -> None:
    """The write is refused with the code, and nothing moves."""
    fleet.set_fault("E-1", "error_reply", -103)
    assert (await call(watcher, "Switch.Set", switch(on=False)))["error"]["code"] == -103
    assert fleet.truth("E-1").supply == "connected"
    assert [entry.fate for entry in fleet.journal.attempts()] == ["refused"]


async def test_drop_write_reply(watcher: Watcher, fleet: Fleet) -> None:
    """Switched, and no answer."""
    fleet.set_fault("E-1", "drop_write_reply")
    _, topic = await send(watcher, "Switch.Set", switch(on=False))
    await call(watcher, "Switch.GetStatus")
    assert watcher.waiting(topic) == []
    assert fleet.truth("E-1").supply == "disconnected"


@pytest.mark.parametrize("fault", ["drop_write", "silent"])
async def test_lost_writes(watcher: Watcher, fleet: Fleet, fault: str) -> None:
    """Never heard, never answered, and in the journal only as an attempt."""
    fleet.set_fault("E-1", fault, times=1)
    _, topic = await send(watcher, "Switch.Set", switch(on=False))
    await call(watcher, "Switch.GetStatus")
    assert watcher.waiting(topic) == []
    assert [entry.fate for entry in fleet.journal.attempts()] == ["lost"]
    assert fleet.truth("E-1").supply == "connected"


async def test_late_and_duplicate_replies(watcher: Watcher, fleet: Fleet) -> None:
    """The late answer to a write comes after that of a later read, and twice."""
    fleet.set_fault("E-1", "late_write_reply_s", 0.1)
    fleet.set_fault("E-1", "duplicate_reply")
    _, topic = await send(watcher, "Switch.Set", switch(on=False))
    assert (await call(watcher, "Switch.GetStatus"))["result"]["output"] is False
    assert watcher.waiting(topic) == []
    assert (await watcher.next(topic)).json == (await watcher.next(topic)).json
    assert fleet.journal.accepted["E-1"] == 1


async def test_wrong_id_reply(watcher: Watcher, fleet: Fleet) -> None:
    """The answer belongs to no request."""
    fleet.set_fault("E-1", "wrong_id_reply")
    number, topic = await send(watcher, "Switch.GetStatus")
    assert (await watcher.next(topic)).json["id"] != number


async def test_no_device_report(watcher: Watcher, fleet: Fleet) -> None:
    """It answers, and never notifies."""
    fleet.set_fault("E-1", "no_device_report")
    await call(watcher, "Switch.Set", switch(on=False))
    assert (await call(watcher, "Switch.GetStatus"))["result"]["output"] is False
    assert watcher.waiting(f"{PREFIX}/events/rpc") == []


async def test_replaced(watcher: Watcher, fleet: Fleet) -> None:
    """Another device at the same prefix answers with its own id and MAC."""
    fleet.replace("E-1", "A8032AFFFFFF", register=1)
    number, topic = await send(watcher, "Shelly.GetDeviceInfo", {})
    answer = (await watcher.next(topic)).json
    assert (answer["id"], answer["src"]) == (number, "shellypro1pm-a8032affffff")
    assert answer["result"]["mac"] == "A8032AFFFFFF"
