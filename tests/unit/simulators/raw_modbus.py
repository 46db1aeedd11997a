"""A Modbus client that sees bytes: nothing is checked for it and nothing is hidden from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from struct import pack, unpack

REPLY_WITHIN_S = 5.0


def crc(data: bytes) -> bytes:
    """The RTU check bytes, bit by bit, apart from the simulators' table."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return pack("<H", value)


class RawModbus:
    """One connection, in either framing."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, rtu: bool) -> None:
        self._reader = reader
        self._writer = writer
        self._rtu = rtu
        self._transaction = 0

    def send(self, unit: int, pdu: str) -> int:
        """Send a request given in hexadecimal; return its transaction id, which RTU lacks."""
        body = bytes((unit,)) + bytes.fromhex(pdu)
        self._transaction += 1
        self.send_raw(body + crc(body) if self._rtu else pack(">HHH", self._transaction, 0, len(body)) + body)
        return self._transaction

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)

    async def raw(self, count: int) -> str:
        """The next bytes, in hexadecimal."""
        async with asyncio.timeout(REPLY_WITHIN_S):
            return (await self._reader.readexactly(count)).hex(" ")

    async def reply(self) -> tuple[int, int, str]:
        """The next MBAP answer: transaction id, unit and PDU."""
        async with asyncio.timeout(REPLY_WITHIN_S):
            transaction, _, length, unit = unpack(">HHHB", await self._reader.readexactly(7))
            return transaction, unit, (await self._reader.readexactly(length - 1)).hex(" ")

    async def ask(self, unit: int, pdu: str) -> str:
        """The PDU that answers a request on an MBAP connection; the very next answer must be its."""
        sent = self.send(unit, pdu)
        transaction, answered, answer = await self.reply()
        assert (transaction, answered) == (sent, unit)
        return answer

    async def ended(self) -> bool:
        """Whether the other side ends the connection without another byte."""
        async with asyncio.timeout(REPLY_WITHIN_S):
            try:
                return await self._reader.read(1) == b""
            except ConnectionResetError:
                return True


@asynccontextmanager
async def connected(port: int, *, rtu: bool = False) -> AsyncIterator[RawModbus]:
    """Connect to a listener of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield RawModbus(reader, writer, rtu=rtu)
    finally:
        writer.close()
