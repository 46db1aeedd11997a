"""The meter that answers must be the meter that is meant: a wrong one is never written to."""

from datetime import timedelta

import pytest

from meterhold.domain.exchange import Exchange
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Decision, Outcome
from meterhold.usecases.exchanging import exchange_meter
from meterhold_simulators import Supply
from tests.integration.gateway.conftest import Open
from tests.support.clocks import PushedClock
from tests.support.homes import Place, dds238, shelly, swv, xintai
from tests.support.premises import Site

STRANGERS = pytest.mark.parametrize(
    ("meter", "stranger"),
    [(xintai("W-1"), "999"), (shelly("E-2"), "A8032ABE0000"), (swv("W-2"), "0x00124b00ffffffff")],
    ids=["serial", "device-id", "ieee-address"],
)


async def stopped(here: Site, hold: Hold) -> Hold:
    """Wait until the hold waits for a person."""
    await here.desk.until_waiting(hold.hold_id)
    return await here.desk.hold(hold.hold_id)


@STRANGERS
async def test_a_replaced_meter_is_not_disconnected(meter: Place, stranger: str, open_site: Open) -> None:
    """Another device in its place, between the commissioning and the order: no write."""
    async with open_site(meter) as here:
        here.fleet.replace(meter.meter_id, stranger)
        hold = await stopped(here, await here.desk.suspend(meter.meter_id))
        assert (hold.legs[0].outcome, hold.legs[0].because) == (Outcome.IDENTITY_MISMATCH, Because.METER_MISMATCH)
        assert here.attempts(meter.meter_id) == []
        assert hold.status is HoldStatus.SUSPENDING


@STRANGERS
async def test_a_meter_that_was_replaced_while_suspended_is_not_reconnected(
    meter: Place, stranger: str, open_site: Open
) -> None:
    """Who lives behind the new meter is not known to this hold: no write, and a person decides."""
    async with open_site(meter) as here:
        hold = await here.desk.suspended(meter.meter_id)
        right = meter.serial_inside
        assert right is not None
        here.fleet.replace(meter.meter_id, stranger)
        await here.desk.restore(hold.hold_id)
        hold = await stopped(here, hold)
        assert (hold.status, hold.legs[0].outcome) == (HoldStatus.RESTORING, Outcome.IDENTITY_MISMATCH)
        assert here.written(meter.meter_id) == ["disconnected"]
        here.fleet.replace(meter.meter_id, right)
        item = next(item for item in hold.attention if item.waiting)
        await here.desk.decide(hold.hold_id, item, Decision.RETRY)
        await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}


async def test_a_meter_that_was_exchanged_on_record_is_looked_at_and_brought_back(open_site: Open) -> None:
    """Off as the old one was, it is proven off by its own word; no write before the restore, which goes to it."""
    async with open_site(xintai("W-1")) as here:
        hold = await here.desk.suspended("W-1")
        row = await here.desk.ports.queries.meter("W-1")
        assert row is not None
        here.fleet.replace("W-1", "999")
        told = Exchange(here.desk.ports.clock.now(), "fitter", row.installation.serial, "999".rjust(16, "0"))
        await exchange_meter(here.desk.ports, "W-1", told)
        await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].off)
        assert here.written("W-1") == ["disconnected"]
        await here.desk.restored(hold.hold_id)
        assert here.supply("W-1") == {Supply.CONNECTED}
        assert here.written("W-1") == ["disconnected", "connected"]


async def test_two_units_that_were_swapped_on_their_line_are_both_left_alone(open_site: Open) -> None:
    """Each answers at the other's address: no write to either."""
    async with open_site(xintai("W-1", 2), xintai("W-3", 3)) as here:
        here.fleet.swap_units("line", 2, 3)
        for meter_id in ("W-1", "W-3"):
            hold = await stopped(here, await here.desk.suspend(meter_id))
            assert hold.legs[0].outcome is Outcome.IDENTITY_MISMATCH
            assert here.attempts(meter_id) == []


async def test_a_meter_that_cannot_say_who_it_is_waits_for_its_commissioning(open_site: Open) -> None:
    """No serial on the wire and nobody has confirmed it at its address: no write, until somebody has."""
    async with open_site(dds238("E-1"), commission=False) as here:
        hold = await stopped(here, await here.desk.suspend("E-1"))
        assert (hold.legs[0].outcome, hold.legs[0].because) == (Outcome.BLOCKED, Because.NOT_COMMISSIONED)
        assert here.attempts("E-1") == []
        await here.desk.commission("E-1")
        item = next(item for item in hold.attention if item.waiting)
        await here.desk.decide(hold.hold_id, item, Decision.RETRY)
        await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)


@pytest.mark.parametrize("register", [12.5, 99_000.0], ids=["back", "far-forward"])
async def test_an_energy_register_that_jumps_is_another_meter(register: float, open_site: Open) -> None:
    """A step that no household can make: no write, and the commissioning no longer counts."""
    async with open_site(dds238("E-1")) as here:
        here.fleet.set_register("E-1", register)
        hold = await stopped(here, await here.desk.suspend("E-1"))
        assert (hold.legs[0].outcome, hold.legs[0].because) == (Outcome.IDENTITY_MISMATCH, Because.METER_MISMATCH)
        assert here.attempts("E-1") == []
        meter = await here.desk.ports.queries.meter("E-1")
        assert meter is not None
        assert meter.commissioning is None


async def test_a_fingerprint_that_nobody_saw_for_more_than_a_year_is_none(open_site: Open) -> None:
    """Long enough for another meter to have taken its place with a plausible register: no disconnect."""
    clock = PushedClock()
    async with open_site(dds238("E-1"), clock=clock) as here:
        clock.push(timedelta(days=500).total_seconds())
        hold = await stopped(here, await here.desk.suspend("E-1"))
        assert hold.legs[0].because is Because.NOT_COMMISSIONED
        assert here.attempts("E-1") == []


async def test_an_order_may_name_the_serial_that_it_means(open_site: Open) -> None:
    """The dispatch system knows of an exchange that the registry does not: no write."""
    async with open_site(xintai("W-1")) as here:
        legs = [{"meter_id": "W-1", "expected_serial": "4711"}]
        hold = await stopped(here, await here.desk.suspend("W-1", legs=legs))
        assert hold.legs[0].outcome is Outcome.IDENTITY_MISMATCH
        assert here.attempts("W-1") == []
