"""Which meters are watched, and the alarms: found in the store, whatever came before."""

from datetime import timedelta

from meterhold.domain.commands import AcknowledgeAlarm, ReportAlarm, ReportSiteAlarm
from meterhold.domain.words import Because
from meterhold.store import Store
from meterhold.usecases.ports import WatchedMeter
from tests.contract.journal.conftest import Opener
from tests.fakes.journal import NOON, intent, outcome, register, restore, suspend


async def test_a_meter_is_watched_while_a_hold_is_open_there(opener: Opener) -> None:
    """From the order on until supply is back, and in the next process as well."""
    store = opener()
    await store.journal.submit(register("E-1", "E-2", link="line-7"))
    assert await store.queries.watched_meters() == []
    hold = (await store.journal.submit(suspend("WO-1", "E-1"))).holds["H-WO-1"]
    held = [WatchedMeter("E-1", "line-7")]
    assert await store.queries.watched_meters() == held
    hold = (await store.journal.submit(intent(hold, "E-1"))).holds["H-WO-1"]
    await store.journal.submit(outcome(hold, "E-1"))
    await store.close()
    store = opener()
    assert await store.queries.watched_meters() == held
    hold = (await store.journal.submit(restore("R-1", "H-WO-1"))).holds["H-WO-1"]
    hold = (await store.journal.submit(intent(hold, "E-1"))).holds["H-WO-1"]
    await store.journal.submit(outcome(hold, "E-1"))
    assert await store.queries.watched_meters() == []


async def test_a_meter_is_watched_where_it_now_is(store: Store) -> None:
    """It moved to another line while it was held."""
    await store.journal.submit(register("E-1"))
    await store.journal.submit(suspend("WO-1", "E-1"))
    await store.journal.submit(register("E-1", link="line-2"))
    assert await store.queries.watched_meters() == [WatchedMeter("E-1", "line-2")]


async def test_alarms_come_in_pages_newest_first(store: Store) -> None:
    """Of the site and of meters; those of one moment by their names."""
    await store.journal.submit(register("E-1", "E-2"))
    for n, meter_id in enumerate(("E-1", "E-2", "E-1")):
        at = NOON + timedelta(minutes=n // 2)
        await store.journal.submit(ReportAlarm(at, meter_id, Because.RETAINED_COMMAND, "left", f"topic {n}"))
    last = NOON + timedelta(hours=1)
    await store.journal.submit(ReportSiteAlarm(last, Because.STORE_NEARLY_FULL, "hardly any room"))
    pages, after = [], None
    for _ in range(3):
        page = await store.queries.list_alarms(still_open=False, meter_id=None, after=after, limit=2)
        pages.append([alarm.alarm_id for alarm in page])
        after = (page[-1].raised_at, page[-1].alarm_id) if page else None
    assert pages == [["site.1", "E-1.2"], ["E-2.1", "E-1.1"], []]
    of_one = await store.queries.list_alarms(still_open=False, meter_id="E-1", after=None, limit=9)
    assert [alarm.alarm_id for alarm in of_one] == ["E-1.2", "E-1.1"]


async def test_an_acknowledged_alarm_is_kept_and_no_longer_open(opener: Opener) -> None:
    """Who, when and what was said of it; the next process knows it too."""
    store = opener()
    await store.journal.submit(register("E-1"))
    await store.journal.submit(ReportAlarm(NOON, "E-1", Because.RETAINED_COMMAND, "left", "a"))
    await store.journal.submit(ReportAlarm(NOON, "E-1", Because.RETAINED_COMMAND, "left", "b"))
    later = NOON + timedelta(minutes=5)
    await store.journal.submit(AcknowledgeAlarm(later, "E-1.1", "E-1", "kim", "on my way"))
    await store.close()
    store = opener()
    assert await store.queries.open_alarms() == 1
    alarm = await store.queries.alarm("E-1.1")
    assert alarm is not None
    assert (alarm.acknowledged_at, alarm.acknowledged_by, alarm.comment) == (later, "kim", "on my way")
    left = await store.queries.list_alarms(still_open=True, meter_id=None, after=None, limit=9)
    assert [one.alarm_id for one in left] == ["E-1.2"]
    assert await store.queries.alarm("E-1.9") is None
