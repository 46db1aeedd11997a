"""``meterhold profile``: what integrators ask before a meter is ever switched."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from meterhold.cli.app import build
from meterhold.domain.errors import Malformed
from meterhold.profiles import parse_profile

BUILT_IN = tuple(sorted(Path(file.name).stem for file in (files("meterhold.profiles") / "builtin").iterdir()))

FILLED = {
    "title": "A meter",
    "source": "A table",
    "evidence": "driver",
    "address": "1",
    "scale": "0.1",
    "equals": "1",
    "above": "1",
    "function": "6",
    "settle_s": "1",
    "travel_s": "3",
    "why": "changes the unit id",
    "word": "RESET",
    "pointer": "/a",
    "topic": '"x/{device}"',
    "online": "up",
    "offline": "down",
    "payload_text": '"1"',
}


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
    assert f"{bad}: " in ran.stderr
    assert "line 3, version" in ran.stderr
    assert "none.yaml" in ran.stderr


def test_the_schema_is_printed_for_editors() -> None:
    """As JSON, whole."""
    assert json.loads(profile("schema").stdout)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize("service", ["electricity", "water"])
@pytest.mark.parametrize("wire", ["modbus", "mqtt"])
def test_a_new_profile_lacks_only_what_the_vendor_must_say(wire: str, service: str, tmp_path: Path) -> None:
    """Each fault of the starting point is a place without a value, so `profile check` is the list of what is left."""
    assert profile("new", "acme-x100", "--wire", wire, "--service", service, "--to", str(tmp_path)).exit_code == 0
    file = tmp_path / "acme-x100.yaml"
    with pytest.raises(Malformed) as caught:
        parse_profile(file.read_text(encoding="utf-8"), file.name)
    assert len(caught.value.faults) > 15
    assert {fault.rule for fault in caught.value.faults} <= {"has no value", "must not be empty"}
    assert all(fault.line for fault in caught.value.faults)


@pytest.mark.parametrize("service", ["electricity", "water"])
@pytest.mark.parametrize("wire", ["modbus", "mqtt"])
def test_a_new_profile_that_is_filled_in_is_sound(wire: str, service: str) -> None:
    """Nothing but the open places stands in the way; the comments may stay."""
    text = profile("new", "acme-x100", "--wire", wire, "--service", service).stdout
    for key, value in FILLED.items():
        text = text.replace(f"{key}: ,", f"{key}: {value},").replace(f"{key}: }}", f"{key}: {value}}}")
        text = re.sub(rf"^(\s*{key}:)(\s*(#.*)?)$", rf"\1 {value}\2", text, flags=re.MULTILINE)
    text = text.replace("values: []", "values: [1]").replace("\n  -\n", "\n  - Nothing was tried.\n")
    text = text.replace("equals: 1, state: disconnected", "equals: 0, state: disconnected")
    addresses = iter(range(0x100, 0x200, 8))
    text = re.sub(
        r"(table: holding|table: input|function: 6), address: 1", lambda m: f"{m[1]}, address: {next(addresses)}", text
    )
    if wire == "mqtt":
        text = text.replace("equals: 1,", 'equals: "ON",').replace("equals: 0,", 'equals: "OFF",')
    made = parse_profile(text, "acme-x100.yaml")
    assert made.name == "acme-x100"


def test_a_new_profile_overwrites_nothing(tmp_path: Path) -> None:
    """A file that is there stays; a strange name or wire is refused."""
    arguments = ("--wire", "modbus", "--service", "water", "--to", str(tmp_path))
    assert profile("new", "acme-x100", *arguments).exit_code == 0
    assert isinstance(profile("new", "acme-x100", *arguments).exception, Malformed)
    assert profile("new", "Acme X", *arguments).exit_code == 2
    assert profile("new", "acme-x200", "--wire", "dlms", "--service", "water").exit_code == 2


def test_trying_needs_a_sound_profile_and_a_sound_link(tmp_path: Path) -> None:
    """Faults of either end it before anything is asked."""
    file = tmp_path / "kaifeng-xintai-valve.yaml"
    file.write_text((files("meterhold.profiles") / "builtin" / file.name).read_text(encoding="utf-8"), encoding="utf-8")
    error = profile("try", str(file), "--link", "modbus://127.0.0.1:1").exception
    assert isinstance(error, Malformed)
    assert "is required, such as ?unit=1" in str(error)
