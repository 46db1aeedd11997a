"""One TCP connection through pymodbus, with the library's silent habits taken away.

pymodbus repeats a request (also a write) three times, connects again behind one's back, waits a whole time-out after
the peer has closed, and counts its transaction ids from 1 again on each connection. None of that happens here:
a connection is used once, and when it is lost it is over.
"""

from collections.abc import Callable
from typing import Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

from meterhold.drivers.modbus.framing import Framing
from meterhold.drivers.modbus.replies import DoesNotFit, keep_echoes

_FRAMERS: Final = {Framing.TCP: FramerType.SOCKET, Framing.RTU_OVER_TCP: FramerType.RTU}


class NoReply(Exception):
    """The request left and no answer came in time."""


class Gone(Exception):
    """The connection was lost while the answer was awaited."""


class Unconnected(Exception):
    """The connection was lost before the request: no byte of it left."""


class Connection:
    """One connection of a line: opened once, closed once."""

    __slots__ = ("_client", "_ctx", "_on_lost", "_waiting", "lost", "proven", "received", "sent", "stray")

    def __init__(self, host: str, port: int, framing: Framing, on_lost: Callable[["Connection"], None]) -> None:
        """Prepare the connection; must be called inside the running loop."""
        self._client = AsyncModbusTcpClient(
            host,
            port=port,
            framer=_FRAMERS[framing],
            retries=0,
            reconnect_delay=0,
            trace_packet=self._saw_packet,
            trace_connect=self._saw_connect,
        )
        keep_echoes(self._client)
        self._ctx = self._client.ctx
        self._on_lost = on_lost
        self._waiting = False
        self.lost = False
        """Whether it ended: by the peer, or by us."""
        self.proven = False
        """Whether a reply ever came through it that fitted its request."""
        self.stray = False
        """Whether bytes came that nobody waited for."""
        self.sent = b""
        self.received = b""

    async def open(self, *, connect_timeout_s: float, timeout_s: float, last_transaction_id: int) -> None:
        """Connect within the time; raise ``Unconnected`` where that fails.

        Transaction ids go on from the connection before: a late reply that a serial server hands to the new connection
        then meets no request with its id.
        """
        # pymodbus knows one time-out for both; a connection that is being opened has no reply to wait for.
        self._ctx.comm_params.timeout_connect = connect_timeout_s
        if not await self._client.connect():
            self.lost = True
            raise Unconnected
        self._ctx.comm_params.timeout_connect = timeout_s
        self._ctx.next_tid = last_transaction_id

    @property
    def last_transaction_id(self) -> int:
        """The transaction id that was used last."""
        return self._ctx.next_tid

    async def exchange(self, request: ModbusPDU, *, strict_id: bool) -> ModbusPDU:
        """Send a request once and return what came back, unchecked but for the transaction id.

        Raises ``Unconnected`` (nothing left), ``NoReply``, ``Gone`` or ``DoesNotFit``.
        """
        ctx = self._ctx
        if self.lost or ctx.transport.is_closing():
            raise Unconnected
        self.received = b""
        self._waiting = True
        try:
            reply = await ctx.execute(False, request)  # noqa: FBT003 - the library's signature
        except ConnectionException as lost:
            raise Gone from lost
        except ModbusException as silence:
            # After a few unanswered requests in a row the library itself gives the connection up.
            raise (NoReply if ctx.is_active() else Gone) from silence
        finally:
            self._waiting = False
        # pymodbus takes a reply with id 0 for the answer to any request.
        if strict_id and reply.transaction_id != request.transaction_id:
            raise DoesNotFit(f"transaction id {reply.transaction_id} for {request.transaction_id}")
        return reply

    def close(self) -> None:
        """Close in good order: what was written still leaves."""
        self.lost = True
        self._client.close()

    def abort(self) -> None:
        """Close at once and drop what has not left yet."""
        self.lost = True
        if self._ctx.is_active():
            self._ctx.transport.abort()  # type: ignore[attr-defined]  # a TCP transport; pymodbus types the base
        self._client.close()
        self._fail_pending()

    def _saw_packet(self, sending: bool, data: bytes) -> bytes:  # noqa: FBT001 - the library's signature
        if sending:
            self.sent = data
            return data
        self.received = data
        if not self._waiting or self._ctx.response_future.done():
            self.stray = True
        return data

    def _saw_connect(self, connected: bool) -> None:  # noqa: FBT001 - the library's signature
        if connected:
            return
        self.lost = True
        self._fail_pending()
        self._on_lost(self)

    def _fail_pending(self) -> None:
        # pymodbus leaves the pending call to its time-out; there is nothing left to wait for.
        if self._waiting and not self._ctx.response_future.done():
            self._ctx.response_future.set_exception(ConnectionException("connection lost"))
