"""``meterhold key``: API keys."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterhold.cli.options import Config, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(
    help="Make, rotate, list and revoke API keys: over the gateway where METERHOLD_API_KEY is set, else in the store"
    " itself.",
    no_args_is_help=True,
)

InStore = Annotated[bool, typer.Option("--in-store", help="Work on the store itself; the gateway must not be running.")]
KeyId = Annotated[str, typer.Argument(help="The middle part of the key: mh_KEY-ID_…")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who it is in every order, approval and lock: one key a name.")],
    roles: Annotated[
        list[str],
        typer.Option(
            "--role",
            help="dispatcher, approver, technician, auditor or admin; may be repeated. No two of dispatcher, approver"
            " and admin go together.",
        ),
    ],
    limits: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="KIND=VALUE",
            help="action=restore, context=test, area=north, only='GET /metrics'; several of a kind: any of them.",
        ),
    ] = None,
    expires_at: Annotated[
        datetime | None,
        typer.Option("--expires-at", formats=["%Y-%m-%dT%H:%M:%S%z"], help="When it ends, with an offset."),
    ] = None,
    in_store: InStore = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make a key and show it once; only its digest is kept."""
    from meterhold.cli.keys import Wanted, keys_at, scope_of

    wanted = Wanted(name, tuple(roles), scope_of(limits or ()), expires_at)
    _show_once(keys_at(config, in_store=in_store).create(wanted), as_json=as_json)


@app.command()
def rotate(
    key_id: KeyId,
    overlap: Annotated[
        str, typer.Option("--overlap", help="How long the old secret still works: 90s, 30m, 24h, 7d, or 0.")
    ] = "24h",
    in_store: InStore = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Give a key another secret and show it once. It is the same caller, with the same roles and limits."""
    from meterhold.cli.durations import seconds_of
    from meterhold.cli.keys import keys_at

    overlap_s = seconds_of(overlap, "overlap")
    _show_once(keys_at(config, in_store=in_store).rotate(key_id, overlap_s), as_json=as_json)


@app.command("list")
def list_keys(in_store: InStore = False, config: Config = None, as_json: Json = False) -> None:
    """List keys, revoked ones included. The keys themselves are nowhere to be seen."""
    from meterhold.cli.console import add_row, out, print_json, table
    from meterhold.cli.keys import keys_at, limits_of

    keys = keys_at(config, in_store=in_store).listed()
    if as_json:
        print_json(keys)
        return
    made = table("key", "name", "roles", "limits", "made", "rotated", "ends", "revoked", "last used")
    for key in keys:
        add_row(
            made,
            key["key_id"],
            key["name"],
            ", ".join(key["roles"]),
            "; ".join(limits_of(key)),
            key["created_at"],
            key["rotated_at"],
            key["expires_at"],
            key["revoked_at"],
            key["last_used_at"],
        )
    out().print(made)


@app.command()
def revoke(key_id: KeyId, in_store: InStore = False, config: Config = None) -> None:
    """Make a key useless, at once and for good."""
    from meterhold.cli.keys import keys_at

    keys_at(config, in_store=in_store).revoke(key_id)
    typer.echo(f"key {key_id} is revoked")


def _show_once(made: "Mapping[str, Any]", *, as_json: bool) -> None:
    from meterhold.cli.console import err, print_json

    if as_json:
        print_json(made)
        return
    typer.echo(made["key"])
    err().print(f"key {made['key_id']} of {made['name']}: shown once; set it as METERHOLD_API_KEY")
    if made["old_secret_until"]:
        err().print(f"the old secret works until {made['old_secret_until']}")
