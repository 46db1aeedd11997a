"""The control port over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from meterhold_simulators import Fleet
from meterhold_simulators.control import serve_control
from tests.unit.simulators.raw_modbus import RawModbus


@pytest.fixture
async def control(fleet: Fleet) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the control port of `fleet`."""
    async with (
        serve_control(fleet, 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield client


async def test_meters_and_their_truth(control: httpx.AsyncClient, fleet: Fleet) -> None:
    """All meters, one meter, health with ports, and the fault table."""
    assert [row["id"] for row in (await control.get("/meters")).json()] == fleet.ids
    assert (await control.get("/meters/E-1")).json()["supply"] == "connected"
    health = (await control.get("/healthz")).json()
    assert (health["status"], health["ports"]) == ("ok", fleet.ports)
    assert "welded" in (await control.get("/faults")).json()


async def test_faults_and_loads_are_set_and_taken_away(control: httpx.AsyncClient, fleet: Fleet) -> None:
    """A change answers with the new truth; null takes a fault away and leaves the others."""
    change = {"faults": {"welded": True, "late_reply_s": 1}, "load_w": 500}
    truth = (await control.patch("/meters/E-1", json=change)).json()
    assert (truth["faults"], truth["load_w"]) == ({"welded": True, "late_reply_s": 1.0}, 500)
    truth = (await control.patch("/meters/E-1", json={"faults": {"late_reply_s": None}, "load_a": 1})).json()
    assert (truth["faults"], truth["load_w"]) == ({"welded": True}, 230)
    water = (await control.patch("/meters/W-1", json={"demand_m3_h": 0.1, "register": 5, "serial": "77"})).json()
    assert (water["flow_m3_h"], water["volume_m3"], water["serial"]) == (0.1, pytest.approx(5), "77")
    assert (await control.patch("/meters/E-1", json={"voltage_v": 0})).json()["load_side_v"] == 0
    await control.patch("/meters/E-1", json={"faults": {"silent": True}, "times": 1})
    assert fleet.truth("E-1").faults == {"welded": True, "silent": True}


async def test_the_button(control: httpx.AsyncClient) -> None:
    """Pressing it reverses the supply."""
    assert (await control.post("/meters/E-1/button")).json()["supply"] == "disconnected"


async def test_lines_can_be_crossed_and_cut(control: httpx.AsyncClient, tcp: RawModbus) -> None:
    """Two units exchanged on a line, and every connection to it dropped."""
    assert (await control.post("/listeners/tcp/swap", json={"one": 1, "other": 2})).status_code == 204
    assert await tcp.ask(1, "03 00 1C 00 01") == "03 02 00 01"
    missing = await control.post("/listeners/tcp/swap", json={"one": 1, "other": 9})
    assert (missing.status_code, missing.json()) == (404, {"error": "there is no unit 9 on listener 'tcp'"})
    assert (await control.post("/listeners/tcp/hang-up")).status_code == 204
    assert await tcp.ended()


async def test_the_journal(control: httpx.AsyncClient, tcp: RawModbus, fleet: Fleet) -> None:
    """Accepted writes by default, lost and refused ones on request, and a clean page."""
    await tcp.ask(1, "10 00 1A 00 01 02 00 00")
    await tcp.ask(1, "06 00 1A 00 00")
    journal = (await control.get("/journal")).json()
    (entry,) = journal["writes"]
    assert (entry["meter_id"], entry["target"], entry["applied"]) == ("E-1", "disconnected", True)
    assert entry["wire"] == "00 01 00 00 00 09 01 10 00 1a 00 01 02 00 00"
    assert journal["accepted"] == {"E-1": 1}
    attempts = (await control.get("/journal", params={"attempts": True, "meter_id": "E-1"})).json()["writes"]
    assert [row["fate"] for row in attempts] == ["applied", "refused"]
    assert (await control.delete("/journal")).status_code == 204
    assert fleet.journal.writes() == []


@pytest.mark.parametrize(
    ("path", "change", "status", "text"),
    [
        ("/meters/E-9", {}, 404, "no meter 'E-9'"),
        ("/meters/E-1", {"faults": {"jam_at": 0.5}}, 422, "'jam_at' means nothing for a dds238"),
        ("/meters/E-1", {"faults": {"weldid": True}}, 422, "weldid"),
        ("/meters/E-1", {"faults": {"late_reply_s": -1}}, 422, "late_reply_s"),
        ("/meters/E-1", {"demand_m3_h": 1}, 422, "not a water meter"),
        ("/meters/E-1", {"load": 1}, 422, "load"),
        ("/meters/W-1", {"serial": "abc"}, 422, "serial"),
    ],
)
async def test_errors_are_clear(
    control: httpx.AsyncClient, path: str, change: dict[str, object], status: int, text: str
) -> None:
    """What is not there is 404, what is wrong is 422, and both say what."""
    answer = await control.patch(path, json=change)
    assert answer.status_code == status
    assert text in answer.text
