"""``meterhold order``: send orders and see what became of them."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterhold.cli.options import Json, WaitS
from meterhold.domain.errors import Fault, Malformed

if TYPE_CHECKING:
    from meterhold.cli.client import Client

app = typer.Typer(help="Send orders and see what became of them.", no_args_is_help=True)


class Form(StrEnum):
    """How a file holds orders."""

    AUTO = "auto"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


CONTENT_TYPES = {Form.NDJSON: "application/x-ndjson", Form.CSV: "text/csv"}
SUFFIXES = {".json": Form.JSON, ".ndjson": Form.NDJSON, ".jsonl": Form.NDJSON, ".csv": Form.CSV}

File = Annotated[str, typer.Argument(metavar="FILE|-", help="One order as JSON, or many as NDJSON or CSV.")]
OneFile = Annotated[str, typer.Argument(metavar="FILE|-", help="One order as JSON.")]
Format = Annotated[Form, typer.Option("--format", help="What the file holds; 'auto' goes by name and content.")]


@app.command()
def submit(file: File, form: Format = Form.AUTO, wait_s: WaitS = None, as_json: Json = False) -> None:
    """Send one order, or a batch with one result a line. Sending the same again does nothing twice."""
    from meterhold.cli.client import connect

    content = _read(file)
    kind = _form(file, content, form)
    with connect() as client:
        if kind is Form.JSON:
            _submit_one(client, _one(file, content), wait_s, as_json=as_json)
        else:
            _submit_batch(client, content, kind, as_json=as_json)


@app.command("dry-run")
def dry_run(file: OneFile, as_json: Json = False) -> None:
    """Say what would become of an order. Nothing is stored, nothing is switched."""
    from meterhold.cli.client import connect
    from meterhold.cli.orders import exit_of_result

    content = _read(file)
    with connect() as client:
        record = client.call("POST", "/orders/dry-run", body=_one(file, content))
    _print(record, as_json=as_json)
    if not as_json:
        typer.echo("a dry run: nothing was stored, and no hold was opened")
    raise typer.Exit(exit_of_result(record, waited=False))


@app.command()
def show(
    order_id: Annotated[str, typer.Argument(help="The sender's key of the order.")],
    wait_s: WaitS = None,
    as_json: Json = False,
) -> None:
    """Show an order and its result."""
    from meterhold.cli.client import connect
    from meterhold.cli.orders import exit_of_result, wait_for

    with connect() as client:
        path = f"/orders/{order_id}"
        record = client.get(path) if wait_s is None else wait_for(lambda: client.get(path), wait_s)
    _print(record, as_json=as_json)
    raise typer.Exit(exit_of_result(record, waited=wait_s is not None))


@app.command()
def sign(
    file: File,
    key: Annotated[Path, typer.Option("--key", help="The private key: Ed25519, PEM, without a passphrase.")],
    key_id: Annotated[str, typer.Option("--key-id", help="The name under which its public half is registered.")],
    sender: Annotated[str, typer.Option("--sender", help="The name of the API key with which the order is sent.")],
    counter: Annotated[int, typer.Option("--counter", min=1, help="Of the first order; each further one counts up.")],
    expires_in: Annotated[str, typer.Option("--expires-in", help="How long it may be on its way.")] = "1h",
) -> None:
    """Sign orders as lines of JSON, ready to be sent. Asks no gateway."""
    from meterhold.cli.signing import sign_lines

    for line in sign_lines(_read(file), key, key_id, sender, counter, expires_in):
        typer.echo(line)


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Malformed(file, [Fault("", f"cannot be read: {error.strerror}")]) from error


def _form(file: str, content: bytes, wanted: Form) -> Form:
    """By what the user says, then by the file's name, then by whether the whole text is one document."""
    if wanted is not Form.AUTO:
        return wanted
    if (known := SUFFIXES.get(Path(file).suffix.lower())) is not None:
        return known
    import json

    try:
        json.loads(content)
    except ValueError:
        return Form.NDJSON if content.lstrip().startswith(b"{") else Form.CSV
    return Form.JSON


def _one(file: str, content: bytes) -> Any:  # noqa: ANN401 - the gateway checks what it is
    import json

    try:
        return json.loads(content)
    except ValueError as error:
        raise Malformed(file, [Fault("", f"is not JSON: {error}")]) from error


def _submit_one(client: "Client", order: Any, wait_s: float | None, *, as_json: bool) -> None:  # noqa: ANN401
    from meterhold.cli.orders import exit_of_result, send

    if wait_s is not None and not (isinstance(order, dict) and "order_id" in order):
        wait_s = None
    record = send(client, order, wait_s)
    _print(record, as_json=as_json)
    raise typer.Exit(exit_of_result(record, waited=wait_s is not None))


def _submit_batch(client: "Client", content: bytes, kind: Form, *, as_json: bool) -> None:
    from rich.progress import track

    from meterhold.cli.console import err, out, print_json
    from meterhold.cli.show.order import batch_table, exit_of_batch

    total = sum(1 for line in content.splitlines() if line.strip()) - (kind is Form.CSV)
    answers = client.lines("/orders/batch", content, CONTENT_TYPES[kind])
    results = list(track(answers, "orders", total=total, console=err(), transient=True))
    if as_json:
        print_json(results)
    else:
        out().print(batch_table(results))
    raise typer.Exit(exit_of_batch(results, total))


def _print(record: dict[str, Any], *, as_json: bool) -> None:
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.order import order_view

    if as_json:
        print_json(record)
    else:
        out().print(order_view(record))
