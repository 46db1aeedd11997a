"""``meterhold profile try | new | simulate``: from a vendor's table to a profile, before it may switch anything."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterhold.cli.exits import Exit
from meterhold.cli.options import Json
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.words import Service

if TYPE_CHECKING:
    from meterhold.profiles import Profile

ProfileFile = Annotated[Path, typer.Argument(metavar="FILE", help="The profile's file.")]


def try_profile(
    file: ProfileFile,
    link: Annotated[
        str,
        typer.Option(
            "--link",
            help="Where the meter is: modbus://HOST:PORT?unit=1 (with &framing=rtu_over_tcp behind a serial server),"
            " serial:///dev/ttyUSB0?baud=9600&unit=1, mqtt://HOST:PORT/ADDRESS.",
        ),
    ],
    wait_s: Annotated[
        float, typer.Option("--wait", min=0, metavar="SECONDS", help="For what a device only says by itself.")
    ] = 10,
    as_json: Json = False,
) -> None:
    """Read a meter once and show every point as it came. Writes nothing; exit 1 if anything is doubtful."""
    import asyncio

    from meterhold.cli.console import out, print_json
    from meterhold.cli.logs import only_errors
    from meterhold.cli.show.tried import tried_view
    from meterhold.cli.trying.asking import try_profile as look
    from meterhold.cli.trying.link_text import read_link
    from meterhold.cli.trying.report import tried_document

    only_errors()
    profile = read_profile(file)
    target = read_link(link, profile)
    found = tried_document(profile, link, target.address, asyncio.run(look(profile, target, wait_s)))
    if as_json:
        print_json(found)
    else:
        out().print(tried_view(found))
    raise typer.Exit(Exit.FAILED if found["doubts"] else Exit.DONE)


def new(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The profile's name, such as acme-x100.")],
    wire: Annotated[str, typer.Option(help="modbus or mqtt.")],
    service: Annotated[Service, typer.Option(help="What the model meters.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Write MODEL.yaml there.", show_default=False)
    ] = None,
) -> None:
    """Print a commented starting point; `profile check` then names every place that is still open."""
    import re

    from meterhold.cli.skeleton import skeleton
    from meterhold.profiles import Wire
    from meterhold.profiles.language.base import ID_PATTERN

    if re.fullmatch(ID_PATTERN, model) is None:
        raise typer.BadParameter(f"{model!r} must be a name of small letters, digits and -", param_hint="MODEL")
    try:
        text = skeleton(model, Wire(wire), service)
    except ValueError as error:
        raise typer.BadParameter(f"{wire!r} is neither modbus nor mqtt", param_hint="--wire") from error
    if to is None:
        typer.echo(text, nl=False)
        return
    file = to / f"{model}.yaml"
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise Malformed(str(file), [Fault("", f"cannot be written: {error.strerror}")]) from error
    typer.echo(f"{file}: fill in what has no value, then run meterhold profile check {file}")


def read_profile(file: Path) -> "Profile":
    """The profile in a file; ``Malformed`` with all its faults."""
    from meterhold.profiles import parse_profile

    return parse_profile(text_of(file), file.name)


def text_of(file: Path) -> str:
    """The text of a file."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise Malformed(str(file), [Fault("", f"cannot be read: {reason}")]) from error
