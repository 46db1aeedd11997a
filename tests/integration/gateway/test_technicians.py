"""A technician at the meter, over real wires: whether hands may go in, what the meter shows now, what was stated."""

from datetime import timedelta

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.meter import Meter
from meterhold.domain.operation_table import OperationState
from meterhold.domain.words import Because, Proof, SupplyState
from meterhold.usecases.locking import await_lock, lock_meter, lock_state, unlock_meter
from meterhold.usecases.reading import read_meter
from meterhold.usecases.witnessing import record_witness
from tests.integration.gateway.conftest import Open
from tests.integration.gateway.test_mqtt_models import commission
from tests.support.homes import dds238, xintai
from tests.support.more_homes import uc511


async def test_the_answer_comes_when_the_write_is_resolved(open_site: Open) -> None:
    """A technician who waits is told in the moment in which hands may go in, and not before the meter was seen."""
    async with open_site(xintai("W-1")) as here:
        ports = here.desk.ports
        hold = await here.desk.suspend("W-1")
        await here.fleet.journal.wait_for_writes("W-1")
        answer = await lock_meter(ports, "W-1", "Ada", "hands inside", ports.clock.now() + timedelta(hours=8))
        assert not answer.held
        answer = await await_lock(ports, "W-1", 30)
        assert answer.held
        held = await ports.queries.hold(hold.hold_id)
        assert held is not None
        operation = held.leg("W-1").operation
        assert operation is not None
        assert operation.ended


async def test_what_a_network_server_keeps_for_a_sleeping_valve_is_waited_for(open_site: Open) -> None:
    """The downlink may reach the valve for as long as it lives; the answer says until when."""
    meter = uc511("W-1")
    async with open_site(meter, commission=False) as here:
        await commission(here, meter)
        here.fleet.set_fault("W-1", "silent")
        hold = await here.desk.suspend("W-1")
        await here.desk.until_hold(
            hold.hold_id,
            lambda one: (work := one.leg("W-1").operation) is not None and work.state is OperationState.AT_CARRIER,
        )
        ports = here.desk.ports
        await lock_meter(ports, "W-1", "Ada", "hands inside", ports.clock.now() + timedelta(hours=8))
        answer = await lock_state(ports, "W-1")
        assert not answer.held
        (wait,) = answer.waits
        assert wait.operation.state is OperationState.AT_CARRIER
        assert wait.until is not None
        assert wait.until > ports.clock.now()


async def test_a_lock_that_outlasts_its_review_alarms_by_itself(open_site: Open) -> None:
    """The running gateway finds it in its store; the lock stays on."""
    async with open_site(dds238("E-1")) as here:
        ports = here.desk.ports
        await lock_meter(ports, "E-1", "Ada", "hands inside", ports.clock.now() + timedelta(seconds=0.2))

        async def told() -> Meter | None:
            meter = await ports.queries.meter("E-1")
            return meter if meter is not None and meter.alarms else None

        meter = await here.desk.until(told, told)
        assert [alarm.code for alarm in meter.alarms] == [Because.LOCK_REVIEW]
        assert meter.lock is not None
        await unlock_meter(ports, "E-1", "Ada", "", is_admin=False)


async def test_a_statement_stands_beside_what_the_meter_shows(open_site: Open) -> None:
    """A live read sees the load that the technician overlooked: both stand there, and nobody wins."""
    async with open_site(dds238("E-1")) as here:
        ports = here.desk.ports
        hold = await here.desk.suspended("E-1")
        await record_witness(ports, "E-1", "Ada", SupplyState.CONNECTED, "the light is on", seal="4711")
        meter = (await ports.queries.meters(["E-1"]))["E-1"]
        assert [alarm.code for alarm in meter.alarms] == [Because.WITNESS_CONTRADICTED]
        assert (meter.actual.state, meter.actual.proof) == (SupplyState.DISCONNECTED, Proof.LOAD_PROVEN)
        again = await ports.queries.hold(hold.hold_id)
        assert again is not None
        assert again.status is HoldStatus.SUSPENDED
        assert [one.seal for one in again.leg("E-1").witnessed] == ["4711"]


async def test_a_live_read_comes_in_its_turn_while_a_valve_is_closing(open_site: Open) -> None:
    """It neither waits for the operation's end nor disturbs it."""
    async with open_site(xintai("W-1")) as here:
        hold = await here.desk.suspend("W-1")
        await here.fleet.journal.wait_for_writes("W-1")
        seen = await read_meter(here.desk.ports, "W-1")
        assert seen.recorded
        assert {reading.quantity.unit for reading in seen.observation.registers} == {"m3"}
        hold = await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert here.written("W-1") == ["disconnected"]
