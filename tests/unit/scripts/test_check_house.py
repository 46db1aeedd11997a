"""The house rules find what they are there to find, and nothing else."""

from pathlib import Path

import pytest

from scripts import check_house

PLACE = "/".join(["", "wo" + "rk"])
HOME = "/".join(["", "ho" + "me", "alice", "wheels"])
HOST = ".".join(["py" + "pi", "org"])


@pytest.mark.parametrize("text", [f"path = '{PLACE}/main'", f"see {HOME}", f"index {HOST} is used", f"(from {PLACE})"])
def test_a_place_is_found(text: str) -> None:
    """A path of one machine and a registry's host are findings, with file and line."""
    found = list(check_house.leans_on_a_place(check_house.TOP / "a.md", f"first\n{text}\n"))
    assert len(found) == 1
    assert found[0].startswith("a.md:2: ")


@pytest.mark.parametrize(
    "text",
    [
        f"GET {PLACE}ers lists them",
        f"orders/{PLACE[1:]}",
        "homeassistant/switch",
        "/etc/meterhold/gateway.yaml",
        f"${{BASE}}{PLACE}",
        "mqtt://127.0.0.1:1883",
    ],
)
def test_what_is_no_place_is_left_alone(text: str) -> None:
    """A route, a topic, a relative path or a usual system path is no finding."""
    assert not list(check_house.leans_on_a_place(check_house.TOP / "a.md", text))


def test_a_long_module_is_found() -> None:
    """A Python file over the limit is a finding; one at the limit, or another kind of file, is not."""
    long = "x = 1\n" * (check_house.MOST_LINES + 1)
    assert list(check_house.too_long(check_house.TOP / "long.py", long))
    assert not list(check_house.too_long(check_house.TOP / "long.md", long))
    assert not list(check_house.too_long(check_house.TOP / "long.py", "x = 1\n" * check_house.MOST_LINES))


def test_a_lock_that_lags_behind_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each lock holds the one before it at the same versions, and what the build needs."""
    folder = tmp_path / "requirements"
    folder.mkdir()
    (folder / "run.txt").write_text("hatchling==1 \\\neditables==1\na==1 \\\n    --hash=sha256:00\n")
    (folder / "demo.txt").write_text("hatchling==1\neditables==1\na==2\n")
    (folder / "test.txt").write_text("hatchling==1\na==2\n")
    monkeypatch.setattr(check_house, "TOP", tmp_path)
    assert list(check_house.locks_differ()) == [
        "requirements/demo.txt: a is not 1 as in run.txt: run make lock",
        "requirements/test.txt: editables is not 1 as in demo.txt: run make lock",
        "requirements/test.txt: lacks editables, which the build needs",
    ]
