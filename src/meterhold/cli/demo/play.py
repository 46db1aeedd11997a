"""What happens in the demo: commissioning, orders, one restore on request, and the way out when it is interrupted."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from meterhold.cli.demo.screen import Screen
from meterhold.cli.demo.stage import Stage
from meterhold.cli.exits import GatewaySaidNo
from meterhold.domain.errors import MeterholdError
from meterhold.domain.hold_table import FINAL_STATUSES, HoldStatus
from meterhold.domain.words import SupplyState

LOOK_EVERY_S = 0.25
HELD_BEFORE_REQUEST_S = 4.0
WITHIN_S = 100.0
BACK_WITHIN_S = 40.0

Hold = Mapping[str, Any]


class OutOfTime(MeterholdError):
    """The demo's holds did not come to their end in time."""


@dataclass(slots=True)
class Play:
    """One run of the demo."""

    stage: Stage
    screen: Screen
    now: Callable[[], datetime]
    _suspended_since: dict[str, float] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    async def commission(self) -> None:
        """A person confirms each address: without that a meter that has no serial is never switched off."""
        for meter_id in self.stage.fleet.ids:
            found = await self.stage.desk.verify(meter_id)
            identity = found["identity"]
            known_by = f"{identity['strength']} {identity['value'] or ''}".strip()
            if not found["commissioned"]:
                rules = "; ".join(fault["rule"] for fault in found["faults"])
                raise OutOfTime(f"{meter_id} could not be commissioned: {rules}")
            self.screen.say(f"commissioned {meter_id}, known by {known_by}")

    async def file(self, orders: Sequence[dict[str, Any]]) -> None:
        """Send the orders of the file."""
        for answer in await self.stage.desk.file(orders):
            said = answer["result"] or f"{answer['status']} {answer['detail']}"
            self.screen.say(f"order {answer['order_id']}: {said}")

    async def until_restored(self) -> list[dict[str, Any]]:
        """Watch until every hold has come to its end; a hold without an end is restored on request."""
        async with _in_time(WITHIN_S, "the holds did not end in time"):
            while True:
                holds = await self._look()
                if holds and all(HoldStatus(hold["status"]) in FINAL_STATUSES for hold in holds):
                    return holds
                for hold in holds:
                    await self._restore_on_request(hold)
                await asyncio.sleep(LOOK_EVERY_S)

    async def bring_back(self) -> None:
        """Ask for supply at every open hold, and wait for it within bounds."""
        async with _in_time(BACK_WITHIN_S, "supply did not come back in time"):
            while open_holds := [h for h in await self._look() if HoldStatus(h["status"]) not in FINAL_STATUSES]:
                for hold in open_holds:
                    await self._ask(hold, "cancel" if hold["status"] == HoldStatus.SCHEDULED else "restore")
                await asyncio.sleep(LOOK_EVERY_S)

    def still_off(self) -> list[str]:
        """Meters without supply, in truth."""
        return [meter_id for meter_id, supply in self.truths().items() if supply != SupplyState.CONNECTED]

    def truths(self) -> dict[str, str]:
        """What is physically so at each meter."""
        return {meter_id: str(self.stage.fleet.truth(meter_id).supply) for meter_id in self.stage.fleet.ids}

    async def _look(self) -> list[dict[str, Any]]:
        holds = await self.stage.desk.holds()
        self.screen.show(holds, self.truths())
        return holds

    async def _restore_on_request(self, hold: Hold) -> None:
        if hold["ends_at"] is not None or hold["status"] != HoldStatus.SUSPENDED:
            return
        now = asyncio.get_running_loop().time()
        if now - self._suspended_since.setdefault(hold["hold_id"], now) >= HELD_BEFORE_REQUEST_S:
            await self._ask(hold, "restore")

    async def _ask(self, hold: Hold, action: str) -> None:
        """Send an order for a hold, once."""
        if (key := f"{action}:{hold['order_id']}") in self._asked:
            return
        self._asked.add(key)
        try:
            answer = await self.stage.desk.order(action, key, hold["hold_id"], self.now())
        except GatewaySaidNo as refusal:
            self.screen.say(f"{action} of {hold['order_id']} on request: {refusal}")
        else:
            self.screen.say(f"{action} of {hold['order_id']} on request: {answer['result']}")


@asynccontextmanager
async def _in_time(within_s: float, otherwise: str) -> AsyncIterator[None]:
    """Let a block run for so long, and say what did not happen."""
    try:
        async with asyncio.timeout(within_s):
            yield
    except TimeoutError:
        raise OutOfTime(otherwise) from None
