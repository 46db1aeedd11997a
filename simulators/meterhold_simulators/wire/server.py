"""A Modbus server on asyncio: several units a port, both framings, and answers that come late, twice or in bytes."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol, cast

from meterhold_simulators.spec import Framing as FramingName
from meterhold_simulators.spec import ListenerSpec
from meterhold_simulators.wire.framing import BadFrameError, Framing, Mbap, Request, Rtu
from meterhold_simulators.wire.pacing import Line
from meterhold_simulators.wire.pdu import TARGET_SILENT, Reply, refusal_pdu

log = logging.getLogger(__name__)

BROADCAST = 0


class Answering(Protocol):
    """A unit on the line."""

    def answer(self, pdu: bytes, wire: bytes) -> bytes | Reply | None:
        """The answer to a request, or None for silence."""


class ModbusListener:
    """One TCP port and the units behind it."""

    def __init__(self, name: str, spec: ListenerSpec, units: Mapping[int, Answering]) -> None:
        self.name = name
        self.spec = spec
        self.units = dict(units)
        self.framing: Framing = Mbap() if spec.framing is FramingName.MBAP else Rtu()
        self.line = Line(spec.baud, spec.bits_per_char, spec.turnaround_s) if spec.baud else None
        self.connections: set[Connection] = set()
        self.port = spec.port
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; `port` is then the real one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), self.spec.host, self.spec.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is None:
            return
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()
        self._server = None

    def hang_up(self) -> None:
        """Drop every connection at once, as a converter that restarts does."""
        for connection in tuple(self.connections):
            connection.drop()

    def swap_units(self, one: int, other: int) -> None:
        """Exchange two meters on the line, as a mistake at the switchboard does."""
        self.units[one], self.units[other] = self.units[other], self.units[one]


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, listener: ModbusListener) -> None:
        self._listener = listener
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timers: set[asyncio.TimerHandle] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, or refuse a connection too many."""
        self._transport = cast("asyncio.Transport", transport)
        limit = self._listener.spec.max_connections
        if limit is not None and len(self._listener.connections) >= limit:
            self._transport.abort()
            return
        self._listener.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget what was still to be sent."""
        self._listener.connections.discard(self)
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._buffer += data
        try:
            for request in self._listener.framing.requests(self._buffer):
                self._serve(request)
        except BadFrameError as error:
            log.warning("%s: %s, hanging up", self._listener.name, error)
            self.drop()

    def drop(self) -> None:
        """Reset the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _serve(self, request: Request) -> None:
        listener = self._listener
        face = listener.units.get(request.unit)
        if face is None:
            if request.unit == BROADCAST and listener.framing.broadcasts:
                for each in listener.units.values():
                    each.answer(request.pdu, request.frame)
            elif listener.framing.answers_for_missing:
                self._send(request, refusal_pdu(request.pdu[0], TARGET_SILENT))
            return
        answer = face.answer(request.pdu, request.frame)
        if isinstance(answer, Reply):
            self._send_specially(request, answer)
        elif answer is not None:
            self._send(request, answer)

    def _send(self, request: Request, pdu: bytes) -> None:
        frame = self._listener.framing.frame(request, request.unit, pdu)
        self._write_after(self._line_delay_s(request, frame), frame)

    def _send_specially(self, request: Request, reply: Reply) -> None:
        if reply.hang_up:
            self.drop()
            return
        framing = self._listener.framing
        frame = framing.frame(request, reply.unit or request.unit, reply.pdu)
        if reply.garbled:
            frame = framing.garble(frame)
        delay_s = reply.delay_s + self._line_delay_s(request, frame)
        if reply.trickle_s > 0:
            for index in range(len(frame)):
                self._write_after(delay_s + index * reply.trickle_s, frame[index : index + 1])
        else:
            self._write_after(delay_s, frame * reply.copies)

    def _line_delay_s(self, request: Request, frame: bytes) -> float:
        line = self._listener.line
        if line is None:
            return 0.0
        return line.delay_s(asyncio.get_running_loop().time(), len(request.frame) + len(frame))

    def _write_after(self, delay_s: float, data: bytes) -> None:
        if delay_s <= 0:
            self._write(data)
            return
        timer: asyncio.TimerHandle

        def write() -> None:
            self._timers.discard(timer)
            self._write(data)

        timer = asyncio.get_running_loop().call_later(delay_s, write)
        self._timers.add(timer)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
