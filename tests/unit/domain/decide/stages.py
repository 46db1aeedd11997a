"""A home in each situation of a hold's life, reached by orders, time and faults only."""

from collections.abc import Callable
from datetime import timedelta

from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Flag, Mode
from tests.fakes.gateway import Home, home

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def scheduled() -> tuple[Home, Hold]:
    """Starts in an hour, ends in a week."""
    at_home = home()
    now = at_home.gateway.clock.now()
    return at_home, at_home.suspend(starts_at=now + HOUR, ends_at=now + 7 * DAY)


def unwritten() -> tuple[Home, Hold]:
    """Suspending, with the first meter silent: nothing has been written."""
    at_home = home()
    at_home.water.silent = True
    hold = at_home.suspend(ends_at=at_home.gateway.clock.now() + 7 * DAY)
    at_home.gateway.run_s(5)
    return at_home, hold


def in_doubt() -> tuple[Home, Hold]:
    """Suspending, with a write to the first meter that nobody has heard of since."""
    at_home = home()
    at_home.gateway.links.referee = lambda meter, _: setattr(meter, "silent", True)
    hold = at_home.suspend(ends_at=at_home.gateway.clock.now() + 7 * DAY)
    at_home.gateway.run_s(5)
    assert at_home.gateway.leg(hold.hold_id, "W-1").written
    return at_home, hold


def suspended() -> tuple[Home, Hold]:
    """Both legs proven off, for a week."""
    at_home = home()
    hold = at_home.suspend(ends_at=at_home.gateway.clock.now() + 7 * DAY)
    at_home.gateway.settle()
    return at_home, hold


def monitoring() -> tuple[Home, Hold]:
    """Only watched."""
    at_home = home()
    return at_home, at_home.suspend(mode=Mode.MONITOR_ONLY, ends_at=at_home.gateway.clock.now() + 7 * DAY)


def restoring() -> tuple[Home, Hold]:
    """Asked back, with silent meters."""
    at_home, hold = suspended()
    at_home.power.silent = at_home.water.silent = True
    at_home.gateway.restore(hold.hold_id)
    return at_home, hold


def restored() -> tuple[Home, Hold]:
    """Back."""
    at_home, hold = suspended()
    at_home.gateway.restore(hold.hold_id)
    at_home.gateway.settle()
    return at_home, hold


def cancelled() -> tuple[Home, Hold]:
    """Called off in time."""
    at_home, hold = scheduled()
    at_home.gateway.restore(hold.hold_id)
    return at_home, hold


def expired() -> tuple[Home, Hold]:
    """Not reachable before it was too late."""
    at_home, hold = unwritten()
    at_home.power.silent = True
    at_home.gateway.run_s(2 * 86_400)
    return at_home, hold


def closed() -> tuple[Home, Hold]:
    """Left off for good."""
    at_home, hold = suspended()
    at_home.gateway.close(hold.hold_id)
    return at_home, hold


def rejected() -> tuple[Home, Hold]:
    """Refused when it fell due: the home became protected meanwhile."""
    at_home, hold = scheduled()
    at_home.gateway.flag("W-1", flags=frozenset({Flag.LIFE_SUPPORT}))
    at_home.gateway.run_s(2 * 3600)
    return at_home, hold


STAGES: dict[str, tuple[Callable[[], tuple[Home, Hold]], HoldStatus]] = {
    "scheduled": (scheduled, HoldStatus.SCHEDULED),
    "unwritten": (unwritten, HoldStatus.SUSPENDING),
    "in_doubt": (in_doubt, HoldStatus.SUSPENDING),
    "suspended": (suspended, HoldStatus.SUSPENDED),
    "monitoring": (monitoring, HoldStatus.MONITORING),
    "restoring": (restoring, HoldStatus.RESTORING),
    "restored": (restored, HoldStatus.RESTORED),
    "cancelled": (cancelled, HoldStatus.CANCELLED),
    "expired": (expired, HoldStatus.EXPIRED),
    "closed": (closed, HoldStatus.CLOSED),
    "rejected": (rejected, HoldStatus.REJECTED),
}
FINAL = ("restored", "cancelled", "expired", "closed", "rejected")


def at_stage(name: str) -> tuple[Home, str]:
    """Bring a home there; return it with the hold's name."""
    reach, status = STAGES[name]
    at_home, hold = reach()
    assert at_home.gateway.hold(hold.hold_id).status is status
    return at_home, hold.hold_id
