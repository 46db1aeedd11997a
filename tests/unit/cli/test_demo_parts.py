"""The parts of the demo: its order file, what it prints, what the referee objects to, and how it is interrupted."""

import asyncio
import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from meterhold.cli.demo.interruption import Interruption
from meterhold.cli.demo.orders import read_orders
from meterhold.cli.demo.referee import Ruling, objections
from meterhold.cli.demo.screen import LineScreen, screen_for
from meterhold.domain.errors import Malformed

BEGIN = datetime(2026, 11, 24, 12, tzinfo=UTC)
LEG = {
    "meter_id": "E-1",
    "service": "electricity",
    "intended": "disconnected",
    "actual": "unknown",
    "proof": "none",
    "outcome": None,
    "because": None,
}
HOLD: Mapping[str, Any] = {
    "order_id": "WO-1",
    "service_point": "SP-1",
    "status": "suspending",
    "proof": "none",
    "legs": [LEG],
    "attention": [],
}


def test_times_of_the_order_file_count_from_the_beginning(tmp_path: Path) -> None:
    """Only what looks like ``+26s`` is touched."""
    file = tmp_path / "orders.ndjson"
    file.write_text('{"order_id": "+1", "starts_at": "+1.5s", "comment": "in +2s or so"}\n\n{"order_id": "b"}\n')
    first, second = read_orders(file, BEGIN)
    assert first == {"order_id": "+1", "starts_at": "2026-11-24T12:00:01.500000+00:00", "comment": "in +2s or so"}
    assert second == {"order_id": "b"}


def test_a_bad_order_file_names_its_lines(tmp_path: Path) -> None:
    """All of them at once."""
    file = tmp_path / "orders.ndjson"
    file.write_text('{"a": 1}\nnot json\n[1]\n')
    with pytest.raises(Malformed) as caught:
        read_orders(file, BEGIN)
    assert [fault.line for fault in caught.value.faults] == [2, 3]
    with pytest.raises(Malformed, match="cannot be read"):
        read_orders(tmp_path / "none", BEGIN)


def test_without_a_terminal_each_change_is_one_line() -> None:
    """Nothing is repeated while nothing changes."""
    console = Console(width=200, force_terminal=False)
    screen = screen_for(console, lambda: 1.25)
    assert isinstance(screen, LineScreen)
    with console.capture() as captured:
        screen.show([HOLD], {"E-1": "connected"})
        screen.show([HOLD], {"E-1": "connected"})
        screen.show([{**HOLD, "status": "suspended", "proof": "load_proven"}], {"E-1": "disconnected"})
        screen.close()
    assert captured.get().splitlines() == [
        "  1.2 s  hold WO-1 at SP-1: suspending",
        "  1.2 s    leg E-1: intended disconnected, actual unknown, proof none",
        "  1.2 s    meter E-1: physically connected",
        "  1.2 s  hold WO-1 at SP-1: suspended (load_proven)",
        "  1.2 s    meter E-1: physically disconnected",
    ]


def test_on_a_terminal_the_table_holds_gateway_and_truth_side_by_side() -> None:
    """The picture that stands at the end shows both."""
    console = Console(width=160, force_terminal=True, _environ={"TERM": "xterm"})
    with console.capture() as captured:
        screen = screen_for(console, lambda: 3.0)
        item = {"n": 1, "code": "WELDED", "meter_id": "E-1", "who": "desk", "detail": "current still flows"}
        screen.say("a step")
        screen.show([{**HOLD, "attention": [item]}], {"E-1": "moving"})
        screen.close()
    assert all(word in captured.get() for word in ("a step", "WO-1", "suspending", "moving", "attention: WELDED"))


def ruling(**fields: object) -> Ruling:
    """A meter of which everything is as it should be, but for these fields."""
    targets = ("disconnected", "connected")
    fair: dict[str, Any] = {"meter_id": "E-1", "claimed": (), "targets": targets, "written": targets}
    return Ruling(**(fair | {"supply": "connected"} | fields))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"written": ("disconnected", "connected", "connected")}, "but the meter took"),
        ({"written": ("disconnected",)}, "but the meter took"),
        ({"written": ("connected", "disconnected")}, "but the meter took"),
        ({"supply": "disconnected"}, "is disconnected"),
    ],
)
def test_the_referee_objects(fields: dict[str, Any], words: str) -> None:
    """A write too many, too few or the wrong way round, and a home without supply."""
    assert not ruling(**fields).fair
    (objection,) = objections([ruling(**fields)], [])
    assert words in objection


def test_the_referee_has_nothing_against_a_fair_run() -> None:
    """One write for each operation, every hold restored."""
    assert list(objections([ruling()], [{"order_id": "WO-1", "status": "restored"}])) == []
    assert list(objections([], [{"order_id": "WO-1", "status": "expired"}])) == ["hold WO-1: ended as expired"]


async def test_a_signal_ends_the_work_and_not_the_process() -> None:
    """The first one cancels what runs; the next is waited for anew."""
    interrupted = Interruption()
    cancelled = asyncio.Event()

    async def work() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return "never"

    ended = await interrupted.race(work())
    assert ended is None
    assert cancelled.is_set()
    interrupted.again()
    assert await interrupted.race(asyncio.sleep(0, "done")) == "done"


async def test_an_error_of_the_work_comes_through() -> None:
    """An interruption that may come hides nothing."""

    async def fail() -> None:
        raise Malformed("x", [])

    with pytest.raises(Malformed):
        await Interruption().race(fail())
