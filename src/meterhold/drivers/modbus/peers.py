"""What a line leads to: a TCP peer, one behind TLS, or a serial port. Each makes the library's client for itself."""

import asyncio
import termios
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from ssl import SSLContext
from typing import Any, Final, Protocol, TypedDict

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient, AsyncModbusTlsClient
from pymodbus.client.base import ModbusBaseClient
from pymodbus.framer import FramerSocket, FramerType

from meterhold.drivers.modbus.framing import Framing

_FRAMERS: Final = {Framing.TCP: FramerType.SOCKET, Framing.RTU_OVER_TCP: FramerType.RTU}
_GAP_CHARACTERS: Final = 3.5
_FASTEST_IN_CHARACTERS: Final = 19_200
_FIXED_GAP_S: Final = 0.00175
"""Above 19,200 baud the standard fixes the silence between frames, whatever the characters take."""
_DATA_AND_START_BITS: Final = 9
_GOODBYE_WITHIN_S: Final = 1.0


class Parity(StrEnum):
    """The parity bit of a character."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


class Hooks(TypedDict):
    """What the library's client calls."""

    trace_packet: Callable[[bool, bytes], bytes]
    trace_connect: Callable[[bool], None]


class Peer(Protocol):
    """What a line leads to."""

    @property
    def pairs(self) -> bool:
        """Whether a transaction id pairs each reply with its request."""

    @property
    def gap_s(self) -> float:
        """The least silence on the line before a request."""

    def client(self, hooks: Hooks) -> ModbusBaseClient:
        """Make the library's client, without its own repetitions and reconnects. Inside the running loop."""

    def drop(self, transport: asyncio.BaseTransport) -> None:
        """Close at once, and drop what has not left yet."""


@dataclass(frozen=True, slots=True)
class TcpPeer:
    """A meter, a gateway or a serial server on TCP."""

    host: str
    port: int
    framing: Framing = Framing.TCP

    @property
    def pairs(self) -> bool:
        """Only MBAP has a transaction id."""
        return self.framing is Framing.TCP

    @property
    def gap_s(self) -> float:
        """None: the speed of a line behind a serial server is not known here."""
        return 0.0

    def client(self, hooks: Hooks) -> ModbusBaseClient:
        """Make a TCP client with the framing that the peer speaks."""
        return AsyncModbusTcpClient(
            self.host, port=self.port, framer=_FRAMERS[self.framing], retries=0, reconnect_delay=0, **hooks
        )

    def drop(self, transport: asyncio.BaseTransport) -> None:
        """Reset the connection."""
        _abort(transport)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class TlsPeer:
    """A Modbus/TCP Security peer: MBAP in TLS, each side with its certificate."""

    host: str
    port: int
    context: SSLContext = field(repr=False)
    server_name: str | None = None
    """The name in the peer's certificate, where it is not the host."""

    @property
    def pairs(self) -> bool:
        """MBAP has a transaction id."""
        return True

    @property
    def gap_s(self) -> float:
        """None: TCP paces itself."""
        return 0.0

    def client(self, hooks: Hooks) -> ModbusBaseClient:
        """Make a TLS client that puts fragmented replies together.

        The library's TLS framer takes any piece that comes for a whole reply; the frames are those of plain MBAP, and
        the framer of plain MBAP counts their length.
        """
        client = AsyncModbusTlsClient(
            self.host, port=self.port, sslctx=self.context, retries=0, reconnect_delay=0, **hooks
        )
        ctx = client.ctx
        ctx.framer = FramerSocket(ctx.framer.decoder)
        ctx.call_create = partial(
            asyncio.get_running_loop().create_connection,
            ctx.handle_new_connection,
            self.host,
            self.port,
            ssl=self.context,
            server_hostname=self.server_name or self.host,
            ssl_shutdown_timeout=_GOODBYE_WITHIN_S,
        )
        return client

    def drop(self, transport: asyncio.BaseTransport) -> None:
        """Reset the connection."""
        _abort(transport)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial line at this machine, RTU, 8 data bits."""

    device: str
    baud: int = 9_600
    parity: Parity = Parity.NONE
    stop_bits: int = 1

    @property
    def character_s(self) -> float:
        """How long one character takes: start, data, parity and stop bits."""
        parity_bits = 0 if self.parity is Parity.NONE else 1
        return (_DATA_AND_START_BITS + parity_bits + self.stop_bits) / self.baud

    @property
    def pairs(self) -> bool:
        """RTU has no transaction id."""
        return False

    @property
    def gap_s(self) -> float:
        """The 3.5 characters of silence that separate frames."""
        return _FIXED_GAP_S if self.baud > _FASTEST_IN_CHARACTERS else _GAP_CHARACTERS * self.character_s

    def client(self, hooks: Hooks) -> ModbusBaseClient:
        """Make a serial client; the port is opened for us alone."""
        client = AsyncModbusSerialClient(
            self.device,
            framer=FramerType.RTU,
            baudrate=self.baud,
            parity=self.parity.value[0].upper(),
            stopbits=self.stop_bits,
            retries=0,
            reconnect_delay=0,
            **hooks,
        )
        client.ctx.call_create = partial(_open_port, client.ctx.call_create)
        return client

    def drop(self, transport: asyncio.BaseTransport) -> None:
        """Close the port; what waits in the driver's buffer is dropped, and nobody waits for it to leave."""
        port = getattr(transport, "sync_serial", None)
        if port is not None:
            # The port may be gone already: somebody pulled the adapter out.
            with suppress(OSError, termios.error):
                port.reset_output_buffer()
        _abort(transport)

    def __str__(self) -> str:
        return self.device


async def _open_port(create: Callable[[], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401 - the library's transport
    """Open; a port that does not take its settings fails as one that is not there."""
    try:
        return await create()
    except (termios.error, ValueError) as error:
        # Neither is an OSError, and the library knows no others.
        raise OSError(f"the port refuses its settings: {error}") from error


def _abort(transport: asyncio.BaseTransport) -> None:
    transport.abort()  # type: ignore[attr-defined]  # every transport that writes has it; pymodbus types the base
