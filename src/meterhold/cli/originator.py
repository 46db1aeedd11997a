"""``meterhold originator``: senders that sign their orders."""

from pathlib import Path
from typing import Annotated

import typer

from meterhold.cli.options import Json
from meterhold.domain.errors import Fault, Malformed

app = typer.Typer(
    help="Register the public keys with which senders sign their orders (docs/signed-orders.md).", no_args_is_help=True
)

Sender = Annotated[str, typer.Argument(help="The name of the API key with which the orders are sent.")]
KeyId = Annotated[str, typer.Argument(help="What the sender calls the key.")]


@app.command()
def add(
    sender: Sender,
    key_id: KeyId,
    public_key: Annotated[Path, typer.Argument(help="Ed25519: a PEM file, or one that holds 64 hexadecimal digits.")],
    counter: Annotated[int, typer.Option("--counter", min=0, help="How far the sender has counted already.")] = 0,
    as_json: Json = False,
) -> None:
    """Register a public key. From then on each of this sender's orders must be signed."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import print_json

    try:
        text = public_key.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(str(public_key), [Fault("", f"cannot be read: {error}")]) from error
    body = {"sender": sender, "key_id": key_id, "public_key": text.strip(), "counter": counter}
    with connect() as client:
        made = client.call("POST", "/originators", body=body)
    if as_json:
        print_json(made)
    else:
        typer.echo(f"orders of {sender} must be signed from now on; the next counter is above {made['counter']}")


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List the senders whose orders must be signed."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import add_row, out, print_json, table

    with connect() as client:
        found = list(client.pages("/originators"))
    if as_json:
        print_json(found)
        return
    made = table("sender", "counter", "key", "public key", "registered", "revoked")
    for one in found:
        for key in one["keys"]:
            add_row(
                made,
                one["sender"],
                one["counter"],
                key["key_id"],
                key["public_key"],
                key["registered_at"],
                key["revoked_at"],
            )
    out().print(made)


@app.command()
def revoke(sender: Sender, key_id: KeyId) -> None:
    """Accept nothing any more that was signed with a key. The sender's orders must be signed all the same."""
    from meterhold.cli.client import connect

    with connect() as client:
        client.call("DELETE", "/originators", params={"sender": sender, "key_id": key_id})
    typer.echo(f"nothing that {sender} signs with {key_id} is accepted any more")
