"""``meterhold check`` finds everything that is wrong at once, whichever file it is in."""

from pathlib import Path

import pytest

from meterhold.cli.checks import Finding, State, check_site

GATEWAY = """\
schema_version: 1
site: {name: demo, time_zone: UTC}
store: {url: "sqlite:///j.sqlite"}
meters: meters.csv
policy: policy.yaml
links:
  line-1: {kind: modbus, host: 127.0.0.1, port: 1, framing: tcp}
"""
METERS = """\
id,service_point,service,profile,link,address,rated_load_kw
E-1,SP-1,electricity,hiking-dds238-2-zn-sr,line-1,999,much
"""


def site(folder: Path, gateway: str = GATEWAY, meters: str = METERS, policy: str = "rules: 7\n") -> Path:
    """A folder of configuration."""
    (folder / "meters.csv").write_text(meters, encoding="utf-8")
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    file = folder / "gateway.yaml"
    file.write_text(gateway, encoding="utf-8")
    return file


def faulty(findings: list[Finding]) -> list[str]:
    """What is said to be wrong."""
    return [f"{Path(finding.what).name}: {finding.detail}" for finding in findings if finding.state is State.FAULTY]


async def test_a_faulty_configuration_does_not_hide_what_is_wrong_with_its_files(tmp_path: Path) -> None:
    """All of it in one run: a colour that is no key, a load that is no number, a unit id that no line has."""
    found = faulty(await check_site(site(tmp_path, GATEWAY + "colour: red\n")))
    assert any(line.startswith("gateway.yaml") and "colour" in line for line in found)
    assert any("E-1.rated_load_kw" in line for line in found)
    assert any("E-1.address" in line and "unit id" in line for line in found)
    assert any(line.startswith("policy.yaml") for line in found)


async def test_what_cannot_be_known_is_not_called_a_fault(tmp_path: Path) -> None:
    """Of a faulty configuration nobody knows the links; and a file that is not there is said once it is sound."""
    good = METERS.replace("999,much", "1,1.5")
    found = faulty(await check_site(site(tmp_path, GATEWAY.replace("schema_version: 1", "schema_version: 9"), good)))
    assert [line for line in found if line.startswith("meters.csv")] == []
    (tmp_path / "meters.csv").unlink()
    again = faulty(await check_site(tmp_path / "gateway.yaml"))
    assert [line for line in again if "meters.csv" in line] == []


@pytest.mark.parametrize("text", ["", "- a list", "meters: [1]\nprofiles: 3", "\x00"])
async def test_whatever_stands_in_a_configuration_is_told_and_no_more(tmp_path: Path, text: str) -> None:
    """No defect of ours, whatever the file says."""
    found = await check_site(site(tmp_path, text))
    assert {finding.state for finding in found} == {State.FAULTY}


async def test_terms_for_profiles_that_there_are_not_are_told_beside_the_rest(tmp_path: Path) -> None:
    """A rule for nobody, and a meter at an address that no line has."""
    gateway = GATEWAY + "terms:\n  leak_watch:\n    gas: {within_s: 60, every_s: 10, above: 0.1}\n"
    found = faulty(await check_site(site(tmp_path, gateway)))
    assert any("terms.leak_watch.gas" in line for line in found)
    assert any("E-1.address" in line for line in found)
