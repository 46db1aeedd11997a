"""``meterhold key``: API keys."""

from typing import Annotated

import typer

from meterhold.cli.options import Config, Json

app = typer.Typer(
    help="Make, list and revoke API keys: over the gateway where METERHOLD_API_KEY is set, else in the store itself.",
    no_args_is_help=True,
)

InStore = Annotated[bool, typer.Option("--in-store", help="Work on the store itself; the gateway must not be running.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key: orders are kept under this name.")],
    roles: Annotated[
        list[str], typer.Option("--role", help="dispatcher, approver, technician, auditor or admin; may be repeated.")
    ],
    in_store: InStore = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make a key and show it once; only its digest is kept."""
    from meterhold.cli.console import err, print_json
    from meterhold.cli.keys import keys_at

    made = keys_at(config, in_store=in_store).create(name, roles)
    if as_json:
        print_json(made)
        return
    typer.echo(made["key"])
    err().print(f"key {made['key_id']} of {name}: shown once; set it as METERHOLD_API_KEY")


@app.command("list")
def list_keys(in_store: InStore = False, config: Config = None, as_json: Json = False) -> None:
    """List keys, revoked ones included. The keys themselves are nowhere to be seen."""
    from meterhold.cli.console import add_row, out, print_json, table
    from meterhold.cli.keys import keys_at

    keys = keys_at(config, in_store=in_store).listed()
    if as_json:
        print_json(keys)
        return
    made = table("key", "name", "roles", "made", "revoked")
    for key in keys:
        add_row(made, key["key_id"], key["name"], ", ".join(key["roles"]), key["created_at"], key["revoked_at"])
    out().print(made)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The middle part of the key: mh_KEY-ID_…")],
    in_store: InStore = False,
    config: Config = None,
) -> None:
    """Make a key useless, at once and for good."""
    from meterhold.cli.keys import keys_at

    keys_at(config, in_store=in_store).revoke(key_id)
    typer.echo(f"key {key_id} is revoked")
