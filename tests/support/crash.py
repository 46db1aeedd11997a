"""One order, one meter, and a gateway that dies on the way: what must be so after the next one came up."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from meterhold.domain.hold import Attention
from meterhold.domain.order import OrderRecord
from meterhold.domain.words import Because, Decision, OrderResult, Outcome, Proof
from meterhold_simulators import Supply
from tests.support.desk import WITHIN_S, Desk, order
from tests.support.doomed import DIED, Death, Doomed, Errand
from tests.support.homes import Homes, Place
from tests.support.journal_file import read_events
from tests.support.premises import Premises, premises
from tests.support.witness import Witness

SUSPEND, RESTORE = "suspend", "restore"
WRITE_BUDGET = 2
"""The writes that an operation may make."""


@dataclass(slots=True)
class Way:
    """One direction at one meter, walked again and again from the same start."""

    action: str
    meter: Place
    here: Premises
    hold_id: str | None = None
    _seen: Witness | None = field(default=None, init=False)
    _walked: int = field(default=0, init=False)

    @property
    def start(self) -> Supply:
        """The supply that the order finds."""
        return Supply.CONNECTED if self.action == SUSPEND else Supply.DISCONNECTED

    @property
    def target(self) -> Supply:
        """The supply that the order wants."""
        return Supply.DISCONNECTED if self.action == SUSPEND else Supply.CONNECTED

    @property
    def _supply(self) -> Supply:
        return self.here.fleet.truth(self.meter.meter_id).supply

    async def prepare(self) -> None:
        """Make the journal that each walk starts with."""
        meter_id = self.meter.meter_id
        async with self.here.refereed() as self._seen, self.here.gateway() as desk:
            await desk.commission(meter_id, load=True if self.meter.remembers_flow else None)
            if self.action == RESTORE:
                self.hold_id = (await desk.suspended(meter_id)).hold_id

    async def errand(self) -> Errand:
        """Put the meter back to the start, copy the journal, and write an order."""
        self._walked += 1
        meter_id = self.meter.meter_id
        if self._supply is not self.start:
            self.here.fleet.press_button(meter_id)
            await self.here.fleet.wait_until(meter_id, lambda truth: truth.supply is self.start)
        store = self.here.store.with_name(f"walk-{self._walked}.sqlite")
        template = self.here.store
        shutil.copy(template, store)
        shutil.copy(f"{template}.registry", f"{store}.registry")
        knows_flow = self.meter.remembers_flow and self.action == SUSPEND
        return Errand(self.here.config, store, self._order(), meter_id, True if knows_flow else None)

    def _order(self) -> dict[str, Any]:
        what = {"meters": [self.meter.meter_id], "reason": "vacation"} if self.hold_id is None else {}
        which = {} if self.hold_id is None else {"hold_id": self.hold_id}
        return order(self.action, f"WALK-{self._walked}", self.here.now().isoformat(), **what, **which)

    async def rehearse(self) -> tuple[str, ...]:
        """Let a gateway carry the order out undisturbed; the steps that it takes."""
        return await _live(await self.errand())

    async def recover(self, errand: Errand, *, known: bool) -> None:
        """Start the next gateway on what the dead one left; the sender, who heard nothing, sends the order again."""
        spent = _intents(errand.store) - _intents(self.here.store) == WRITE_BUDGET
        async with self.here.gateway(errand.store) as desk:
            found = await desk.record(errand.order["order_id"])
            assert (found is not None) is known, "what was committed is there, and nothing else"
            answer = await desk.send(errand.order)
            assert answer.replay is known
            await self._settle(desk, answer.record, spent=spent)

    async def _settle(self, desk: Desk, record: OrderRecord, *, spent: bool) -> None:
        """Wait for the order's result, or decide for a person where one is asked.

        ``spent``: the journal allowed both writes that an operation may make, whether or not they left.
        """
        hold_id, order_id = record.hold_ids[0], record.key.order_id

        async def find() -> OrderRecord | Attention | None:
            now = await desk.record(order_id)
            if now is not None and now.result is not OrderResult.OPEN:
                return now
            return next((item for item in (await desk.hold(hold_id)).attention if item.waiting), None)

        came: OrderRecord | Attention = await desk.until(find, lambda: desk.hold(hold_id))
        if isinstance(came, Attention):
            leg = (await desk.hold(hold_id)).legs[0]
            assert (leg.outcome, leg.because) == self._excuse(spent=spent), leg
            there = self._supply is self.target
            await desk.decide(hold_id, came, Decision.ACCEPT_AS_IS if there else Decision.RETRY)
            came = await desk.until_answered(order_id)
        else:
            leg = (await desk.hold(hold_id)).legs[0]
            assert (leg.outcome, leg.proof) == (Outcome.VERIFIED, Proof.LOAD_PROVEN)
        assert came.result is OrderResult.DONE

    def _excuse(self, *, spent: bool) -> tuple[Outcome, Because] | None:
        """Why a person may be needed. One that has just come up cannot date what a bridge repeats from its cache."""
        if spent:
            return Outcome.CONTRADICTED, Because.NO_MOVEMENT
        return (Outcome.UNVERIFIED, Because.NO_EVIDENCE) if self.meter.remembers_flow else None

    async def walk(self, n: int, death: Death = Death.AT_ONCE) -> None:
        """Die at step ``n``, come up again, and check everything that must then be so."""
        async with self._watched() as errand:
            await _die(replace(errand, die_at=n, death=death))
            await self.recover(errand, known=n > 0)

    async def way_back(self, n: int) -> tuple[str, ...]:
        """Die at step ``n``, and let the next gateway do in peace what is left; the steps that it takes."""
        async with self._watched() as errand:
            await _die(replace(errand, die_at=n))
            steps = await _live(replace(errand, comes_back=True))
            await self.recover(errand, known=True)
        return steps

    async def walk_twice(self, n: int, m: int) -> None:
        """Die at step ``n``, and once more at step ``m`` of the way back."""
        async with self._watched() as errand:
            await _die(replace(errand, die_at=n))
            await _die(replace(errand, die_at=m, comes_back=True))
            await self.recover(errand, known=True)

    async def walk_until_written(self) -> None:
        """Be killed when the meter has taken the write, and before its answer can have come."""
        meter_id, fleet = self.meter.meter_id, self.here.fleet
        async with self._watched() as errand:
            fleet.set_fault(meter_id, "late_write_reply_s", WITHIN_S)
            taken = asyncio.create_task(fleet.journal.wait_for_writes(meter_id, fleet.journal.accepted[meter_id] + 1))
            doomed = Doomed(errand)
            await asyncio.wait_for(taken, WITHIN_S)
            doomed.kill()
            assert await doomed.ended() == DIED, doomed.log
            fleet.clear_fault(meter_id, "late_write_reply_s")
            await self.recover(errand, known=True)

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[Errand]:
        """Walk once: at the end supply is as ordered, by exactly one write, and the referee has no objection."""
        errand = await self.errand()
        async with self.here.refereed(errand.store, before=self._seen) as witness:
            before = len(witness.writes)
            yield errand
        assert self._supply is self.target
        assert [write.target for write in witness.writes[before:]] == [self.target], "exactly one write"


def _intents(store: Path) -> int:
    return sum(
        event.kind == "operation_moved" and event.body["move"]["trigger"] == "intend" for event in read_events(store)
    )


async def _die(errand: Errand) -> None:
    """Let a gateway die on its errand. Where it takes fewer steps than the rehearsal did, it comes to its end."""
    doomed = Doomed(errand)
    told = await doomed.told()
    if told is not None and not told.ended:
        doomed.kill()
    ended = told is not None and told.ended
    assert await doomed.ended() == (0 if ended else DIED), doomed.log


async def _live(errand: Errand) -> tuple[str, ...]:
    """Let a gateway come to the end of its errand; the steps that it takes."""
    doomed = Doomed(errand)
    told = await doomed.told()
    assert await doomed.ended() == 0, doomed.log
    assert told is not None
    assert told.ended, doomed.log
    return told.steps


@asynccontextmanager
async def way(action: str, homes: Homes) -> AsyncIterator[Way]:
    """Run the meter, and prepare."""
    async with premises(homes) as here:
        one = Way(action, homes.places[0], here)
        await one.prepare()
        yield one
