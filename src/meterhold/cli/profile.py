"""``meterhold profile``: what meter models are known, whether a file describes one, and how one is made."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterhold.cli.commissioning import new, simulate, text_of, try_profile
from meterhold.cli.exits import Exit, exit_of, told
from meterhold.cli.options import Config, Json
from meterhold.domain.errors import Fault, Malformed

if TYPE_CHECKING:
    from meterhold.profiles import Profile

app = typer.Typer(help="Meter models: list, show, check, make and try them.", no_args_is_help=True)


@app.command("list")
def list_profiles(config: Config = None, as_json: Json = False) -> None:
    """List the built-in profiles, and with --config the site's own."""
    from meterhold.cli.console import add_row, out, print_json, table

    documents = [_summary(profile) for profile in _profiles(config).values()]
    if as_json:
        print_json(documents)
        return
    made = table("profile", "version", "service", "wire", "identity", "title")
    for document in documents:
        add_row(made, *(document[name] for name in ("profile", "version", "service", "wire", "identity", "title")))
    out().print(made)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The profile.")], config: Config = None, as_json: Json = False
) -> None:
    """Show where a profile comes from, what it assumes, and what it would write."""
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.facts import facts_view

    profiles = _profiles(config)
    if name not in profiles:
        raise Malformed("profile", [Fault("", f"there is no profile {name!r}; one of {', '.join(profiles)}")])
    profile = profiles[name]
    document = _summary(profile) | {
        "source": profile.definition.source,
        "tried_on": str(profile.definition.tried_on),
        "assumptions": list(profile.definition.assumptions),
        "writes": _writes(profile),
    }
    if as_json:
        print_json(document)
    else:
        out().print(facts_view(document))


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Profile files.")]) -> None:
    """Check profile files: all faults of every file, with their lines."""
    from meterhold.profiles import parse_profile

    worst = Exit.DONE
    for file in files:
        try:
            profile = parse_profile(text_of(file), str(file))
        except Malformed as error:
            for line in told(error):
                typer.echo(line, err=True)
            worst = exit_of(error)
        else:
            typer.echo(f"{file}: sound, profile {profile.name} version {profile.version}")
    raise typer.Exit(worst)


@app.command()
def schema() -> None:
    """Print the JSON Schema of profile files, for editors."""
    from meterhold.cli.console import print_json
    from meterhold.profiles import profile_json_schema

    print_json(profile_json_schema())


app.command("try")(try_profile)
app.command("new")(new)
app.command("simulate")(simulate)


def _profiles(config: Path | None) -> "dict[str, Profile]":
    from meterhold.bootstrap import profile_folders
    from meterhold.cli.configuration import configured
    from meterhold.profiles import load_profiles

    folders = () if config is None else profile_folders(configured(config))
    return dict(sorted(load_profiles(*folders).items()))


def _summary(profile: "Profile") -> dict[str, Any]:
    can = profile.capability
    offered = {"disconnect": can.can_disconnect, "connect": can.can_connect}
    offered |= {"restrict": can.can_restrict, "arm": can.can_arm}
    return {
        "profile": profile.name,
        "version": profile.version,
        "title": profile.title,
        "service": str(profile.service),
        "wire": str(profile.wire),
        "identity": str(profile.identity),
        "can": [name for name, possible in offered.items() if possible],
        "registers": [str(quantity) for quantity in profile.registers],
    }


def _writes(profile: "Profile") -> dict[str, list[str]]:
    """Each command as it goes over the wire, for a meter at an example address."""
    from meterhold.profiles import example_address, show_command

    address = example_address(profile)
    return {str(state): list(show_command(profile, state, address)) for state in profile.commands}
