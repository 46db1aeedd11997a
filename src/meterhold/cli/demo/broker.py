"""A broker inside the demo, so that it needs nothing installed."""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meterhold.cli.exits import Unreachable

HOST = "127.0.0.1"


class NoBroker(Unreachable):
    """The demo has no broker."""


@asynccontextmanager
async def broker_inside() -> AsyncIterator[tuple[str, int]]:
    """Run a broker until the block ends, and say where."""
    try:
        from amqtt.broker import Broker  # type: ignore[import-untyped]
    except ImportError:
        raise NoBroker(
            "the demo's broker (amqtt) is not installed: `make demo` does that, or name one with --broker"
        ) from None
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    port = _free_port()
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    try:
        yield HOST, port
    finally:
        await broker.shutdown()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
