"""The one error tree. Each edge translates it exactly once.

::

    MeterholdError
    ├── Refused                 we say no: nothing was stored, nothing was sent
    │   ├── DuplicateOrder      same key, other content
    │   ├── UnknownThing        no such meter, hold, order
    │   └── IllegalTransition   the table has no such step (a defect, or a competing writer)
    ├── Malformed               a document with faults, all of them at once
    ├── StoreUnavailable        the journal cannot be written: nothing may be switched
    │   └── NoRoom              it soon cannot: what is left is for bringing supply back
    └── WireError               what happened between us and a meter
        ├── NeverSent           certain: no byte of the request left, or the meter says it was not taken
        ├── MeterRefused        certain: the meter answered no
        ├── NoAnswer            a question (never a write) stayed unanswered or was answered wrongly
        └── OutcomeUnknown      a write may or may not have taken effect: look before anything else
"""

from collections.abc import Sequence
from dataclasses import dataclass

from meterhold.domain.frame import Frame
from meterhold.domain.words import Because


class MeterholdError(Exception):
    """Anything meterhold itself raises."""


class Refused(MeterholdError):
    """We say no; nothing was stored and nothing was sent."""

    def __init__(self, code: Because, detail: str) -> None:
        """Keep the code for machines and the sentence for people."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class DuplicateOrder(Refused):
    """The order's key was used before, for other content."""

    def __init__(self, order_id: str) -> None:
        """Name the order."""
        super().__init__(
            Because.DUPLICATE_ORDER, f"order_id {order_id!r} was used before for an order with other content"
        )


class UnknownThing(Refused):
    """There is no such meter, hold or order."""


class IllegalTransition(Refused):
    """The table has no such step."""

    def __init__(self, machine: str, state: str, trigger: str) -> None:
        """Name the machine, where it stands and what was tried."""
        super().__init__(Because.HOLD_STATUS, f"{machine} in state {state} has no step for {trigger}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a document."""

    field: str
    """Where: a dotted path, empty for the whole document."""
    rule: str
    """What the rule is, as a sentence."""
    code: Because = Because.MALFORMED
    line: int | None = None


class Malformed(MeterholdError):
    """A document with faults, all of them at once."""

    def __init__(self, what: str, faults: Sequence[Fault]) -> None:
        """Say which document and what is wrong with it."""
        self.what = what
        self.faults = tuple(faults)
        super().__init__(f"{what}: " + "; ".join(f"{f.field}: {f.rule}" if f.field else f.rule for f in self.faults))


class StoreUnavailable(MeterholdError):
    """The journal cannot be written: nothing may be switched."""


class NoRoom(StoreUnavailable):
    """The journal's disk is nearly full: no suspension is taken in, and what brings supply back goes on."""

    def __init__(self) -> None:
        """Say what is to be done."""
        super().__init__("the journal's disk is nearly full: no suspension is taken; send it again when there is room")


class WireError(MeterholdError):
    """What happened between us and a meter."""

    def __init__(self, because: Because, detail: str, *, frame: Frame | None = None) -> None:
        """Keep the cause for machines, the sentence for people and, of a write, what left."""
        super().__init__(f"{because}: {detail}")
        self.because = because
        self.detail = detail
        self.frame = frame


class NeverSent(WireError):
    """Certain: no byte of the request left, or the far end says it was not taken."""


class MeterRefused(WireError):
    """Certain: the meter answered no."""

    def __init__(self, because: Because, detail: str, code: int | None = None, *, frame: Frame | None = None) -> None:
        """Keep the device's own code (a Modbus exception, an RPC error) beside ours."""
        super().__init__(because, detail, frame=frame)
        self.code = code


class NoAnswer(WireError):
    """A question (never a write) stayed unanswered or was answered wrongly."""


class OutcomeUnknown(WireError):
    """A write may or may not have taken effect: look before anything else."""
