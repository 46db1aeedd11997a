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

    return parse_profile(text_of(file), str(file))


def text_of(file: Path) -> str:
    """The text of a file."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise Malformed(str(file), [Fault("", f"cannot be read: {reason}")]) from error


def simulate(
    file: ProfileFile,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of a Modbus profile; 0 takes a free one.")] = 0,
    framing: Annotated[str, typer.Option(help="mbap or rtu, of a Modbus profile.")] = "mbap",
    broker: Annotated[str, typer.Option(metavar="HOST:PORT", help="Of an MQTT profile.")] = "127.0.0.1:1883",
    address: Annotated[str, typer.Option(help="Unit id, or the MQTT address.")] = "",
    control_port: Annotated[int, typer.Option(min=0, max=65535, help="Of the HTTP control port.")] = 0,
) -> None:
    """Run a simulator made from the profile alone. It believes what the profile says: it is evidence of nothing."""
    import asyncio

    from meterhold.cli.derived.run import place_of, serve_derived
    from meterhold.cli.exits import Unreachable
    from meterhold.cli.logs import configure_from_settings
    from meterhold.cli.simulate import host_and_port
    from meterhold.profiles import example_address
    from meterhold.profiles.addresses import require_address
    from meterhold_simulators.spec import Framing

    if framing not in set(Framing):
        raise typer.BadParameter(f"{framing!r} is neither mbap nor rtu", param_hint="--framing")
    profile = read_profile(file)
    address = address or example_address(profile)
    require_address(profile, address)
    configure_from_settings()
    spec = place_of(profile, port=port, framing=Framing(framing), broker=host_and_port(broker))
    try:
        asyncio.run(serve_derived(profile, spec, address, control_port=control_port, say=typer.echo))
    except OSError as error:
        raise Unreachable(str(error)) from error
