"""One connection through pymodbus, with the library's silent habits taken away.

pymodbus' own ``execute`` repeats a request (also a write), waits a whole time-out after the peer has closed, and
connects again behind one's back. So the library frames, sends and decodes here, and the waiting is ours: a request
leaves once, its fate is known at once, and a connection that was lost is over.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from pymodbus.pdu import ModbusPDU

from meterhold.drivers.modbus.peers import Peer
from meterhold.drivers.modbus.replies import DoesNotFit, keep_raw

_GOODBYE_WITHIN_S: Final = 1.0


class NoReply(Exception):
    """The request left and no answer came in time."""


class Gone(Exception):
    """The connection was lost while the answer was awaited; the argument says what is known of why."""


class Unconnected(Exception):
    """There is no connection: no byte left. The argument says what is known of why."""


class Connection:
    """One connection of a line: opened once, closed once. One request at a time: the line sees to that."""

    __slots__ = (
        "_client",
        "_ctx",
        "_ended",
        "_loop",
        "_made",
        "_on_lost",
        "_peer",
        "_reason",
        "_timeout_s",
        "lost",
        "proven",
        "received",
        "sent",
        "silences",
        "stray",
    )

    def __init__(self, peer: Peer, timeout_s: float, on_lost: Callable[["Connection", bool], None]) -> None:
        """Prepare the connection; must be called inside the running loop.

        ``on_lost`` is told when the peer ends the connection, and whether an answer was awaited then.
        """
        self._loop = asyncio.get_running_loop()
        self._peer = peer
        self._timeout_s = timeout_s
        self._on_lost = on_lost
        self._client = peer.client({"trace_packet": self._saw_packet, "trace_connect": self._saw_connect})
        keep_raw(self._client)
        self._ctx = self._client.ctx
        self._ctx.call_create = self._telling_why(self._ctx.call_create)
        self._ctx.callback_disconnected = self._saw_loss  # type: ignore[assignment,method-assign]  # trace_connect has no reason
        # Nothing is waited for yet: what comes now answers no request.
        self._ctx.response_future.cancel()
        self._made = asyncio.Event()
        self._ended = asyncio.Event()
        self._reason = ""
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
            raise Unconnected(self._reason or f"no answer within {within_s:g} s")
        # A serial port is ready only some steps of the loop later.
        await self._made.wait()
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
            raise Unconnected(self._reason)
        if not ctx.response_future.done():
            # On RTU the first reply would answer the second request.
            raise AssertionError("requests on a line never overlap")
        self.received = b""
        request.transaction_id = ctx.getNextTID()
        ctx.response_future = answer = self._loop.create_future()
        ctx.pdu_send(request)
        # One deadline for the whole reply: single bytes do not keep a request alive.
        timer = self._loop.call_later(self._timeout_s, _fail, answer, NoReply())
        try:
            reply: ModbusPDU = await answer
        finally:
            timer.cancel()
        # pymodbus takes a reply with id 0 for the answer to any request.
        if strict_id and reply.transaction_id != request.transaction_id:
            raise DoesNotFit(f"transaction id {reply.transaction_id} for {request.transaction_id}")
        return reply

    async def leave(self) -> None:
        """Close in good order: wait (not for long) until the peer has closed too, and has room for somebody else."""
        self.lost = True
        # The library sets None where there is none any more, and does not say so.
        transport: Any = self._ctx.transport
        try:
            if transport is not None and transport.can_write_eof():
                transport.write_eof()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_GOODBYE_WITHIN_S):
                        await self._ended.wait()
        finally:
            self._client.close()

    def abort(self) -> None:
        """Close at once and drop what has not left yet."""
        self.lost = True
        # What is still being opened is dropped as soon as it is there.
        if self._made.is_set():
            self._drop()
        _fail(self._ctx.response_future, Gone("closed by us"))

    def _drop(self) -> None:
        if self._ctx.transport is not None:
            self._peer.drop(self._ctx.transport)
        self._client.close()

    def _telling_why(self, create: Callable[[], Coroutine[Any, Any, Any]]) -> Callable[[], Coroutine[Any, Any, Any]]:
        # The library says only that it failed.
        async def creating() -> Any:  # noqa: ANN401 - the library's own transport
            try:
                return await create()
            except OSError as error:
                self._reason = str(error)
                raise

        return creating

    def _saw_packet(self, sending: bool, data: bytes) -> bytes:  # noqa: FBT001 - the library's signature
        if sending:
            self.sent = data
        else:
            self.received = data
            if self._ctx.response_future.done():
                self.stray = True
        return data

    def _saw_connect(self, connected: bool) -> None:  # noqa: FBT001 - the library's signature
        if connected:
            self._made.set()
            if self.lost:
                # It was given up while it was being opened.
                self._loop.call_soon(self._drop)

    def _saw_loss(self, error: Exception | None) -> None:
        awaited = not self._ctx.response_future.done()
        self._ended.set()
        if self.lost:
            return
        self.lost = True
        self._reason = str(error or "") or "the peer closed it"
        _fail(self._ctx.response_future, Gone(self._reason))
        self._on_lost(self, awaited)


def _fail(answer: asyncio.Future[ModbusPDU], why: Exception) -> None:
    if not answer.done():
        answer.set_exception(why)
