"""The demo as a new user runs it: one command, nothing installed, and the truth at the end."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import TOP, Running, environment, run
from tests.support.mosquitto import Broker

pytestmark = pytest.mark.timeout(180)
METERS = ("E-1001", "W-1001", "E-1002", "W-1002", "E-1003", "W-1003")


def judge(out: str) -> None:
    """What a run must have shown."""
    for meter_id in METERS:
        assert f"commissioned {meter_id}" in out
        assert re.search(
            rf"^{meter_id} +disconnected verified, connected verified +2: disconnected, connected +", out, re.MULTILINE
        )
    for order_id in ("WO-88121", "WO-88122", "WO-88123"):
        assert re.search(rf"hold {order_id} at SP-\d+: suspended \(load_proven\)", out)
        assert re.search(rf"hold {order_id} at SP-\d+: restored \(load_proven\)", out)
        assert re.search(rf"^  order +{order_id} from", out, re.MULTILINE)
    assert "restore of WO-88122 on request: open" in out
    assert "objection" not in out
    assert "3 holds restored, every home has supply, every operation made exactly one write" in out


def test_it_suspends_and_restores_three_homes_and_says_so(tmp_path: Path) -> None:
    """With the broker inside: every hold suspended by proof and restored, a statement each, one write an operation."""
    keep = tmp_path / "kept"
    ran = run("demo", "--keep", str(keep), cwd=TOP, env=environment(), within_s=150)
    assert ran.exit == 0, ran.out + ran.err
    judge(ran.out)
    assert ran.err == ""
    assert (keep / "journal.sqlite").exists()
    assert '"level": "error"' not in (keep / "gateway.log").read_text()


def test_a_real_broker_does_as_well(broker: Broker) -> None:
    """Named in the environment, as a site's own would be."""
    env = environment(METERHOLD_DEMO_BROKER=f"{broker.host}:{broker.port}")
    ran = run("demo", cwd=TOP, env=env, within_s=150)
    assert ran.exit == 0, ran.out + ran.err
    judge(ran.out)
    assert f"broker at {broker.host}:{broker.port}" in ran.out


def test_interrupted_it_brings_supply_back_first(tmp_path: Path) -> None:
    """Ctrl-C while homes are suspended: every home has supply before it goes, and the exit code says interrupted."""
    demo = Running.start("demo", cwd=TOP, env=environment(TMPDIR=str(tmp_path)), ready="physically disconnected")
    demo.process.send_signal(signal.SIGINT)
    assert demo.says("every home has supply", within_s=90), demo.said
    assert demo.end() == 130
    assert list(tmp_path.iterdir()) == []


def test_interrupted_twice_it_goes_at_once() -> None:
    """And says who is left without supply."""
    demo = Running.start("demo", cwd=TOP, env=environment(), ready="W-1001: physically disconnected")
    demo.process.send_signal(signal.SIGINT)
    assert demo.says("bringing supply back first")
    demo.process.send_signal(signal.SIGINT)
    assert demo.says("still without supply")
    assert demo.end() == 130


@pytest.mark.parametrize(
    ("broker", "exit_code", "words"),
    [("nonsense", 2, "is not HOST:PORT"), ("127.0.0.1:1", 3, "127.0.0.1:1 cannot be reached")],
)
def test_a_broker_that_is_not_there_is_said(broker: str, exit_code: int, words: str, tmp_path: Path) -> None:
    """In a sentence, not a traceback."""
    ran = run("demo", "--broker", broker, "--keep", str(tmp_path), cwd=TOP, env=environment())
    assert ran.exit == exit_code
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_a_site_that_is_not_there_is_said(tmp_path: Path, broker_factory: Callable[[], Broker]) -> None:
    """The file is named."""
    ran = run("demo", "--site", "nowhere", "--keep", str(tmp_path), cwd=TOP, env=environment())
    assert ran.exit == 2
    assert "nowhere/fleet.yaml" in ran.err
