"""``meterhold serve``: the gateway itself."""

import typer

from meterhold.cli.options import Config


def serve(config: Config = None) -> None:
    """Run the gateway until SIGTERM or Ctrl-C: then nothing more is written, and what is under way is finished.

    At SIGHUP it reads its profiles, terms and policy again; where anything is faulty all stays as it was.
    """
    from meterhold.cli.configuration import configured, store_url
    from meterhold.cli.logs import configure_from_settings
    from meterhold.cli.serving import serve_until_told

    document = configured(config)
    configure_from_settings()
    serve_until_told(
        document,
        store_url(document),
        lambda where: typer.echo(f"meterhold serves {where}", err=True),
        lambda: configured(config),
    )
