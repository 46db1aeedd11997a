"""The JSON Schema in the documents is the language as it is."""

from pathlib import Path

import pytest

from meterhold.documents.policy.json_schema import main, policy_json_schema
from meterhold.documents.policy.sections import CONDITIONS, RuleSection

SCHEMA = Path(__file__).parents[4] / "docs" / "schema" / "policy.schema.json"


def test_the_schema_file_is_current() -> None:
    """``make check`` and this test fail when the language has moved on and the file has not."""
    assert main([str(SCHEMA), "--check"]) == 0


def test_an_old_schema_is_found_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Checking changes nothing and says what to run; running it makes the check pass."""
    file = tmp_path / "docs" / "policy.schema.json"
    assert main([str(file), "--check"]) == 1
    assert "is out of date: run" in capsys.readouterr().err
    assert not file.exists()
    assert main([str(file)]) == 0
    assert main([str(file), "--check"]) == 0


def test_the_schema_knows_every_condition_and_refuses_unknown_keys() -> None:
    """A rule has exactly one of them."""
    rule = policy_json_schema()["$defs"]["RuleSection"]
    assert rule["additionalProperties"] is False
    assert rule["oneOf"] == [{"required": [name]} for name in CONDITIONS]
    assert set(CONDITIONS) == set(RuleSection.model_fields) - {"id", "source", "effect", "applies_to", "unless"}
