"""The ``meterhold`` command: how people run the gateway and talk to it."""


def main() -> None:
    """Run the command line and end the process with a documented exit code."""
    from meterhold.cli.app import run

    run()
