"""The watch takes no more than its share of a line, lets orders go first, and is there again after each start."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.draft import Draft, World
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.watch import WatchRules
from meterhold.domain.words import Because, Mode
from meterhold.engine import Engine
from meterhold.engine.drain import Drain
from meterhold.engine.patience import GaveWay, PatientLinks
from meterhold.engine.watch import Watch
from meterhold.profiles import plan_look
from meterhold.profiles.wire import ModbusWrite
from tests.fakes.gateway import Gateway, built_in
from tests.fakes.metering import DDS238, XINTAI, place
from tests.fakes.world import Fuse

READ_S = 0.04
"""What a read takes on these lines."""
RULES = WatchRules(every_s=60, share=0.05, silent_after_s=300)


@dataclass(slots=True)
class Line(Fuse):
    """Lets time pass for each read, and knows how much it was."""

    busy_s: float = 0.0

    def burn(self, place: str) -> None:
        """Take the time that a read takes."""
        if place == "before a question" and self.clock is not None:
            self.clock.run_s(READ_S)
            self.busy_s += READ_S


@dataclass(slots=True)
class Site:
    """Meters that are held on one line, the watch over them, and whether orders have work there."""

    gateway: Gateway
    line: Line
    watch: Watch = field(init=False)
    works: bool = False

    def __post_init__(self) -> None:
        """Begin to watch."""
        self.start()

    def start(self) -> None:
        """Come up anew: nothing is known but what stands in the store."""
        self.watch = Watch(self.gateway.ports, lambda _link: self.works)

    async def pass_by(self, seconds: float, *, step_s: float = 0.5) -> None:
        """Let time pass, with a pass of the watch at each step and each look to its end."""
        until = self.gateway.clock.now() + timedelta(seconds=seconds)
        while self.gateway.clock.now() < until:
            await self.watch.once()
            await asyncio.gather(*self.watch._at_work.values())
            await asyncio.sleep(0)
            self.gateway.clock.run_s(step_s)


def held(number: int, *, profile: str = XINTAI, rules: WatchRules = RULES, mode: Mode = Mode.MONITOR_ONLY) -> Site:
    """So many meters on one line, each with a hold of its own."""
    gateway = Gateway(terms=Terms(watch=rules))
    names = [f"M-{n}" for n in range(number)]
    gateway.install(*(place(profile, name, link="line", address=str(n + 1)) for n, name in enumerate(names)))
    for name in names:
        gateway.suspend(name, mode=mode)
    gateway.settle()
    assert all(h.status in {HoldStatus.MONITORING, HoldStatus.SUSPENDED} for h in gateway.journal.world.holds.values())
    line = Line(clock=gateway.clock)
    gateway.links.fuse = line
    return Site(gateway, line)


def looked(site: Site) -> set[str]:
    """Whom the watch has seen since it came up."""
    return set(site.watch._well_at)


async def test_the_watch_keeps_within_its_share_of_a_line() -> None:
    """More meters than the share can serve: the line is never busier for it, and each gets its turn all the same."""
    site = held(80)
    begun = site.gateway.clock.monotonic()
    look_s = READ_S * len(plan_look(built_in()[XINTAI], "1"))
    await site.pass_by(600)
    passed_s = site.gateway.clock.monotonic() - begun
    assert site.line.busy_s <= RULES.share * passed_s + look_s
    assert site.line.busy_s >= RULES.share * passed_s * 0.7
    assert len(looked(site)) == 80


async def test_on_a_link_that_takes_several_turns_at_once_a_look_takes_one_of_them() -> None:
    """A twentieth of sixteen turns is four fifths of one."""

    class Wide(PatientLinks):
        def width(self, link: str) -> int:
            """Sixteen at once."""
            return 16

    site = held(1)
    wide = Wide(site.gateway.links, lambda _link: False, site.gateway.clock)
    watch = Watch(replace(site.gateway.ports, links=wide), lambda _link: False)
    watch._rest("broker", 4.0)
    assert watch._rests_until["broker"] - site.gateway.clock.monotonic() == pytest.approx(1.0)


async def test_a_share_that_is_enough_looks_at_everybody_once_an_interval() -> None:
    """No more and no less than the interval asks for."""
    site = held(5)
    await site.pass_by(120)
    before = site.line.busy_s
    await site.pass_by(600)
    looks = (site.line.busy_s - before) / (READ_S * len(plan_look(built_in()[XINTAI], "1")))
    assert 5 * 10 - 5 <= round(looks) <= 5 * 10 + 5


async def test_nothing_is_begun_while_orders_have_work_on_the_line() -> None:
    """However long that lasts; then the watch goes on."""
    site = held(3)
    site.works = True
    await site.pass_by(300)
    assert site.line.busy_s == 0
    site.works = False
    await site.pass_by(300)
    assert len(looked(site)) == 3


async def test_a_look_gives_way_after_the_read_in_flight() -> None:
    """An order that comes up in the middle waits for one read, and the look is taken again later."""
    site = held(1, profile=DDS238)
    reads = plan_look(built_in()[DDS238], "1")
    assert len(reads) > 1
    patient = PatientLinks(site.gateway.links, lambda _link: site.works, site.gateway.clock)
    async with patient.turn("line") as turn:
        await turn.ask(reads[0])
        site.works = True
        with pytest.raises(GaveWay):
            await turn.ask(reads[1])
    assert site.line.busy_s == pytest.approx(READ_S)
    assert patient.spent_s == pytest.approx(READ_S)
    with pytest.raises(GaveWay):
        await patient.turn("line").__aenter__()
    await site.pass_by(30)
    site.works = False
    await site.pass_by(90)
    assert len(looked(site)) == 1


async def test_the_engine_counts_as_work_what_is_due_or_takes_all_turns() -> None:
    """An operation whose turn has come; one that waits for a later moment leaves the line free."""
    gateway = Gateway()
    gateway.install(place(DDS238, "E-1", link="line"))
    engine = Engine(gateway.ports)
    assert not engine._has_work("line")
    hold = gateway.suspend("E-1")
    engine._board.meters["E-1"] = gateway.meter("E-1")
    engine._board.put(gateway.hold(hold.hold_id))
    assert engine._has_work("line")
    assert not engine._has_work("another line")
    assert engine._board.next("line", gateway.clock.now()) is not None
    engine._drains["line"] = drain = Drain("line", 1, engine._board, gateway.clock, engine._advance, engine._poisoned)
    assert not engine._has_work("line")
    drain._workers.add(asyncio.create_task(asyncio.sleep(0)))
    assert engine._has_work("line")
    await asyncio.gather(*drain._workers)


async def test_the_watch_cannot_write() -> None:
    """Not even by a defect of its own."""
    site = held(1)
    patient = PatientLinks(site.gateway.links, lambda _link: False, site.gateway.clock)
    async with patient.turn("line") as turn:
        with pytest.raises(AssertionError, match="about to write"):
            await turn.write(ModbusWrite(1, 6, 0x1A, (1,)))
    assert all(meter.writes == [] for meter in site.gateway.links.meters)


async def test_after_a_start_whom_to_watch_is_found_in_the_store() -> None:
    """Within an interval everybody is seen again; what was owed is looked at at once."""
    site = held(4)
    site.start()
    await site.pass_by(5)
    assert len(looked(site)) == 4, "the begin of a hold that only watches is owed a look"
    site.gateway.restart()
    site.start()
    await site.pass_by(1)
    assert len(looked(site)) < 4
    await site.pass_by(60)
    assert len(looked(site)) == 4


async def test_who_is_no_longer_held_is_left_alone() -> None:
    """After the last look at the end of its hold nothing is asked of it any more."""
    site = held(1)
    await site.pass_by(120)
    (hold,) = site.gateway.journal.world.holds.values()
    site.gateway.restore(hold.hold_id)
    await site.pass_by(120)
    busy_s = site.line.busy_s
    await site.pass_by(600)
    assert site.line.busy_s == busy_s


async def test_a_meter_that_moved_to_another_line_is_watched_there() -> None:
    """Its looks count against the line that carries them."""
    site = held(1)
    await site.pass_by(5)
    site.gateway.flag("M-0", link="another line")
    site.watch.learn([Draft(World(), meters={"M-0": site.gateway.meter("M-0")})])
    assert site.watch._rounds.link_of("M-0") == "another line"


async def test_what_is_heard_is_compared_at_once_and_at_a_pace() -> None:
    """A talkative device is looked at once a minute, and never forgotten meanwhile."""
    site = held(1, rules=replace(RULES, every_s=3600, share=0.5))
    await site.pass_by(5)
    for _ in range(240):
        site.watch.heard("M-0")
        await site.pass_by(0.5)
    looks = site.line.busy_s / (READ_S * len(plan_look(built_in()[XINTAI], "1")))
    assert 3 <= round(looks) <= 4
    site.watch.heard("M-unknown")


async def test_a_link_that_stays_down_is_one_alarm() -> None:
    """Not one for each meter behind it; once it was up again, the next time is another matter."""
    site = held(6, profile=DDS238)
    await site.pass_by(10)

    def said() -> list[Because]:
        return [alarm.code for alarm in site.gateway.journal.alarms.values()]

    for wanted in (1, 2):
        site.gateway.links.down.add("line")
        await site.pass_by(240)
        assert len(said()) == wanted - 1
        await site.pass_by(400)
        assert said() == [Because.DEVICE_SILENT] * wanted
        (alarm,) = site.gateway.journal.world.site.alarms[-1:]
        assert alarm.subject == "link line"
        site.gateway.journal.world.site = replace(site.gateway.journal.world.site, alarms=())
        site.gateway.links.down.clear()
        await site.pass_by(120)


async def test_one_meter_that_cannot_be_watched_does_not_keep_the_others_from_it() -> None:
    """Its model is not known any more; the others are seen."""
    site = held(3)
    meter = site.gateway.meter("M-1")
    gone = replace(meter, installation=replace(meter.installation, profile="gone"))
    site.gateway.journal.world.meters["M-1"] = gone
    await site.pass_by(120)
    assert set(looked(site)) == {"M-0", "M-2"}
