"""The HTTP face on a socket, and the gateway as a process that is told to stop."""

import asyncio
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from meterhold.bootstrap import Gateway, gateway
from meterhold.cli.exits import Unreachable
from meterhold.cli.memory import search_for_garbage_rarely
from meterhold.documents.config import GatewayDocument
from meterhold.documents.config_http import is_loopback
from meterhold.web.tls import server_context

_log = structlog.get_logger()

BACKLOG = 512
LET_GO_WITHIN_S = 5


class PortTaken(Unreachable):
    """The API cannot listen where it should."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: the gateway stops writing before its HTTP face goes."""
        yield


@asynccontextmanager
async def serving(app: FastAPI, host: str, port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve an application until the block ends, and say where; port 0 takes a free one."""
    listening = _listen(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=LET_GO_WITHIN_S,
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    try:
        bound = listening.getsockname()
        yield f"{'http' if tls is None else 'https'}://{f'[{bound[0]}]' if ':' in bound[0] else bound[0]}:{bound[1]}"
    finally:
        server.should_exit = True
        await task


def serve_until_told(
    config: GatewayDocument, store_url: str, say: Callable[[str], None], reread: Callable[[], GatewayDocument]
) -> None:
    """Run the gateway until SIGTERM or SIGINT, on the fast loop where there is one. SIGHUP lets it read anew."""
    work = _serve(config, store_url, say, reread)
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


async def _serve(
    config: GatewayDocument, store_url: str, say: Callable[[str], None], reread: Callable[[], GatewayDocument]
) -> None:
    tls = None if config.http.tls is None else server_context(config.http.tls)
    if tls is None and not is_loopback(config.http.host):
        _log.warning("the API speaks plain HTTP on a network: keys and orders can be read there", host=config.http.host)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    async with (
        gateway(config, store_url) as running,
        _reloading(running, reread),
        serving(running.app, config.http.host, config.http.port, tls) as where,
    ):
        search_for_garbage_rarely()
        say(where)
        await told.wait()
        # First no new write; the last answers leave while the turns under way come to their end.
        await running.engine.stop()


@asynccontextmanager
async def _reloading(running: Gateway, reread: Callable[[], GatewayDocument]) -> AsyncIterator[None]:
    """Read the configuration again at SIGHUP; until the block ends, no longer."""
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[bool]] = set()

    def reload() -> None:
        task = loop.create_task(running.reload(reread), name="reload")
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGHUP, reload)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        await asyncio.gather(*reloads)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortTaken(f"the API cannot listen on {host}:{port}: {error.strerror or error}") from error
