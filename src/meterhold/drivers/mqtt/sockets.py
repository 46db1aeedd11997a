"""A connected socket for paho, which by itself would connect and shake hands while the whole loop waits."""

import asyncio
import socket
import ssl
from collections.abc import Callable


async def connect_socket(host: str, port: int, tls: ssl.SSLContext | None, server_name: str | None) -> socket.socket:
    """Connect, and shake hands where TLS is wanted; raises ``OSError``."""
    sock = await _connect_tcp(host, port)
    if tls is None:
        return sock
    wrapped: ssl.SSLSocket | None = None
    try:
        wrapped = tls.wrap_socket(sock, do_handshake_on_connect=False, server_hostname=server_name or host)
        await _shake_hands(wrapped)
    except BaseException:
        (wrapped or sock).close()
        raise
    return wrapped


async def _connect_tcp(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure = OSError(f"{host} has no address")
    for family, kind, number, _, place in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, number)
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        try:
            await loop.sock_connect(sock, place)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            # Without it, QoS 1 waits 40 ms for each delayed ACK of TCP.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise failure


async def _shake_hands(sock: ssl.SSLSocket) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            await _ready(sock, loop.add_reader, loop.remove_reader)
        except ssl.SSLWantWriteError:
            await _ready(sock, loop.add_writer, loop.remove_writer)
        else:
            return


async def _ready(
    sock: socket.socket, add: Callable[[int, Callable[[], None]], None], remove: Callable[[int], bool]
) -> None:
    """Wait until the socket may be read or written."""
    ready = asyncio.Event()
    add(sock.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        remove(sock.fileno())
