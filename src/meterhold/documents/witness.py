"""What a person at a meter stated, as every face shows it."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.witness import Witness
from meterhold.domain.words import SupplyState


@dataclass(frozen=True, slots=True)
class WitnessView:
    """A technician's statement. It stands beside the proof and is none."""

    by: str
    at: datetime
    state: SupplyState
    statement: str
    seal: str | None


def view_witness(witness: Witness) -> WitnessView:
    """Show what was stated."""
    return WitnessView(witness.by, witness.at, witness.state, witness.statement, witness.seal)
