"""The referee: what the simulators' own journal says of what the gateway claims."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from meterhold.cli.console import add_row, table
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import SupplyState
from meterhold_simulators.fleet import Fleet

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ruling:
    """One meter: what the gateway says it did, and what the meter itself took and shows."""

    meter_id: str
    claimed: tuple[str, ...]
    """Target and outcome of each operation, in order."""
    targets: tuple[str, ...]
    written: tuple[str, ...]
    supply: str

    @property
    def fair(self) -> bool:
        """One write for each operation, to its target, and supply as the last one left it."""
        return self.written == self.targets and self.supply == SupplyState.CONNECTED


def rule(fleet: Fleet, statements: Iterable[Statement]) -> list[Ruling]:
    """Compare the statements with the simulators' journal, meter by meter."""
    operations: dict[str, list[Mapping[str, Any]]] = {meter_id: [] for meter_id in fleet.ids}
    for statement in statements:
        for leg in statement["legs"]:
            operations[leg["meter_id"]] += [*leg["suspended_by"], *leg["restored_by"]]
    return [
        Ruling(
            meter_id=meter_id,
            claimed=tuple(f"{one['target']} {one['outcome']}" for one in done),
            targets=tuple(one["target"] for one in done),
            written=tuple(entry.target for entry in fleet.journal.writes(meter_id)),
            supply=str(fleet.truth(meter_id).supply),
        )
        for meter_id, done in operations.items()
    ]


def objections(rulings: Iterable[Ruling], holds: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Everything that keeps the demo from being a success."""
    for ruling in rulings:
        if ruling.written != ruling.targets:
            yield f"{ruling.meter_id}: operations {list(ruling.targets)}, but the meter took {list(ruling.written)}"
        if ruling.supply != SupplyState.CONNECTED:
            yield f"{ruling.meter_id}: is {ruling.supply}"
    for hold in holds:
        if hold["status"] != HoldStatus.RESTORED:
            yield f"hold {hold['order_id']}: ended as {hold['status']}"


def rulings_table(rulings: Iterable[Ruling]) -> Table:
    """What the referee saw."""
    made = table("meter", "operations", "writes at the meter", "supply", "", title="the simulators' own journal")
    for ruling in rulings:
        add_row(
            made,
            ruling.meter_id,
            ", ".join(ruling.claimed),
            f"{len(ruling.written)}: {', '.join(ruling.written)}",
            ruling.supply,
            "one write each" if ruling.fair else "NOT AS CLAIMED",
        )
    return made
