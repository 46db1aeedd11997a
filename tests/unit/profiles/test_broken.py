"""Broken profiles get every fault at once, each with its line and the rule it breaks."""

from pathlib import Path

import pytest

from meterhold.domain.errors import Malformed
from meterhold.domain.words import Because
from meterhold.profiles import parse_profile

BROKEN = Path(__file__).parents[2] / "profiles" / "broken"


@pytest.mark.parametrize("file", sorted(BROKEN.glob("*.yaml")), ids=lambda file: file.stem)
def test_says_all_that_is_wrong(file: Path) -> None:
    """A broken profile is refused with exactly the messages that stand beside it."""
    with pytest.raises(Malformed) as refused:
        parse_profile(file.read_text(encoding="utf-8"), file.name)
    said = [f"{fault.line}: {fault.field}: {fault.rule}" for fault in refused.value.faults]
    assert said == file.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert {fault.code for fault in refused.value.faults} == {Because.MALFORMED}


def test_each_expectation_has_its_file() -> None:
    """No expectation is left behind by a fixture that went away."""
    assert {file.stem for file in BROKEN.glob("*.expected")} == {file.stem for file in BROKEN.glob("*.yaml")}
