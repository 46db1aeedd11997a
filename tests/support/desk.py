"""A dispatch desk and a fitter at a running gateway: they send orders, commission meters and wait for the outcome."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

from meterhold.bootstrap import Gateway
from meterhold.documents.order import parse_order
from meterhold.domain.commands import Command
from meterhold.domain.draft import Draft
from meterhold.domain.errors import WireError
from meterhold.domain.hold import Attention, Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.words import Decision, OrderResult
from meterhold.usecases.attention import decide_attention
from meterhold.usecases.ports import Journal, Ports
from meterhold.usecases.submit import Answer, submit_order
from meterhold.usecases.verifying import verify_meter

T = TypeVar("T")
Field: TypeAlias = Any
"""Whatever a field of an order takes."""

SENDER = "dispatch"
WITHIN_S = 20.0
"""How long anything may take. Far more than it does: a busy machine is no failure."""
_BETWEEN_LOOKS_S = 0.03


class Ear:
    """Hears of every commit: goes around the journal, and wakes who waits."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self._next = asyncio.Event()

    def around(self, ports: Ports) -> Ports:
        """Put it around a gateway's journal."""
        return replace(ports, journal=_Heard(ports.journal, self._heard))

    def next(self) -> asyncio.Event:
        """What is set at the next commit."""
        return self._next

    def _heard(self) -> None:
        self._next.set()
        self._next = asyncio.Event()


@dataclass(frozen=True, slots=True)
class _Heard:
    journal: Journal
    tell: Callable[[], None]

    async def submit(self, command: Command) -> Draft:
        """Hand the command on, and tell that it was carried out."""
        draft = await self.journal.submit(command)
        self.tell()
        return draft


def order(action: str, order_id: str, issued_at: object, **fields: object) -> dict[str, Any]:
    """An order as a dispatch system writes it."""
    return {"schema_version": 1, "order_id": order_id, "action": action, "issued_at": str(issued_at), **fields}


@dataclass(slots=True)
class Desk:
    """Everybody who deals with one running gateway."""

    gateway: Gateway
    ear: Ear
    _sent: int = field(default=0, init=False)

    @property
    def ports(self) -> Ports:
        """The gateway's ports."""
        return self.gateway.ports

    async def send(self, document: dict[str, Any], *, may_approve: bool = False) -> Answer:
        """Send an order."""
        parsed = parse_order(document)
        return await submit_order(self.ports, parsed.order, SENDER, parsed.content_hash, may_approve=may_approve)

    async def order(self, action: str, *, may_approve: bool = False, **fields: Field) -> OrderRecord:
        """Write an order and send it."""
        self._sent += 1
        document = order(action, f"WO-{self._sent}", self.ports.clock.now().isoformat(), **fields)
        return (await self.send(document, may_approve=may_approve)).record

    async def suspend(self, *meter_ids: str, reason: str = "vacation", **fields: Field) -> Hold:
        """Send an order to suspend meters, or a home; the hold that it opens."""
        which: dict[str, Field] = {"meters": list(meter_ids)} if meter_ids else {}
        record = await self.order("suspend", reason=reason, **which, **fields)
        assert record.result is not OrderResult.REJECTED, record
        return await self.hold(record.hold_ids[0])

    async def suspended(self, *meter_ids: str, **fields: Field) -> Hold:
        """Suspend, and wait until it is done."""
        hold = await self.suspend(*meter_ids, **fields)
        return await self.until_status(hold.hold_id, HoldStatus.SUSPENDED)

    async def restore(self, hold_id: str) -> OrderRecord:
        """Send an order to restore a hold."""
        return await self.order("restore", hold_id=hold_id)

    async def restored(self, hold_id: str) -> Hold:
        """Restore, and wait until it is done."""
        await self.restore(hold_id)
        return await self.until_status(hold_id, HoldStatus.RESTORED)

    async def hold(self, hold_id: str) -> Hold:
        """A hold as it stands."""
        hold = await self.ports.queries.hold(hold_id)
        assert hold is not None, hold_id
        return hold

    async def record(self, order_id: str) -> OrderRecord | None:
        """An order as it stands."""
        return await self.ports.queries.order(OrderKey(SENDER, order_id))

    async def until_answered(self, order_id: str) -> OrderRecord:
        """Wait until an order has its result."""

        async def find() -> OrderRecord | None:
            record = await self.record(order_id)
            return record if record is not None and record.result is not OrderResult.OPEN else None

        return await self.until(find, lambda: self.record(order_id))

    async def until_status(self, hold_id: str, status: HoldStatus) -> Hold:
        """Wait until a hold stands somewhere."""
        return await self.until_hold(hold_id, lambda hold: hold.status is status)

    async def until_waiting(self, hold_id: str) -> Attention:
        """Wait until something on a hold waits for a person; what it is."""
        hold = await self.until_hold(hold_id, lambda hold: any(item.waiting for item in hold.attention))
        return next(item for item in hold.attention if item.waiting)

    async def until_hold(self, hold_id: str, wanted: Callable[[Hold], bool]) -> Hold:
        """Wait until a hold is as wanted."""

        async def find() -> Hold | None:
            hold = await self.hold(hold_id)
            return hold if wanted(hold) else None

        return await self.until(find, lambda: self.hold(hold_id))

    async def until(self, find: Callable[[], Awaitable[T | None]], describe: Callable[[], Awaitable[object]]) -> T:
        """Wait for something that a commit brings about."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while True:
                    heard = self.ear.next()
                    found = await find()
                    if found is not None:
                        return found
                    await heard.wait()
        except TimeoutError:
            raise AssertionError(f"it did not come to that: {await describe()}") from None

    async def decide(self, hold_id: str, item: Attention, decision: Decision) -> Hold:
        """Decide as a person."""
        return await decide_attention(self.ports, hold_id, item.n, decision, "desk", "as found", may_approve=True)

    async def commission(self, meter_id: str, *, load: bool | None = None) -> None:
        """Confirm a meter at its address, once the link is up and, where wanted, its load is known."""
        await self._look_until(meter_id, load=load, commission=True)

    async def seen(self, meter_id: str, *, load: bool | None = None) -> None:
        """Wait until a meter can be looked at, and until a look knows its load if one is wanted."""
        await self._look_until(meter_id, load=load, commission=False)

    async def _look_until(self, meter_id: str, *, load: bool | None, commission: bool) -> None:
        last: object = None
        try:
            async with asyncio.timeout(WITHIN_S):
                while True:
                    try:
                        found = await verify_meter(self.ports, meter_id, "fitter", commission=commission)
                    except WireError as failure:
                        last = failure
                    else:
                        last = found
                        assert not found.faults, found.faults
                        if load is None or found.observation.load is load:
                            return
                    await asyncio.sleep(_BETWEEN_LOOKS_S)
        except TimeoutError:
            raise AssertionError(f"{meter_id} cannot be looked at as wanted: {last}") from None
