"""The fault matrix names tests that exist."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
TESTS = TOP / "tests"
ROWS = [line.split(" | ") for line in (TOP / "docs" / "fault-matrix.md").read_text().splitlines() if line[:3] > "| 0"]
NAMED = [(row[0].strip("| "), name) for row in ROWS[1:] for name in re.findall(r"`([^`]+\.py[^`]*)`", row[-1])]


def test_every_row_names_a_test() -> None:
    """A fault without a test is a wish."""
    faults = [row for row in ROWS if row[0].strip("| ")[:1].isdigit()]
    assert len(faults) >= 30
    assert all(".py" in row[-1] for row in faults)


@pytest.mark.parametrize(("row", "name"), NAMED)
def test_a_named_test_exists(row: str, name: str) -> None:
    """The file is there, and the function in it."""
    file, _, function = name.partition("::")
    homes = {"acceptance", "unit"}
    first = file.partition("/")[0]
    folder = (
        TESTS
        if first in homes
        else TESTS / "integration"
        if first in {"drivers", "store", "web"}
        else TESTS / "integration/gateway"
    )
    text = (folder / file).read_text()
    assert f"def {function}(" in text if function else "def test_" in text, (row, name)
