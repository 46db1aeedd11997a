"""A fleet in process: its file, its truth, its journal and its clock."""

import asyncio
from pathlib import Path

import pytest

from meterhold_simulators import (
    Faults,
    Fleet,
    FleetFileError,
    UnknownNameError,
    WrongKindError,
    load_fleet,
    parse_fleet,
)
from meterhold_simulators.faults import described
from meterhold_simulators.journal import Fate, Journal
from tests.unit.simulators.conftest import DDS238, XINTAI
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus

DISCONNECT = "10 00 1A 00 01 02 00 00"


def test_the_demo_fleet_is_in_order() -> None:
    """The shipped file loads: three homes, and each draws something before a disconnect."""
    spec = load_fleet(Path(__file__).parents[3] / "config" / "fleet.yaml")
    assert [meter.id for meter in spec.meters] == ["E-1001", "W-1001", "E-1002", "W-1002", "E-1003", "W-1003"]
    assert all(getattr(meter, "load_w", 0) + getattr(meter, "demand_m3_h", 0) > 0 for meter in spec.meters)


def test_all_faults_of_a_file_are_told_together(tmp_path: Path) -> None:
    """Unknown keys, wrong values, missing references and doubles: one error names them all with their places."""
    path = tmp_path / "fleet.yaml"
    path.write_text(
        """
        colour: green
        listeners: {line: {framing: ascii}}
        bridges: {zigbee: {broker: nowhere}}
        meters:
          - {id: E-1, model: dds238, listener: lime, unit: 300}
          - {id: E-1, model: dds238, listener: line, unit: 1, faults: {jam_at: 0.5}}
          - {id: E-2, model: dds238, listener: line, unit: 1, faults: {weldid: true}}
          - {id: W-1, model: xintai, listener: line, unit: 2, serial: ABC}
          - {id: W-2, model: hydrant}
        """
    )
    with pytest.raises(FleetFileError) as caught:
        load_fleet(path)
    text = str(caught.value)
    for part in (
        "colour: Extra inputs",
        "listeners.line.framing",
        "bridges.0.broker: there is no broker 'nowhere'",
        "meters.0.dds238.unit",
        "meters.0.listener: there is no listener 'lime'",
        "meters.1.id: E-1 is taken",
        "fault 'jam_at' means nothing for a dds238",
        "meters.2.unit: line 1 is taken",
        "weldid",
        "meters.3.xintai.serial",
        "hydrant",
    ):
        assert part in text
    assert str(path) in text


@pytest.mark.parametrize("content", ["meters: [", "- 1", "\xff"])
def test_what_is_no_fleet_file_is_one_clear_error(tmp_path: Path, content: str) -> None:
    """Broken YAML, another document, another encoding, no file: always the same error type."""
    path = tmp_path / "fleet.yaml"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(FleetFileError):
        load_fleet(path)
    with pytest.raises(FleetFileError):
        load_fleet(tmp_path / "missing.yaml")


def test_every_fault_is_described_and_tested() -> None:
    """Each row of the fault table has its sentence, and its name stands in a test."""
    tests = [*Path(__file__).parent.glob("test_*.py"), *Path(__file__).parents[2].glob("integration/simulators/*.py")]
    text = "".join(path.read_text() for path in tests)
    assert all(sentence.endswith((".", ").")) for sentence in described().values())
    assert [name for name in Faults.model_fields if f'"{name}"' not in text] == []


async def test_faults_that_mean_nothing_for_a_meter_are_refused(fleet: Fleet) -> None:
    """A relay has no seat and a valve no contacts; nothing is changed by the attempt."""
    with pytest.raises(ValueError, match="'leak_m3_h' means nothing for a dds238"):
        fleet.set_fault("E-1", "leak_m3_h", 1)
    with pytest.raises(ValueError, match="'welded' means nothing for a xintai"):
        fleet.set_fault("W-1", "welded")
    with pytest.raises(ValueError, match="weldid"):
        fleet.set_fault("E-1", "weldid")
    assert fleet.truth("E-1").faults == {}


async def test_unknown_names_are_refused(fleet: Fleet) -> None:
    """A meter, a listener or a quantity that is not there is an error with its name in it."""
    with pytest.raises(UnknownNameError, match="no meter 'E-9'"):
        fleet.truth("E-9")
    with pytest.raises(UnknownNameError, match="no listener 'x'"):
        fleet.hang_up("x")
    with pytest.raises(WrongKindError, match="not a water meter"):
        fleet.set_demand("E-1", 1)
    with pytest.raises(WrongKindError, match="not an electricity meter"):
        fleet.set_load("W-1", load_w=1)
    with pytest.raises(ValueError, match="serial"):
        fleet.replace("W-1", "not digits")


async def test_faults_of_the_file_are_there_from_the_start() -> None:
    """A fleet file may begin with trouble."""
    spec = parse_fleet({"listeners": {"tcp": {}}, "meters": [{**DDS238, "faults": {"welded": True}}]})
    async with Fleet.start(spec) as fleet:
        assert fleet.truth("E-1").faults == {"welded": True}


async def test_loads_and_registers_can_be_changed_live(fleet: Fleet) -> None:
    """Load in W or A, demand, voltage and registers, each seen in the truth."""
    fleet.set_load("E-1", load_a=2)
    assert fleet.truth("E-1").load_w == 460
    fleet.set_load("E-1", load_w=0)
    assert fleet.truth("E-1").load_a == 0
    fleet.set_voltage("E-1", 0)
    assert fleet.truth("E-1").load_side_v == 0
    fleet.set_register("E-1", 1.5)
    assert fleet.truth("E-1").energy_kwh == 1.5
    fleet.set_demand("W-1", 0.1)
    assert fleet.truth("W-1").flow_m3_h == 0.1
    fleet.set_register("W-1", 9)
    assert fleet.truth("W-1").volume_m3 == 9


async def test_a_clock_moved_by_hand_moves_the_fleet(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """wait_until answers when the fleet is woken after the travel time, and not before."""
    await tcp.ask(2, "06 00 1C 00 02")
    arrived = asyncio.create_task(fleet.wait_until("W-1", lambda truth: truth.supply == "disconnected"))
    clock.seconds += 5
    await asyncio.sleep(0)
    fleet.wake()
    assert not arrived.done()
    clock.seconds += 5
    fleet.wake()
    assert (await arrived).position == 0


async def test_a_scaled_fleet_does_its_travel_in_less_real_time() -> None:
    """With time_scale 1000 ten seconds of travel need no patience, and the event comes without polling."""
    meter = {**XINTAI, "travel_s": 10}
    async with Fleet.start(parse_fleet({"time_scale": 1000, "listeners": {"tcp": {}}, "meters": [meter]})) as fleet:
        fleet.press_button("W-1")
        async with asyncio.timeout(5):
            await fleet.wait_until("W-1", lambda truth: truth.supply == "disconnected")


async def test_reads_are_counted_and_writes_can_be_awaited(tcp: RawModbus, fleet: Fleet) -> None:
    """The referee counts reads and accepted writes by meter, and forgets both on request."""
    awaited = asyncio.create_task(fleet.journal.wait_for_writes("E-1", 2))
    for pdu in (DISCONNECT, "03 00 1A 00 01", DISCONNECT):
        await tcp.ask(1, pdu)
    assert [entry.n for entry in await awaited] == [1, 2]
    truth = fleet.truth("E-1")
    assert (truth.reads, truth.writes) == (1, 2)
    fleet.journal.clear()
    assert (fleet.journal.writes(), fleet.journal.reads["E-1"]) == ([], 0)


def test_a_full_journal_forgets_the_oldest_and_keeps_count() -> None:
    """Benchmarks may write without end."""
    from meterhold_simulators.clock import wall_time

    journal = Journal(limit=2)
    for _ in range(5):
        journal.record("E-1", 0.0, wall_time(), b"\x01", "connected", Fate.APPLIED)
    assert [entry.n for entry in journal.writes()] == [4, 5]
    assert journal.accepted["E-1"] == 5


async def test_a_taken_port_is_an_error_and_leaves_nothing_listening(fleet: Fleet) -> None:
    """The second fleet does not start, and what it had opened is shut again."""
    taken = fleet.ports["tcp"]
    spec = parse_fleet({"listeners": {"a": {}, "b": {"port": taken}}, "meters": []})
    with pytest.raises(OSError, match=str(taken)):
        async with Fleet.start(spec):
            pytest.fail("started on a taken port")


async def test_a_broker_that_is_not_there_is_named(free_port: int) -> None:
    """Starting waits only so long, and says which broker at which address."""
    shelly = {"id": "E-1", "model": "shelly_1pm", "broker": "site", "mac": "A8032ABE54DC"}
    spec = parse_fleet({"brokers": {"site": {"port": free_port}}, "meters": [shelly]})
    with pytest.raises(TimeoutError, match=f"site at 127.0.0.1:{free_port}"):
        async with Fleet.start(spec, connect_within_s=0.1):
            pytest.fail("started without a broker")
