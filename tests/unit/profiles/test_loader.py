"""Loading: the built-in profiles, a site's own, and what is wrong with any of them."""

import json
import shutil
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest

from meterhold.domain.errors import Malformed
from meterhold.domain.words import Evidence, Service
from meterhold.profiles import Line, Wire, load_profiles, parse_profile
from meterhold.profiles.language.definition import Definition
from tests.unit.profiles.replies import DDS238, PROFILES, SHELLY, SWV, XINTAI

BUILTIN = Path(str(files("meterhold.profiles") / "builtin"))
OWN = (BUILTIN / "kaifeng-xintai-valve.yaml").read_text(encoding="utf-8")


def test_ships_both_services_on_both_wires() -> None:
    """Models come with the package for both services on both wires."""
    assert {(profile.service, profile.wire) for profile in PROFILES.values()} == {
        (service, wire) for service in Service for wire in Wire
    }


@pytest.mark.parametrize("name", PROFILES)
def test_says_where_it_comes_from(name: str) -> None:
    """A shipped profile cites its source, owns up to its assumptions and to what it was tried on."""
    definition = PROFILES[name].definition
    assert definition.source
    assert definition.assumptions
    assert definition.tried_on == "simulators"


@pytest.mark.parametrize("name", PROFILES)
def test_can_do_and_prove_what_a_hold_needs(name: str) -> None:
    """Every shipped profile disconnects, brings supply back, and shows more than an echo, or says that another must."""
    profile = PROFILES[name]
    assert profile.capability.can_disconnect
    assert profile.capability.can_connect or profile.capability.can_arm
    assert profile.evidence - {Evidence.ECHO} or profile.paired


@pytest.mark.parametrize("name", PROFILES)
def test_round_trips(name: str) -> None:
    """What a profile was read from can be written again and read back to the same."""
    definition: Definition = PROFILES[name].definition
    text = definition.model_dump_json(by_alias=True, exclude_unset=True)
    assert type(definition).model_validate_json(text) == definition
    # JSON is YAML: the loader itself takes it back.
    assert parse_profile(json.dumps(json.loads(text), indent=1), name).definition == definition


def test_the_two_traps_are_declared() -> None:
    """A relay register or a bridge that may echo the command is never taken for the switch itself."""
    assert Evidence.DRIVER not in DDS238.evidence
    assert Evidence.DRIVER not in SWV.evidence
    assert Evidence.DRIVER in SHELLY.evidence
    assert Evidence.DRIVER in XINTAI.evidence


def test_loads_a_site_s_own_beside_the_built_in(tmp_path: Path) -> None:
    """A site adds models in its own folder."""
    (tmp_path / "own-valve.yaml").write_text(OWN.replace("kaifeng-xintai-valve", "own-valve"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a profile", encoding="utf-8")
    assert set(load_profiles(tmp_path)) == {*PROFILES, "own-valve"}


def test_reports_all_files_at_once(tmp_path: Path) -> None:
    """Faults of several files come together, each with its file."""
    shutil.copy(BUILTIN / "kaifeng-xintai-valve.yaml", tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "misnamed.yaml").write_text(OWN.replace("kaifeng-xintai-valve", "own-valve"), encoding="utf-8")
    (tmp_path / "wrong.yml").write_text(OWN.replace("version: 1", "version: 0"), encoding="utf-8")
    with pytest.raises(Malformed) as refused:
        load_profiles(tmp_path, tmp_path / "absent")
    assert [(fault.field, fault.rule) for fault in refused.value.faults] == [
        ("bytes.yaml", "is not UTF-8 text"),
        ("kaifeng-xintai-valve.yaml: profile", "kaifeng-xintai-valve is already defined by kaifeng-xintai-valve.yaml"),
        ("misnamed.yaml: profile", "the file must be named after its profile: own-valve.yaml"),
        ("wrong.yml: version", "must be at least 1"),
        (str(tmp_path / "absent"), "is no folder"),
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: " + "[" * 5000, "is nested too deeply"),
        ("a: \x07", "is not YAML"),
        ("a: 1\n---\nb: 2\n", "is not YAML: but found another document"),
        ("[a, b]: 1\nwire: mqtt", "a key must be text or a whole number"),
        ("wire: modbus\n" + "#" * 300000, "is longer than 262144 characters"),
        ("wire: [modbus]", "must be modbus or mqtt"),
    ],
    ids=["deep", "control-character", "two-documents", "list-as-key", "huge", "wire-is-a-list"],
)
def test_refuses_hostile_text(text: str, rule: str) -> None:
    """Text that is no profile at all is refused like any other fault."""
    with pytest.raises(Malformed, match=r"^x: ") as refused:
        parse_profile(text, "x")
    assert any(fault.rule.startswith(rule) for fault in refused.value.faults)


def test_waiting_times_can_be_overridden() -> None:
    """Tests and benchmarks wait less, by a factor or one by one, and nothing else changes."""
    quick = XINTAI.with_timing(scale=0.1, settle_s=0)
    assert (quick.timing.settle_s, quick.timing.travel_s) == (0, 2)
    assert quick.definition is XINTAI.definition
    assert XINTAI.timing.settle_s == 3
    assert XINTAI.with_timing(scale=0).timing.poll_s == 0


def test_a_link_can_be_held_to_what_a_model_needs() -> None:
    """A gateway that serves one connection, or answers slowly, says so where the link does not keep to it."""
    neptun = PROFILES["neptun-smart"].line
    assert neptun is not None
    kept = partial(
        Line.unmet, gap_s=0.05, timeout_s=5.0, connections=1, close_after_use=True, echoes_transaction_id=True
    )
    assert kept(neptun) == []
    assert neptun.unmet(gap_s=0, timeout_s=1, connections=2, close_after_use=False, echoes_transaction_id=True) == [
        "needs a gap of 50 ms between requests",
        "may take 5000 ms to answer",
        "serves at most 1 at once",
        "needs its connection closed after use",
    ]
    odd = neptun.model_copy(update={"echoes_transaction_id": False})
    assert kept(odd) == ["does not repeat the transaction id"]


SAMPLES = sorted((Path(__file__).parents[2] / "profiles" / "samples").glob("*.yaml"))


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_every_part_of_the_language_round_trips(file: Path) -> None:
    """Aliases, limits and placeholders are written as they are read."""
    definition: Definition = parse_profile(file.read_text(encoding="utf-8"), file.name).definition
    text = definition.model_dump_json(by_alias=True, exclude_unset=True)
    assert parse_profile(json.dumps(json.loads(text), indent=1), file.name).definition == definition
