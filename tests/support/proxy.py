"""A proxy between the gateway and a device, that spoils what passes: whole frames, single bytes, or the connection.

It knows only where frames begin and end. Each fault is a function that gets a frame and decides what becomes of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from tests.support.mosquitto import HOST

_WRITES = {5, 6, 15, 16}
_LONG_WRITES = {15, 16}
_MQTT_PUBLISH = 3
_DUP = 0x08
_QOS = 0x06


class Framing(StrEnum):
    """What passes."""

    MBAP = "mbap"
    RTU = "rtu"
    MQTT = "mqtt"
    RAW = "raw"
    """Whatever comes in one piece."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame on its way."""

    pipe: "Pipe"
    data: bytes
    to_device: bool

    def send(self, data: bytes, after_s: float = 0.0) -> None:
        """Send something on in its place; what follows stays behind it."""
        self.pipe.send_in_order(data, after_s, to_device=self.to_device)

    def overtaken(self, after_s: float, data: bytes) -> None:
        """Send something on later, and let what follows go first."""
        asyncio.get_running_loop().call_later(after_s, partial(self.pipe.send, data, to_device=self.to_device))

    @property
    def function(self) -> int:
        """The Modbus function, also of an exception."""
        return self.data[7 if self.pipe.proxy.framing is Framing.MBAP else 1] & 0x7F

    @property
    def publishes(self) -> bool:
        """Whether it is an MQTT message."""
        return self.data[0] >> 4 == _MQTT_PUBLISH


Fault = Callable[[Frame], None]
When = Callable[[Frame], bool]


def is_write(frame: Frame) -> bool:
    """A Modbus write, or its answer."""
    return frame.function in _WRITES


def is_read(frame: Frame) -> bool:
    """A Modbus read, or its answer."""
    return frame.function not in _WRITES


def is_message(frame: Frame) -> bool:
    """An MQTT message."""
    return frame.publishes


def forward(frame: Frame) -> None:
    """Pass on as it came."""
    frame.send(frame.data)


def drop(_frame: Frame) -> None:
    """Lose the frame. Of a request: before the device has it; of an answer: after."""


def double(frame: Frame) -> None:
    """Pass on twice; an MQTT message says the second time that it is a repetition."""
    frame.send(frame.data)
    again = frame.data
    if frame.pipe.proxy.framing is Framing.MQTT and again[0] & _QOS:
        again = bytes([again[0] | _DUP]) + again[1:]
    frame.send(again)


def corrupt(frame: Frame) -> None:
    """Flip bits of the last byte: on RTU the CRC is wrong then, on MBAP the last value."""
    frame.send(frame.data[:-1] + bytes([frame.data[-1] ^ 0x5A]))


def reset(frame: Frame) -> None:
    """Lose the frame and the connection."""
    frame.pipe.abort()


def stall(frame: Frame) -> None:
    """Lose this frame and all that follow, and let nobody know: the peer has vanished."""
    frame.pipe.stalled = True


def delay(after_s: float) -> Fault:
    """Pass on later; what follows may overtake."""

    def fault(frame: Frame) -> None:
        frame.overtaken(after_s, frame.data)

    return fault


def trickle(every_s: float) -> Fault:
    """Pass on byte by byte."""

    def fault(frame: Frame) -> None:
        for number in range(len(frame.data)):
            frame.send(frame.data[number : number + 1], every_s if number else 0.0)

    return fault


def split(at: int) -> Fault:
    """Pass on in two pieces, the second a moment later."""

    def fault(frame: Frame) -> None:
        frame.send(frame.data[:at])
        frame.send(frame.data[at:], 0.01)

    return fault


def oversize(more: int) -> Fault:
    """Pass on with so many bytes of nonsense behind."""

    def fault(frame: Frame) -> None:
        frame.send(frame.data + bytes(range(1, 252)) * (more // 251 + 1))

    return fault


def flood(length: int) -> Fault:
    """Pass on nonsense in the frame's place."""

    def fault(frame: Frame) -> None:
        frame.send(b"\x00\x07\xff" * (length // 3))

    return fault


@dataclass(slots=True)
class Swap:
    """Hold a frame back until the next one has passed."""

    held: Frame | None = None

    def __call__(self, frame: Frame) -> None:
        """Hold, or pass both in the wrong order."""
        if self.held is None:
            self.held = frame
            return
        frame.send(frame.data)
        self.held.send(self.held.data)
        self.held = None


@dataclass(slots=True)
class Only:
    """Strike only some frames, and only so often; see ``only``."""

    when: When
    fault: Fault
    times: int | None
    struck: int = 0

    def __call__(self, frame: Frame) -> None:
        """Strike, or pass on as it came."""
        if self.when(frame) and (self.times is None or self.struck < self.times):
            self.struck += 1
            self.fault(frame)
        else:
            forward(frame)


def only(when: When, fault: Fault, *, times: int | None = None) -> Only:
    """Strike only such frames, and only so often."""
    return Only(when, fault, times)


class Pipe:
    """One connection through the proxy."""

    def __init__(self, proxy: "Proxy") -> None:
        self.proxy = proxy
        self.near = _End(self, to_device=True)
        self.far = _End(self, to_device=False)
        self.stalled = False
        self._free_at = {True: 0.0, False: 0.0}

    async def connect(self) -> None:
        """Connect to the device; what came meanwhile is passed on."""
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.far, self.proxy.host, self.proxy.to_port)
        except OSError:
            self.abort()
        else:
            self.near.cut()

    def passed(self, data: bytes, *, to_device: bool) -> None:
        """Let the proxy's fault decide on a frame."""
        if not self.stalled:
            fault = self.proxy.to_device if to_device else self.proxy.to_gateway
            fault(Frame(self, data, to_device))

    def send_in_order(self, data: bytes, after_s: float, *, to_device: bool) -> None:
        """Send to one of the ends, so long after what was sent before it."""
        loop = asyncio.get_running_loop()
        if after_s == 0.0 and self._free_at[to_device] <= loop.time():
            self.send(data, to_device=to_device)
            return
        # Timers of one moment have no order.
        self._free_at[to_device] = at = max(loop.time(), self._free_at[to_device]) + max(after_s, 1e-6)
        loop.call_at(at, partial(self.send, data, to_device=to_device))

    def send(self, data: bytes, *, to_device: bool) -> None:
        """Send to one of the ends, now."""
        transport = (self.far if to_device else self.near).transport
        if transport is not None and not transport.is_closing() and not self.stalled:
            transport.write(data)

    def ended(self, end: "_End") -> None:
        """Close the other end as well, unless nobody is to know."""
        other = self.near if end is self.far else self.far
        self.proxy.pipes.discard(self)
        if other.transport is not None and not self.stalled:
            other.transport.close()

    def abort(self) -> None:
        """Reset both ends."""
        self.proxy.pipes.discard(self)
        for end in (self.near, self.far):
            if end.transport is not None:
                end.transport.abort()


class _End(asyncio.Protocol):
    def __init__(self, pipe: Pipe, *, to_device: bool) -> None:
        self._pipe = pipe
        self._to_device = to_device
        self._buffer = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self._to_device:
            self._pipe.proxy.accept(self._pipe)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._to_device or self._pipe.far.transport is not None:
            self.cut()

    def cut(self) -> None:
        for frame in _frames(self._pipe.proxy.framing, self._buffer, asked=self._to_device):
            self._pipe.passed(frame, to_device=self._to_device)

    def connection_lost(self, exc: Exception | None) -> None:
        self._pipe.ended(self)


@dataclass
class Proxy:
    """A listening port before a device's; ``to_device`` and ``to_gateway`` are the faults."""

    framing: Framing
    to_port: int
    host: str = HOST
    to_device: Fault = forward
    to_gateway: Fault = forward
    most: int | None = None
    """How many connections are served at once; one more is reset."""
    refuses: bool = False
    """Whether each new connection is reset at once."""
    accepted: int = 0
    """How often somebody has connected, the refused ones included."""
    busiest: int = 0
    """How many connections there were at once."""
    port: int = 0
    pipes: set[Pipe] = field(default_factory=set)
    _connecting: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    @classmethod
    @asynccontextmanager
    async def before(
        cls, to_port: int, framing: Framing = Framing.MBAP, *, beside: "Proxy | None" = None
    ) -> AsyncIterator["Proxy"]:
        """Stand before a port of this machine until the block ends; ``beside`` counts the same connections."""
        proxy = cls(framing, to_port, most=beside.most if beside else None, pipes=beside.pipes if beside else set())
        proxy._server = await asyncio.get_running_loop().create_server(lambda: Pipe(proxy).near, HOST, 0)
        proxy.port = proxy._server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            proxy._server.close()
            for task in tuple(proxy._connecting):
                task.cancel()
            proxy.hang_up()

    def accept(self, pipe: Pipe) -> None:
        """Serve a new connection, or reset it."""
        self.accepted += 1
        if self.refuses or (self.most is not None and len(self.pipes) >= self.most):
            pipe.abort()
            return
        self.pipes.add(pipe)
        self.busiest = max(self.busiest, len(self.pipes))
        task = asyncio.get_running_loop().create_task(pipe.connect())
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def hang_up(self) -> None:
        """Reset every connection."""
        for pipe in tuple(self.pipes):
            pipe.abort()

    def heal(self) -> None:
        """Pass everything on again; connections that have vanished stay so."""
        self.to_device = self.to_gateway = forward
        self.refuses = False

    async def flap(self, up_s: float, down_s: float) -> None:
        """Be there and away in turns, until cancelled."""
        while True:
            self.refuses = False
            await asyncio.sleep(up_s)
            self.refuses = True
            self.hang_up()
            await asyncio.sleep(down_s)


def _frames(framing: Framing, buffer: bytearray, *, asked: bool) -> Iterator[bytes]:
    """Take whole frames from the front of a buffer."""
    while buffer:
        size = _size(framing, buffer, asked=asked)
        if size is None or len(buffer) < size:
            return
        frame = bytes(buffer[:size])
        del buffer[:size]
        yield frame


def _size(framing: Framing, data: bytearray, *, asked: bool) -> int | None:
    """How long the frame is that begins here; None while that cannot be seen."""
    match framing:
        case Framing.RAW:
            return len(data)
        case Framing.MBAP:
            return 6 + int.from_bytes(data[4:6], "big") if len(data) >= 6 else None
        case Framing.MQTT:
            return _mqtt_size(data)
        case Framing.RTU:
            return _rtu_request_size(data) if asked else _rtu_reply_size(data)


def _rtu_request_size(data: bytearray) -> int | None:
    if len(data) < 8:
        return None
    return 9 + data[6] if data[1] in _LONG_WRITES else 8


def _rtu_reply_size(data: bytearray) -> int | None:
    if len(data) < 3:
        return None
    if data[1] & 0x80:
        return 5
    return 8 if data[1] in _WRITES else 5 + data[2]


def _mqtt_size(data: bytearray) -> int | None:
    length = 0
    for position in range(1, min(len(data), 5)):
        length |= (data[position] & 0x7F) << 7 * (position - 1)
        if not data[position] & 0x80:
            return 1 + position + length
    return None
