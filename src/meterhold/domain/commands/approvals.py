"""What may be asked of what waits for a second person."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.commands.terms import DEFAULT_TERMS, Terms
from meterhold.domain.limits import Limits
from meterhold.domain.order import OrderKey


@dataclass(frozen=True, slots=True)
class DecideApproval:
    """A second person decides on exactly the set that they have seen."""

    at: datetime
    approval_id: str
    granted: bool
    set_hash: str
    by: str
    """The authenticated caller: who asked may not decide."""
    comment: str

    @property
    def needs(self) -> Needs:
        """The approval, and who asked for it."""
        return Needs(approvals=(self.approval_id,))


@dataclass(frozen=True, slots=True)
class FollowApproval:
    """Do with one order of a set as was decided."""

    at: datetime
    approval_id: str
    key: OrderKey
    hold_ids: tuple[str, ...]
    """The holds that the order means."""
    terms: Terms = DEFAULT_TERMS

    @property
    def needs(self) -> Needs:
        """The order, its holds, and what else is open at their meters."""
        return Needs((self.key,), self.hold_ids, approvals=(self.approval_id,), whole_holds=True, holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class FinishApproval:
    """All orders of a set have heard of the decision."""

    at: datetime
    approval_id: str

    @property
    def needs(self) -> Needs:
        """The approval."""
        return Needs(approvals=(self.approval_id,))


@dataclass(frozen=True, slots=True)
class ExpireApproval:
    """Nobody has decided, and nothing waits any longer."""

    at: datetime
    approval_id: str

    @property
    def needs(self) -> Needs:
        """The approval, and who asked for it."""
        return Needs(approvals=(self.approval_id,))


@dataclass(frozen=True, slots=True)
class CompleteSet:
    """The whole document has been taken in: the set that is to be decided on will not grow any more."""

    at: datetime
    approval_id: str

    @property
    def needs(self) -> Needs:
        """The approval."""
        return Needs(approvals=(self.approval_id,))


@dataclass(frozen=True, slots=True)
class AskLimits:
    """Ask a second person for other thresholds; ``None``: for those of the configuration."""

    at: datetime
    approval_id: str
    limits: Limits | None
    by: str
    reason: str

    @property
    def needs(self) -> Needs:
        """Who asks."""
        return Needs(originators=(self.by,))
