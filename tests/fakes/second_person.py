"""A street whose thresholds are low, and the people who decide what passes them."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from meterhold.domain.approval import Approval, ApprovalKind
from meterhold.domain.commands import ExpireApproval, FinishApproval, FollowApproval, StepClock, Terms
from meterhold.domain.hold import Hold
from meterhold.domain.limits import Limits
from meterhold.domain.order import OrderKey
from meterhold.usecases.approving import decide_approval
from tests.fakes.gateway import Gateway
from tests.fakes.metering import SHELLY, FakeMeter, place
from tests.fakes.world import run

WINDOW = timedelta(hours=1)
TIGHT = Limits(off_by_sender=3, off_by_area=100, off_by_fleet=100, load_off_kw=10_000.0)


@dataclass(slots=True)
class Street:
    """Homes that are all alike, ``M-1`` and on, each at a service point of its own."""

    gateway: Gateway
    meters: list[FakeMeter] = field(default_factory=list)

    @classmethod
    def of(cls, homes: int, limits: Limits = TIGHT, *, area: str | None = None, bulk_orders: int = 20) -> "Street":
        """Build one."""
        gateway = Gateway(terms=Terms(limits=limits, bulk_orders=bulk_orders))
        names = [f"M-{n}" for n in range(1, homes + 1)]
        places = [replace(place(SHELLY, name, service_point=f"SP-{name}"), area=area) for name in names]
        return cls(gateway, gateway.install(*places))

    @property
    def off(self) -> list[str]:
        """Which homes have no supply."""
        return [meter.place.meter_id for meter in self.meters if not meter.supplied]

    def suspend(self, *numbers: int, sender: str = "cis") -> list[Hold]:
        """Send an order for each of these homes."""
        return [self.gateway.suspend(f"M-{number}", sender=sender) for number in numbers]

    def jump_s(self, seconds: float) -> None:
        """Let the machine's clock jump, and the gateway take the new time over."""
        gateway = self.gateway
        gateway.clock.at += timedelta(seconds=seconds)
        holds = tuple(run(gateway.journal.open_operation_holds()))
        run(gateway.journal.submit(StepClock(gateway.clock.now(), seconds, holds)))

    def status(self, hold: Hold) -> str:
        """Where a hold stands."""
        return self.gateway.hold(hold.hold_id).status.value

    def only_approval(self, kind: ApprovalKind = ApprovalKind.QUARANTINE) -> Approval:
        """The one approval of a kind."""
        (found,) = [one for one in self.gateway.journal.world.approvals.values() if one.kind is kind]
        return found

    def decide(
        self, approval: Approval, *, granted: bool = True, by: str = "kim", set_hash: str | None = None
    ) -> Approval:
        """Decide on a set as it was seen, and let all of its orders hear of it."""
        ports, seen = self.gateway.ports, set_hash or approval.set_hash
        decided = run(
            decide_approval(ports, approval.approval_id, granted=granted, set_hash=seen, by=by, comment="looked at")
        )
        self.follow()
        return decided

    def follow(self) -> None:
        """Do what the engine does with decisions and with what nobody decided, one order at a time."""
        journal, now = self.gateway.journal, self.gateway.clock.now()
        for approval_id in run(journal.due_approvals(now, 100)):
            run(journal.submit(ExpireApproval(now, approval_id)))
            for record in run(journal.approval_orders(approval_id, waiting=True, after=None, limit=10_000)):
                self.tell(approval_id, record.key)
            run(journal.submit(FinishApproval(now, approval_id)))

    def tell(self, approval_id: str, key: OrderKey) -> None:
        """Let one order hear of a decision."""
        record = self.gateway.journal.world.orders[key]
        command = FollowApproval(self.gateway.clock.now(), approval_id, key, record.hold_ids, self.gateway.terms)
        run(self.gateway.journal.submit(command))
