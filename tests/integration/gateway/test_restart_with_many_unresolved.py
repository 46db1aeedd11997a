"""A gateway comes up with thousands of writes in doubt: it looks, one meter of a line at a time, before it writes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from meterhold.clock import machine_time
from meterhold.documents.config import GatewayDocument
from meterhold.domain.commands import RegisterMeters, Terms
from meterhold.domain.decide import decide
from meterhold.domain.limits import Limits
from meterhold.domain.meter import Installation
from meterhold.domain.words import Outcome, Service
from meterhold.store import InlineExecutor, open_store
from meterhold.usecases.ports import Links, Ports, Turn
from meterhold.usecases.settled import Settled
from meterhold_simulators import Fleet, Supply, parse_fleet
from tests.fakes.journal import intent, suspend
from tests.support.desk import Desk
from tests.support.faceless import faceless_gateway
from tests.support.homes import XINTAI, quick_profiles
from tests.support.witness import Witness

LINES, A_LINE = 25, 200
UNMOVED = frozenset(range(0, LINES * A_LINE, 500))
"""Of these the write never arrived."""


@dataclass(frozen=True, slots=True)
class Valve:
    """A valve by its number."""

    n: int

    @property
    def meter_id(self) -> str:
        """Its name."""
        return f"W-{self.n}"

    @property
    def line(self) -> str:
        """Its line."""
        return f"line-{self.n // A_LINE}"

    @property
    def unit(self) -> int:
        """Its unit id on that line."""
        return self.n % A_LINE + 1

    @property
    def serial(self) -> str:
        """The number on its plate."""
        return f"22{self.n:08}"

    @property
    def device(self) -> dict[str, Any]:
        """What the simulators make of it."""
        what = {"id": self.meter_id, "model": "xintai", "listener": self.line, "unit": self.unit}
        return {**what, "serial": self.serial, "demand_m3_h": 0.42, "volume_m3": 318.2, "travel_s": 0.02}

    @property
    def installation(self) -> Installation:
        """What the registry says of it."""
        serial = self.serial.rjust(16, "0")
        return Installation(
            self.meter_id, f"SP-{self.n}", Service.WATER, XINTAI, self.line, str(self.unit), serial=serial
        )


GENEROUS = Terms(
    limits=Limits(off_by_sender=10**6, off_by_area=10**6, off_by_fleet=10**6, load_off_kw=10**6), valves_at_once=10**6
)
"""Thresholds that so many would not pass one by one; here they have."""
VALVES = [Valve(n) for n in range(LINES * A_LINE)]


async def leave_in_doubt(file: Path) -> None:
    """Leave the journal of a gateway that died with a write under way at every valve."""
    store = open_store(f"sqlite:///{file}", executor=InlineExecutor(), decide=decide, writer="dead", create=True)
    now = machine_time()
    await store.journal.submit(RegisterMeters(now, tuple(valve.installation for valve in VALVES)))
    orders = (replace(suspend(f"WO-{valve.n}", valve.meter_id, at=now), terms=GENEROUS) for valve in VALVES)
    drafts = await asyncio.gather(*(store.journal.submit(order) for order in orders))
    holds = [hold for draft in drafts for hold in draft.holds.values()]
    intents = (replace(intent(hold, hold.legs[0].meter_id, at=now), terms=GENEROUS) for hold in holds)
    await asyncio.gather(*(store.journal.submit(command) for command in intents))
    await store.close()


@dataclass(slots=True)
class Pace:
    """Counts how many turns are under way at once on each line."""

    now: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)

    def around(self, ports: Ports) -> Ports:
        """Put the count around a gateway's links, and let its thresholds not be what stops anything here."""
        return replace(ports, links=_Paced(ports.links, self), settled=Settled(ports.profiles, GENEROUS))


@dataclass(frozen=True, slots=True)
class _Paced:
    links: Links
    pace: Pace

    def shards(self, link: str) -> Sequence[str]:
        """As the real ones say."""
        return self.links.shards(link)

    def turn(self, link: str) -> AbstractAsyncContextManager[Turn]:
        """Take a turn that is counted."""
        return self._turn(link)

    @asynccontextmanager
    async def _turn(self, link: str) -> AsyncIterator[Turn]:
        self.pace.now[link] += 1
        self.pace.most[link] = max(self.pace.most[link], self.pace.now[link])
        try:
            async with self.links.turn(link) as turn:
                yield turn
        finally:
            self.pace.now[link] -= 1

    def width(self, link: str) -> int:
        """As the real ones say."""
        return self.links.width(link)

    def names(self) -> Sequence[str]:
        """As the real ones say."""
        return self.links.names()

    def up(self, link: str) -> bool:
        """As the real ones say."""
        return self.links.up(link)


def config(folder: Path, ports: dict[str, int]) -> GatewayDocument:
    """A gateway with all the lines. Its registry's file is gone: it goes on with what the journal knows."""
    links = {
        name: {"kind": "modbus", "host": "127.0.0.1", "port": port, "framing": "tcp", "timeout_s": 10.0}
        for name, port in ports.items()
    }
    return GatewayDocument.model_validate(
        {
            "schema_version": 1,
            "site": {"name": "tests", "time_zone": "Europe/Berlin"},
            "store": {"url": f"sqlite:///{folder}/journal.sqlite"},
            "meters": str(folder / "meters.csv"),
            "links": links,
        }
    )


async def until_all_ended(desk: Desk) -> None:
    """Wait until no operation is open."""

    async def find() -> bool | None:
        return None if await desk.ports.queries.open_operation_holds() else True

    async with asyncio.timeout(180):
        while await find() is None:  # noqa: ASYNC110 - asking at every commit would take longer than the work
            await asyncio.sleep(0.5)


@pytest.mark.timeout(400)
async def test_thousands_in_doubt_are_looked_at_in_turn_before_anything_is_written(tmp_path: Path) -> None:
    """All that moved are found done and not written; the few that did not are written once, after their look."""
    file, pace = tmp_path / "journal.sqlite", Pace()
    await leave_in_doubt(file)
    spec = parse_fleet(
        {
            "listeners": {f"line-{n}": {"framing": "mbap"} for n in range(LINES)},
            "meters": [valve.device for valve in VALVES],
        }
    )
    async with Fleet.start(spec) as fleet:
        for valve in VALVES:
            if valve.n not in UNMOVED:
                fleet.press_button(valve.meter_id)
        last = VALVES[-1].meter_id
        await fleet.wait_until(last, lambda truth: truth.supply is Supply.DISCONNECTED)
        gateway = faceless_gateway(config(tmp_path, dict(fleet.ports)), file, quick_profiles(), wrap=pace.around)
        with Witness(machine_time).at(fleet, file) as witness:
            async with gateway as desk:
                await until_all_ended(desk)
                holds = [await desk.hold(f"H-WO-{valve.n}") for valve in VALVES]
        assert {hold.legs[0].outcome for hold in holds} == {Outcome.VERIFIED}
        assert {write.meter_id for write in witness.writes} == {f"W-{n}" for n in UNMOVED}
        assert len(witness.writes) == len(UNMOVED)
        assert all(write.reads_before > 0 for write in witness.writes)
        assert pace.most == dict.fromkeys((f"line-{n}" for n in range(LINES)), 1), "one at a time on each line"
        assert all(fleet.truth(valve.meter_id).supply is Supply.DISCONNECTED for valve in VALVES)
