"""``meterhold profile``: what integrators ask before a meter is ever switched."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from meterhold.cli.app import build
from meterhold.domain.errors import Malformed

BUILT_IN = tuple(sorted(Path(file.name).stem for file in (files("meterhold.profiles") / "builtin").iterdir()))


def profile(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(build(), ["profile", *arguments])


def test_the_list_names_each_profile_with_what_it_can_do() -> None:
    """As a table and as JSON."""
    assert all(name in profile("list").stdout for name in BUILT_IN)
    listed = json.loads(profile("list", "--json").stdout)
    assert [one["profile"] for one in listed] == list(BUILT_IN)
    assert all(one["can"] == ["disconnect", "connect"] for one in listed)


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_profile_shows_source_assumptions_and_what_it_would_write(name: str) -> None:
    """The honest parts are not left out."""
    shown = json.loads(profile("show", name, "--json").stdout)
    assert shown["source"]
    assert shown["assumptions"]
    assert shown["tried_on"] == "simulators"
    assert set(shown["writes"]) == {"connected", "disconnected"}
    assert profile("show", name).exit_code == 0


def test_a_profile_that_is_not_there_is_said() -> None:
    """With those that are."""
    error = profile("show", "nope").exception
    assert isinstance(error, Malformed)
    assert f"there is no profile 'nope'; one of {BUILT_IN[0]}" in str(error)


def test_files_are_checked_all_of_them(tmp_path: Path) -> None:
    """Each file is told; the worst decides the exit code."""
    good = tmp_path / "kaifeng-xintai-valve.yaml"
    good.write_text((files("meterhold.profiles") / "builtin" / good.name).read_text(encoding="utf-8"), encoding="utf-8")
    bad = tmp_path / "bad.yaml"
    bad.write_text("profile: bad\nwire: modbus\nversion: off\n")
    assert profile("check", str(good)).exit_code == 0
    ran = profile("check", str(bad), str(good), str(tmp_path / "none.yaml"))
    assert ran.exit_code == 2
    assert "sound, profile kaifeng-xintai-valve" in ran.stdout
    assert "line 3, version" in ran.stderr
    assert "none.yaml" in ran.stderr


def test_the_schema_is_printed_for_editors() -> None:
    """As JSON, whole."""
    assert json.loads(profile("schema").stdout)["$schema"].startswith("https://json-schema.org/")
