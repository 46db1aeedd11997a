"""What the documents tell a user to type exists, and what exists is told."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from meterhold.cli.app import build
from meterhold.cli.exits import Exit
from meterhold.documents.config import GatewayDocument, ModbusLink, MqttLink, parse_config
from meterhold.profiles import load_profiles
from tests.acceptance.conftest import TOP

PAGES = (
    "README.md",
    "docs/operating.md",
    "docs/api.md",
    "docs/policy.md",
    "docs/watch.md",
    "docs/blast-radius.md",
    "config/README.md",
)
TYPED = re.compile(r"(?:^|[`$(]|/bin/)meterhold ((?:[a-z-]+ ?)+[^`\n)]*)", re.MULTILINE)


def text_of(page: str) -> str:
    """A page's text."""
    return (TOP / page).read_text(encoding="utf-8")


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - Typer's own
    """Every command with its path; a group is none itself."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from commands(one, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(build())))


def typed(page: str) -> list[str]:
    """The commands that a page tells a user to type."""
    return [found.strip() for found in TYPED.findall(text_of(page))]


@pytest.mark.parametrize("page", PAGES)
def test_each_command_that_a_page_names_exists_with_its_options(page: str) -> None:
    """A misspelled one would be the first thing that a new user meets."""
    for line in typed(page):
        words = line.split()
        path = next((tuple(words[:n]) for n in (3, 2) if tuple(words[:n]) in COMMANDS), tuple(words[:1]))
        groups = {known[0] for known in COMMANDS}
        assert path in COMMANDS or (len(words) == 1 and words[0] in groups), f"{page}: meterhold {line}"
        known = (
            {option for parameter in COMMANDS[path].params for option in parameter.opts} if path in COMMANDS else set()
        )
        assert {word for word in words if word.startswith("--")} <= known, f"{page}: meterhold {line}"


def test_the_readme_s_table_names_every_command() -> None:
    """And no other."""
    table = text_of("README.md").split("## Commands")[1].split("##")[0]
    named = {
        tuple(name.split())
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall("`(.+?)`", row)
    }
    assert named == set(COMMANDS)


def test_every_command_says_what_it_does() -> None:
    """And every option and argument of it."""
    for path, command in COMMANDS.items():
        assert command.help, path
        assert [parameter.name for parameter in command.params if not getattr(parameter, "help", None)] == [], path


def test_the_readme_names_every_profile() -> None:
    """With its service."""
    for name, profile in load_profiles().items():
        assert re.search(rf"\| `{name}` \| {profile.service} \|", text_of("README.md"))


def test_the_exit_codes_are_documented() -> None:
    """In both places."""
    for code in Exit:
        assert re.search(rf"^\| {code.value} \|", text_of("docs/operating.md"), re.MULTILINE)
        assert re.search(rf"\b{code.value} ", text_of("README.md").split("Exit codes:")[1].split("\n\n")[0])


def test_every_setting_is_documented() -> None:
    """Each key of gateway.yaml stands in the operating guide."""
    models = (GatewayDocument, ModbusLink, MqttLink, *(f.annotation for f in GatewayDocument.model_fields.values()))
    keys = {name for model in models for name in getattr(model, "model_fields", ())} - {"schema_version", "name"}
    page = text_of("docs/operating.md")
    assert [key for key in sorted(keys) if f"`{key}" not in page] == []


def test_the_demo_site_is_sound() -> None:
    """Its configuration is what the documents describe."""
    config = parse_config(text_of("config/gateway.yaml"))
    assert set(config.links) == {"line-1", "home-3", "broker"}


def test_each_link_to_a_file_leads_somewhere() -> None:
    """From wherever the page is."""
    for page in PAGES:
        folder = (TOP / page).parent
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text_of(page)):
            assert (folder / target).exists(), f"{page}: {target}"
