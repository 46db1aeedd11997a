"""The thresholds: what is configured, what two persons agreed on, and how much of it is used now."""

from dataclasses import dataclass

from meterhold.domain.approval import Approval
from meterhold.domain.commands import AskLimits
from meterhold.domain.limits import Limits, within
from meterhold.usecases.ports import Ports


@dataclass(frozen=True, slots=True)
class Used:
    """What one scope has used within the window."""

    scope: str
    asked_off: int
    sent_off: int
    most_off: int
    load_off_w: int
    asked_on: int
    most_on: int


@dataclass(frozen=True, slots=True)
class LimitsInForce:
    """The thresholds, and how much of them is used."""

    configured: Limits
    agreed: Limits | None
    bulk_orders: int
    used: tuple[Used, ...]

    @property
    def in_force(self) -> Limits:
        """Those that count."""
        return self.agreed or self.configured


async def read_limits(ports: Ports) -> LimitsInForce:
    """Say what holds and what is used; scopes without anything in the window are left out."""
    site = await ports.queries.site()
    limits = site.limits or ports.terms.limits
    moment, window_s = site.on_a_steady_clock(ports.clock.now()), limits.window_s
    used = []
    for tally in await ports.queries.tallies():
        asked_off, _ = within(tally.asked_off, moment, window_s)
        sent_off, load_off_w = within(tally.sent_off, moment, window_s)
        asked_on, _ = within(tally.asked_on, moment, window_s)
        if asked_off or sent_off or asked_on:
            most_off, most_on = limits.most_off(tally.scope), limits.most_on(tally.scope)
            used.append(Used(tally.scope, asked_off, sent_off, most_off, load_off_w, asked_on, most_on))
    return LimitsInForce(ports.terms.limits, site.limits, ports.terms.bulk_orders, tuple(used))


async def ask_for_limits(ports: Ports, limits: Limits | None, by: str, reason: str) -> Approval:
    """Ask a second person for other thresholds; ``None``: for those of the configuration."""
    command = AskLimits(ports.clock.now(), ports.ids.new(), limits, by, reason)
    draft = await ports.journal.submit(command)
    return draft.approval(command.approval_id)
