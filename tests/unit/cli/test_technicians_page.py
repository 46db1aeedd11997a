"""The technicians' page names commands and options that there are."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from meterhold.cli.meter import app

PAGE = Path(__file__).parents[3] / "docs" / "technicians.md"
LINES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_page_is_one(line: str) -> None:
    """It parses, with every option that it shows; nothing is run."""
    program, group, name, *words = shlex.split(line)
    assert (program, group) == ("meterhold", "meter")
    commands = getattr(typer.main.get_command(app), "commands", {})
    with commands[name].make_context(name, words, resilient_parsing=False) as context:
        assert context.params["meter_id"]


def test_the_page_shows_each_command_of_the_meter() -> None:
    """So that a command which is no more is missed."""
    shown = {line.split()[2] for line in LINES}
    assert shown == {"show", "read", "lock", "held", "unlock", "witness"}
