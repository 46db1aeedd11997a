"""What ``docs/blast-radius.md`` says of the thresholds is so, and the tests that it names exist."""

import re
from pathlib import Path

import pytest
import yaml

from meterhold.documents.config import TermsSection
from meterhold.domain.approval import ApprovalKind
from meterhold.domain.limits import BOUNDS, DEFAULT_LIMITS

TOP = Path(__file__).parents[3]
PAGE = (TOP / "docs" / "blast-radius.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
NAMED = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", PAGE.partition("## Shown by")[2])


def test_the_table_has_every_threshold_with_its_default_and_bounds() -> None:
    """No number stands in two places that could drift apart unseen."""
    told = {name: tuple(map(float, numbers)) for name, *numbers in ROWS}
    assert told == {name: (getattr(DEFAULT_LIMITS, name), *bounds) for name, bounds in BOUNDS.items()}


def test_the_example_is_a_sound_configuration() -> None:
    """It can be copied."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    terms = TermsSection.model_validate(yaml.safe_load(text)["terms"]).as_terms()
    assert (terms.limits.off_by_sender, terms.bulk_orders) == (120, 20)


def test_every_kind_of_question_is_explained() -> None:
    """And no other."""
    assert re.findall(r"^\| `(\w+)` \| [a-z]", PAGE, re.MULTILINE) == [kind.value for kind in ApprovalKind]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    """The file is there, and what it is to hold."""
    text = (TOP / "tests" / file).read_text(encoding="utf-8")
    assert name in text if name else "def test_" in text
