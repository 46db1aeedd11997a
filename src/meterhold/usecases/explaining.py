"""Explain the site's rules for a meter and a moment: which bite, which do not, and when the next window opens."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.decide.policy_case import is_left_on, premises_of
from meterhold.domain.errors import UnknownThing
from meterhold.domain.policy import Case, Explanation, Override, Verdict, explain, floor
from meterhold.domain.words import Action, Because, Mode, Reason
from meterhold.usecases.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What somebody wants to know. Without ``at``: now."""

    meter_id: str
    action: Action = Action.SUSPEND
    reason: Reason
    mode: Mode = Mode.PHYSICAL
    at: datetime | None = None
    ends_at: datetime | None = None
    notice_given_at: datetime | None = None
    vacant_verified: bool = False
    customer_present: bool = False
    override_protected: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the floor and the rules say."""

    at: datetime
    floor: tuple[Verdict, ...]
    rules: Explanation


async def explain_policy(ports: Ports, inquiry: Inquiry) -> Answer:
    """Judge as if the meter were to be switched at that moment; nothing is stored."""
    meter = await ports.queries.meter(inquiry.meter_id)
    if meter is None or meter.retired:
        raise UnknownThing(Because.UNKNOWN_METER, f"there is no meter {inquiry.meter_id!r}")
    now = ports.clock.now()
    at = inquiry.at or now
    beside = await ports.queries.meters(await ports.queries.meters_at(meter.installation.service_point))
    site = await ports.queries.site()
    case = Case(
        action=inquiry.action,
        reason=inquiry.reason,
        received_at=min(at, now),
        now=min(at, now),
        starts_at=at,
        ends_at=inquiry.ends_at,
        notice_given_at=inquiry.notice_given_at,
        vacant_verified=inquiry.vacant_verified,
        customer_present=inquiry.customer_present,
        legs=() if inquiry.mode is Mode.MONITOR_ONLY else (premises_of(meter, inquiry.mode),),
        left_on=tuple(
            premises_of(other) for name, other in beside.items() if name != meter.meter_id and is_left_on(other)
        ),
        forecasts=site.forecasts,
        moratoria=site.moratoria,
    )
    why = inquiry.override_protected
    override = None if why is None else Override(why, inquiry.reason)
    protects = inquiry.action is Action.SUSPEND and inquiry.mode is not Mode.MONITOR_ONLY
    protected = floor((meter,), case.now, override) if protects else ()
    return Answer(at, protected, explain(ports.terms.policy, case, at))
