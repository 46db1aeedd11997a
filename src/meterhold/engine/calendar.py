"""Jobs of the calendar: they sharpen or report; no order depends on them. The only importer of APScheduler."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger


@dataclass(frozen=True, slots=True)
class CalendarJob:
    """Something to do at civil times of the site."""

    name: str
    cron: str
    """Five fields, as crontab writes them, in the site's time zone."""
    run: Callable[[], Awaitable[None]]


def make_calendar(jobs: tuple[CalendarJob, ...], time_zone: str) -> AsyncIOScheduler:
    """Build the scheduler: nothing is kept, missed runs are made up for once, none is skipped for being late."""
    scheduler = AsyncIOScheduler(
        jobstores={"default": MemoryJobStore()},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        timezone=time_zone,
    )
    for job in jobs:
        scheduler.add_job(job.run, CronTrigger.from_crontab(job.cron, timezone=time_zone), id=job.name, name=job.name)
    return scheduler
