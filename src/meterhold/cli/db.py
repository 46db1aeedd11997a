"""``meterhold db``: the store itself."""

import typer

from meterhold.cli.options import Config

app = typer.Typer(help="Look after the store.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look after the store."""


@app.command()
def upgrade(config: Config = None) -> None:
    """Bring the store to this version's schema; make it if there is none. The gateway must not be running."""
    from meterhold.bootstrap import make_room
    from meterhold.cli.configuration import configured, store_url
    from meterhold.store import upgrade as bring_up

    url = store_url(configured(config))
    make_room(url)
    bring_up(url)
    typer.echo("the store is of this version's schema")
