"""Our own ``replace`` makes the row that the standard library's would."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from meterhold.domain.meter import Actual, Installation, Meter
from meterhold.domain.operation import Operation
from meterhold.domain.replacing import replace
from meterhold.domain.site import Inhibit, Site
from meterhold.domain.words import Proof, Service, SupplyState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPERATION = Operation("O-1", "H-1", "E-1", "line-1", SupplyState.DISCONNECTED, 5, NOON, NOON, None, None)
METER = Meter(Installation("E-1", "SP-1", Service.ELECTRICITY, "profile", "line-1", "1"))


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        (OPERATION, {"revision": 3, "because": None}),
        (METER, {"actual": Actual(SupplyState.CONNECTED, Proof.STATE_READ), "retired": True}),
        (Site(), {"inhibit": Inhibit("j.doe", "storm", NOON)}),
        (METER, {}),
    ],
    ids=["operation", "meter", "single field", "nothing"],
)
def test_it_makes_the_same_row(row: Any, changes: dict[str, Any]) -> None:  # noqa: ANN401
    """Changed where it was asked for, equal elsewhere; the row that was there stays as it is."""
    before = dataclasses.replace(row)
    assert replace(row, **changes) == dataclasses.replace(row, **changes)
    assert row == before


def test_a_row_is_still_frozen() -> None:
    """What is made past the freezing is frozen itself."""
    changed = replace(OPERATION, revision=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        changed.revision = 2  # type: ignore[misc]


def test_a_field_that_does_not_exist_is_an_error() -> None:
    """A slip of the pen must not pass for a change."""
    with pytest.raises(KeyError):
        replace(OPERATION, wrong_name=1)  # type: ignore[call-arg]
