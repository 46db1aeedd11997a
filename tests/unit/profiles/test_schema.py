"""The JSON Schema in the documents is the language as it is."""

from pathlib import Path

import pytest

from meterhold.profiles import profile_json_schema
from meterhold.profiles.schema import main

SCHEMA = Path(__file__).parents[3] / "docs" / "schema" / "profile.schema.json"


def test_the_schema_file_is_current() -> None:
    """``make check`` and this test fail when the language has moved on and the file has not."""
    assert main([str(SCHEMA), "--check"]) == 0


def test_an_old_schema_is_found_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Checking changes nothing and says what to run; running it makes the check pass."""
    file = tmp_path / "docs" / "profile.schema.json"
    assert main([str(file), "--check"]) == 1
    assert "is out of date: run" in capsys.readouterr().err
    assert not file.exists()
    assert main([str(file)]) == 0
    assert main([str(file), "--check"]) == 0


def test_the_schema_describes_both_wires_and_refuses_unknown_keys() -> None:
    """An editor that knows the schema flags what the loader would refuse."""
    definitions = profile_json_schema()["$defs"]
    for name in ("ModbusDefinition", "MqttDefinition", "ModbusPoint", "MqttWriteStep"):
        assert definitions[name]["additionalProperties"] is False
    assert definitions["MqttWriteStep"]["properties"]["retain"]["const"] is False
