"""A broker that dies in the middle, without a word and without memory: looked first, and no old command leaves."""

import os
import signal
from dataclasses import dataclass

import pytest

from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation_table import OperationState
from meterhold.domain.words import OrderResult, Outcome
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.support.homes import PEER, Place, dds238, shelly, swv
from tests.support.mosquitto import Broker, BrokerFactory
from tests.support.premises import Site
from tests.support.steps import Steps

MQTT = pytest.mark.parametrize("meter", [shelly("E-2"), swv("W-2")], ids=lambda meter: meter.profile)


@dataclass
class Freeze:
    """Stops the broker in its tracks just before a write: what reaches its socket from then on is never read."""

    broker: Broker
    done: bool = False

    def __call__(self, _n: int, step: str) -> None:
        """Strike at the first write."""
        if step == "before turn.write" and not self.done:
            self.done = True
            process = self.broker._process
            assert process is not None
            os.kill(process.pid, signal.SIGSTOP)


async def back(here: Site, broker: Broker, meter: Place) -> None:
    """Start the broker again, and wait until the meter can be looked at through it."""
    broker.start()
    await here.desk.seen(meter.meter_id, load=None)


@MQTT
async def test_a_broker_that_dies_when_the_meter_has_acted(
    meter: Place, broker_factory: BrokerFactory, open_site: Open
) -> None:
    """The write took effect, its answer died with the broker: after its return the meter is looked at, not written."""
    broker = broker_factory()
    async with open_site(meter, broker=broker) as here:
        here.fleet.set_fault(meter.meter_id, "late_write_reply_s", 5.0)
        hold = await here.desk.suspend(meter.meter_id)
        await here.fleet.journal.wait_for_writes(meter.meter_id)
        broker.kill()
        here.fleet.clear_faults(meter.meter_id)
        await back(here, broker, meter)
        if meter.remembers_flow:
            # What the bridge says after a gap may be old: nothing proves it any more, and a person is asked.
            await here.desk.until_waiting(hold.hold_id)
            assert (await here.desk.hold(hold.hold_id)).legs[0].outcome is Outcome.UNVERIFIED
        else:
            await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED]
        assert here.supply(meter.meter_id) == {Supply.DISCONNECTED}


@MQTT
async def test_orders_wait_for_a_broker_that_is_away(
    meter: Place, broker_factory: BrokerFactory, open_site: Open
) -> None:
    """Ordered while it is dead, nothing is kept for it to send later; then the meter is looked at and written."""
    broker = broker_factory()
    async with open_site(meter, dds238("E-3", link=PEER), broker=broker) as here:
        broker.kill()
        hold = await here.desk.suspend(meter.meter_id)
        await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is not None)
        await here.desk.suspended("E-3")
        assert here.attempts(meter.meter_id) == []
        reads = here.fleet.truth(meter.meter_id).reads
        broker.start()
        await here.fleet.journal.wait_for_writes(meter.meter_id)
        assert here.fleet.truth(meter.meter_id).reads > reads
        assert here.written(meter.meter_id) == ["disconnected"]


@MQTT
async def test_a_command_that_died_with_the_broker_is_given_again_only_after_a_look(
    meter: Place, broker_factory: BrokerFactory, open_site: Open
) -> None:
    """The OFF was handed to a broker that never read it. It does not leave by itself later; a look decides."""
    broker = broker_factory()
    async with open_site(meter, broker=broker, wrap=Steps(Freeze(broker), counting=True).around) as here:
        hold = await here.desk.suspend(meter.meter_id)
        await here.desk.until_hold(hold.hold_id, in_doubt)
        broker.kill()
        await back(here, broker, meter)
        await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is not None)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED]
        assert here.supply(meter.meter_id) == {Supply.DISCONNECTED}


@MQTT
async def test_a_command_that_died_with_the_broker_never_undoes_a_restore(
    meter: Place, broker_factory: BrokerFactory, open_site: Open
) -> None:
    """While the OFF was in doubt a restore came: no OFF ever reaches the meter, and supply was never off."""
    broker = broker_factory()
    async with open_site(meter, broker=broker, wrap=Steps(Freeze(broker), counting=True).around) as here:
        hold = await here.desk.suspend(meter.meter_id)
        await here.desk.until_hold(hold.hold_id, in_doubt)
        asked = await here.desk.restore(hold.hold_id)
        broker.kill()
        await back(here, broker, meter)
        await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        record = await here.desk.record(asked.key.order_id)
        assert record is not None
        assert record.result is OrderResult.DONE
        assert here.attempts(meter.meter_id) == []
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}


def in_doubt(hold: Hold) -> bool:
    """Whether a write to the first meter may or may not have left."""
    operation = hold.legs[0].operation
    return operation is not None and operation.state is OperationState.IN_DOUBT
