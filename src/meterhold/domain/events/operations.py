"""What happened to the work at one meter."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.operation import Move, Operation


@dataclass(frozen=True, slots=True)
class OperationQueued:
    """Work at a meter was planned."""

    at: datetime
    operation: Operation

    @property
    def hold_id(self) -> str:
        """The hold that it works for."""
        return self.operation.hold_id


@dataclass(frozen=True, slots=True)
class OperationMoved:
    """An operation took a step of its table."""

    at: datetime
    hold_id: str
    meter_id: str
    operation_id: str
    move: Move
