"""A Modbus peer that does exactly what a test says; it frames by itself, without pymodbus."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HOST = "127.0.0.1"


def crc16(frame: bytes) -> bytes:
    """The two bytes that end an RTU frame."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the device got it."""

    device: "ModbusDevice"
    peer: "Peer"
    transaction_id: int
    unit: int
    pdu: bytes

    @property
    def function(self) -> int:
        """The function code."""
        return self.pdu[0]

    def frame(self, pdu: bytes, *, unit: int | None = None, transaction_id: int | None = None) -> bytes:
        """Frame an answer as the request was framed."""
        answering = self.unit if unit is None else unit
        if self.device.rtu:
            frame = bytes([answering]) + pdu
            return frame + crc16(frame)
        number = self.transaction_id if transaction_id is None else transaction_id
        return number.to_bytes(2, "big") + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + bytes([answering]) + pdu

    def reply(self, pdu: bytes, *, unit: int | None = None, transaction_id: int | None = None) -> None:
        """Answer on the connection that the request came through, now."""
        self.peer.send(self.frame(pdu, unit=unit, transaction_id=transaction_id))

    def standard(self) -> bytes:
        """What a healthy meter answers: writes are echoed, coil 5 is off, register n holds n."""
        first, second = int.from_bytes(self.pdu[1:3], "big"), int.from_bytes(self.pdu[3:5], "big")
        match self.function:
            case 1 | 2:
                return bytes([self.function, (second + 7) // 8]) + bytes((second + 7) // 8)
            case 3 | 4:
                words = b"".join((first + n).to_bytes(2, "big") for n in range(second))
                return bytes([self.function, len(words)]) + words
            case _:
                return self.pdu[:5]

    def answer(self) -> None:
        """Answer as a healthy meter."""
        self.reply(self.standard())

    def refuse(self, code: int) -> None:
        """Answer with an exception."""
        self.reply(bytes([self.function | 0x80, code]))


def answer(request: Request) -> None:
    """Answer as a healthy meter."""
    request.answer()


def stay_silent(_request: Request) -> None:
    """Do nothing at all."""


def hang_up(request: Request) -> None:
    """Close the connection instead of answering."""
    request.peer.transport.close()


class Peer(asyncio.Protocol):
    """One connection, as the device sees it."""

    transport: asyncio.Transport

    def __init__(self, device: "ModbusDevice") -> None:
        self._device = device
        self._buffer = b""
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._device.peers.append(self)
        self._device.on_connect(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the gateway has closed."""
        self.closed.set()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Cut requests out of the stream and give each to the script."""
        self._buffer += data
        while request := self._next():
            self._device.requests.append(request)
            self._device.arrived.set()
            self._device.on_request(request)

    def _next(self) -> Request | None:
        data = self._buffer
        if self._device.rtu:
            size = 9 + data[6] if len(data) > 6 and data[1] in {15, 16} else 8
            if len(data) < size:
                return None
            assert crc16(data[: size - 2]) == data[size - 2 : size]
            request = Request(self._device, self, 0, data[0], data[1 : size - 2])
        else:
            if len(data) < 8 or len(data) < (size := 6 + int.from_bytes(data[4:6], "big")):
                return None
            request = Request(self._device, self, int.from_bytes(data[:2], "big"), data[6], data[7:size])
        self._buffer = data[size:]
        return request


@dataclass
class ModbusDevice:
    """A listening peer; ``on_request`` is the script."""

    rtu: bool = False
    tls: ssl.SSLContext | None = None
    on_request: Callable[[Request], None] = answer
    on_connect: Callable[[Peer], None] = lambda _peer: None
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    @property
    def writes(self) -> list[bytes]:
        """The write requests that came, in order."""
        return [request.pdu for request in self.requests if request.function in {5, 6, 15, 16}]

    async def listen(self) -> None:
        """Listen; on the former port if there was one."""
        self._server = await asyncio.get_running_loop().create_server(lambda: Peer(self), HOST, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop all connections."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for peer in self.peers:
            peer.transport.abort()

    async def request(self, number: int = 1) -> Request:
        """Wait until so many requests have come; return the last of them."""
        while len(self.requests) < number:
            self.arrived.clear()
            await self.arrived.wait()
        return self.requests[number - 1]

    @classmethod
    @asynccontextmanager
    async def running(
        cls, on_request: Callable[[Request], None] = answer, *, rtu: bool = False, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator["ModbusDevice"]:
        """Listen until the block ends."""
        device = cls(rtu=rtu, tls=tls, on_request=on_request)
        await device.listen()
        try:
            yield device
        finally:
            await device.close()
