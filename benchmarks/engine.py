"""Orders through a whole gateway in this process: intake, journal, engine, driver, proof, journal."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.measured import Span, Speed, Stopwatch
from benchmarks.site import Load, Place, configuration, profiles, store_url
from meterhold.bootstrap import gateway
from meterhold.cli.memory import search_for_garbage_rarely
from meterhold.domain.commands import Command
from meterhold.domain.draft import Draft
from meterhold.domain.hold import Hold
from meterhold.domain.order import Order, OrderKey, OrderRecord
from meterhold.domain.words import OFF_STATES, Action, OrderResult, Outcome, Proof, Reason, SupplyState
from meterhold.usecases.ports import Journal, Ports
from meterhold.usecases.submit import submit_order
from tests.fakes.journal import UNLIMITED

SENDER = "benchmark"

Ended = tuple[OrderRecord, Hold]
"""An order with its result, and its hold."""


class NotVerified(Exception):
    """An order did not end as it must: the measurement is worth nothing."""


@dataclass(slots=True)
class Watching:
    """The journal, which tells whoever waits for an order that its result is durable."""

    inner: Journal
    _waiting: dict[OrderKey, asyncio.Future[Ended]] = field(default_factory=dict)

    async def submit(self, command: Command) -> Draft:
        """Submit, and look at what was committed."""
        draft = await self.inner.submit(command)
        for key, record in draft.orders.items():
            if record.result is not OrderResult.OPEN and (waiting := self._waiting.pop(key, None)) is not None:
                waiting.set_result((record, draft.hold(record.hold_ids[0])))
        for hold in draft.holds.values():
            if hold.attention:
                self._give_up(hold)
        return draft

    def result_of(self, key: OrderKey) -> asyncio.Future[Ended]:
        """What will be the order's result."""
        self._waiting[key] = future = asyncio.get_running_loop().create_future()
        return future

    def _give_up(self, hold: Hold) -> None:
        """A hold that waits for a person would wait for ever."""
        for key in (hold.suspend_key, *hold.restore_keys):
            if key is not None and (waiting := self._waiting.pop(key, None)) is not None:
                waiting.set_exception(NotVerified(f"{hold.attention[-1].detail}: {hold}"))


@dataclass(slots=True)
class Desk:
    """Sends orders and waits for their results."""

    ports: Ports
    journal: Watching
    numbers: "count[int]" = field(default_factory=count)

    async def suspend(self, place: Place) -> str:
        """Have a meter disconnected; return its hold."""
        order = self._order(
            Action.SUSPEND, {"meters", "reason"}, meters=(place.meter_id,), reason=Reason.CUSTOMER_REQUEST
        )
        record, hold = await self._carry_out(order)
        leg = hold.legs[0]
        proven = leg.actual in OFF_STATES and leg.proof is Proof.LOAD_PROVEN
        if record.result is not OrderResult.DONE or leg.outcome is not Outcome.VERIFIED or not proven:
            raise NotVerified(f"{record} {hold}")
        return hold.hold_id

    async def restore(self, hold_id: str) -> None:
        """Have a hold's meter connected again."""
        record, hold = await self._carry_out(self._order(Action.RESTORE, {"hold_id"}, hold_id=hold_id))
        leg = hold.legs[0]
        proven = leg.actual is SupplyState.CONNECTED and leg.proof is Proof.LOAD_PROVEN
        if record.result is not OrderResult.DONE or leg.outcome is not Outcome.VERIFIED or not proven:
            raise NotVerified(f"{record} {hold}")

    def _order(self, action: Action, given: set[str], **fields: object) -> Order:
        order_id = f"WO-{next(self.numbers):08}"
        issued_at = datetime.now(UTC)
        known = Order(order_id=order_id, action=action, issued_at=issued_at, given=frozenset({"action", *given}))
        return replace(known, **fields)  # type: ignore[arg-type]

    async def _carry_out(self, order: Order) -> Ended:
        result = self.journal.result_of(OrderKey(SENDER, order.order_id))
        await submit_order(self.ports, order, SENDER, order.order_id)
        return await result


@asynccontextmanager
async def desk(load: Load, ports: dict[str, int], folder: Path) -> AsyncIterator[Desk]:
    """A gateway at work, and a desk in front of it."""
    watching: list[Watching] = []

    def watch(own: Ports) -> Ports:
        watching.append(Watching(own.journal))
        own.settled.take_over(own.profiles, replace(own.terms, limits=UNLIMITED.limits))
        return replace(own, journal=watching[0])

    config = configuration(load, ports, folder)
    async with gateway(config, store_url(folder), profiles=profiles(), wrap=watch) as running:
        yield Desk(running.ports, watching[0])


def measure_engine(load: Load, ports: dict[str, int], span: Span, store_folder: Path) -> Speed:
    """Keep as many orders in flight as the load says: each meter is suspended and restored in turn."""
    with TemporaryDirectory(dir=store_folder) as folder:
        return uvloop.run(_measure(load, ports, span, Path(folder)))


async def _measure(load: Load, ports: dict[str, int], span: Span, folder: Path) -> Speed:
    async with desk(load, ports, folder) as orders:
        search_for_garbage_rarely()
        watch = Stopwatch(span)
        async with asyncio.TaskGroup() as tasks:
            for place in load.places:
                tasks.create_task(_switch(orders, place, watch))
    return watch.speed()


async def _switch(orders: Desk, place: Place, watch: Stopwatch) -> None:
    # In pairs, so that the next round finds every meter connected.
    while watch.running:
        began_at = time.perf_counter()
        hold_id = await orders.suspend(place)
        watch.ended(began_at)
        began_at = time.perf_counter()
        await orders.restore(hold_id)
        watch.ended(began_at)
