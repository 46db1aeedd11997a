"""One TCP connection through pymodbus, with the library's silent habits taken away.

pymodbus' own ``execute`` repeats a request (also a write), waits a whole time-out after the peer has closed, and
connects again behind one's back. So the library frames, sends and decodes here, and the waiting is ours: a request
leaves once, its fate is known at once, and a connection that was lost is over.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

from meterhold.drivers.modbus.framing import Framing
from meterhold.drivers.modbus.replies import DoesNotFit, keep_raw

_FRAMERS: Final = {Framing.TCP: FramerType.SOCKET, Framing.RTU_OVER_TCP: FramerType.RTU}


class NoReply(Exception):
    """The request left and no answer came in time."""


class Gone(Exception):
    """The connection was lost while the answer was awaited."""


class Unconnected(Exception):
    """The connection was lost before the request: no byte of it left."""


class Connection:
    """One connection of a line: opened once, closed once. One request at a time: the line sees to that."""

    __slots__ = (
        "_client",
        "_ctx",
        "_loop",
        "_on_lost",
        "_timeout_s",
        "lost",
        "proven",
        "received",
        "sent",
        "silences",
        "stray",
    )

    def __init__(
        self, host: str, port: int, framing: Framing, timeout_s: float, on_lost: Callable[["Connection"], None]
    ) -> None:
        """Prepare the connection; must be called inside the running loop."""
        self._loop = asyncio.get_running_loop()
        self._timeout_s = timeout_s
        self._on_lost = on_lost
        self._client = AsyncModbusTcpClient(
            host,
            port=port,
            framer=_FRAMERS[framing],
            retries=0,
            reconnect_delay=0,
            trace_packet=self._saw_packet,
            trace_connect=self._saw_connect,
        )
        keep_raw(self._client)
        self._ctx = self._client.ctx
        # Nothing is waited for yet: what comes now answers no request.
        self._ctx.response_future.cancel()
        self.lost = False
        """Whether it ended: by the peer, or by us."""
        self.proven = False
        """Whether its last request was answered."""
        self.silences = 0
        """How many requests in a row were not."""
        self.stray = False
        """Whether bytes came that nobody waited for."""
        self.sent = b""
        self.received = b""

    async def open(self, *, within_s: float, last_transaction_id: int) -> None:
        """Connect, or raise ``Unconnected``.

        Transaction ids go on from the connection before: a late reply that a serial server hands to the new connection
        then meets no request with its id.
        """
        self._ctx.comm_params.timeout_connect = within_s
        if not await self._client.connect():
            self.lost = True
            raise Unconnected
        self._ctx.next_tid = last_transaction_id

    @property
    def last_transaction_id(self) -> int:
        """The transaction id that was used last."""
        return self._ctx.next_tid

    @property
    def usable(self) -> bool:
        """Whether a request may go out: neither side has begun to close."""
        return not self.lost and not self._ctx.transport.is_closing()

    async def exchange(self, request: ModbusPDU, *, strict_id: bool) -> ModbusPDU:
        """Send a request once and return what came back, unchecked but for the transaction id.

        Raises ``Unconnected`` (nothing left), ``NoReply``, ``Gone`` or ``DoesNotFit``.
        """
        ctx = self._ctx
        if not self.usable:
            raise Unconnected
        if not ctx.response_future.done():
            # On RTU the first reply would answer the second request.
            raise AssertionError("requests on a line never overlap")
        self.received = b""
        request.transaction_id = ctx.getNextTID()
        ctx.response_future = answer = self._loop.create_future()
        ctx.pdu_send(request)
        timer = self._loop.call_later(self._timeout_s, _fail, answer, NoReply)
        try:
            reply: ModbusPDU = await answer
        finally:
            timer.cancel()
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
        _fail(self._ctx.response_future, Gone)

    def _saw_packet(self, sending: bool, data: bytes) -> bytes:  # noqa: FBT001 - the library's signature
        if sending:
            self.sent = data
        else:
            self.received = data
            if self._ctx.response_future.done():
                self.stray = True
        return data

    def _saw_connect(self, connected: bool) -> None:  # noqa: FBT001 - the library's signature
        if not connected:
            self.lost = True
            _fail(self._ctx.response_future, Gone)
            self._on_lost(self)


def _fail(answer: asyncio.Future[ModbusPDU], why: type[Exception]) -> None:
    if not answer.done():
        answer.set_exception(why())
