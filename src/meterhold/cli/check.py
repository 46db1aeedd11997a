"""``meterhold check``: everything that could keep the gateway from working, all at once."""

import typer

from meterhold.cli.exits import Exit
from meterhold.cli.options import Config, Json


def check(config: Config = None, as_json: Json = False) -> None:
    """Check configuration, profiles, registry, store and links. Nothing is changed and no meter is asked."""
    import asyncio
    from dataclasses import asdict

    from meterhold.cli.checks import State, check_site
    from meterhold.cli.configuration import configuration_file
    from meterhold.cli.console import add_row, out, print_json, table
    from meterhold.cli.logs import only_errors

    only_errors()
    findings = asyncio.run(check_site(configuration_file(config)))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        made = table("what", "state", "detail")
        for finding in findings:
            add_row(made, finding.what, finding.state, finding.detail)
        out().print(made)
    states = {finding.state for finding in findings}
    if State.FAULTY in states:
        raise typer.Exit(Exit.MALFORMED)
    raise typer.Exit(Exit.UNREACHABLE if State.UNREACHABLE in states else Exit.DONE)
