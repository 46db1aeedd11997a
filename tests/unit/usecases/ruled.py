"""A home under rules, and a second person who agrees."""

from meterhold.domain.commands import Terms
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.policy import Effect, Rule
from meterhold.domain.policy.conditions import Hours
from meterhold.usecases.approving import decide_approval, follow_approvals
from tests.fakes.gateway import Gateway, Home, home
from tests.unit.domain.policy.cases import at, policy, rule, window

# The gateway's clock begins on a Sunday at noon, in UTC.
OFFICE = rule(Hours((window(),)), Effect.DEFER, "office")
MONDAY_8 = at("2026-03-02 08:00")


def ruled(*rules: Rule, wait_s: float = 10 * 86_400) -> Home:
    """A home under these rules; a suspension may wait for ten days, also for a meter that is silent."""
    at_home = home()
    at_home.gateway.terms = Terms(suspend_within_s=wait_s, unreachable_after_s=wait_s, policy=policy(*rules))
    return at_home


def status(gateway: Gateway, hold: Hold) -> HoldStatus:
    """Where a hold stands now."""
    return gateway.hold(hold.hold_id).status


async def grant(gateway: Gateway, approval_id: str) -> None:
    """Agree as another person, and let the orders hear of it."""
    approval = gateway.journal.world.approvals[approval_id]
    await decide_approval(
        gateway.ports, approval_id, granted=True, set_hash=approval.set_hash, by="chief", comment="agreed"
    )
    await follow_approvals(gateway.ports)
