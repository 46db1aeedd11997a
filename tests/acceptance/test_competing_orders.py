"""The table of orders that meet names tests that exist."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
TESTS = TOP / "tests"
PLAIN = TESTS / "unit/domain/decide"
"""Where a file lies that is named without a folder."""
LINES = (TOP / "docs" / "competing-orders.md").read_text().splitlines()
ROWS = [line.split(" | ") for line in LINES if line.startswith("| ") and not line.startswith(("| situation", "| ---"))]
NAMED = [(row[0].strip("| "), name) for row in ROWS for name in re.findall(r"`([^`]+\.py[^`]*)`", row[-1])]


def test_every_situation_has_a_result_and_a_test() -> None:
    """A situation without a test is a wish."""
    assert len(ROWS) >= 60
    assert all(len(row) == 3 and row[1] and "::test_" in row[2] for row in ROWS)


@pytest.mark.parametrize(("situation", "name"), NAMED)
def test_a_named_test_exists(situation: str, name: str) -> None:
    """The file is there, and the function in it."""
    file, _, function = name.partition("::")
    path = (TESTS if "/" in file else PLAIN) / file
    assert f"def {function}(" in path.read_text(), (situation, name)
