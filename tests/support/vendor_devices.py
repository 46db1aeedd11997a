"""Devices written from the tables in docs/guide-new-meter.md alone: they know nothing of the profiles there."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiomqtt

_OFFSETS = {3: 40001, 4: 30001, 6: 40001}
_UNLOCK, _SWITCH = 40101, 40102


class HaldenEm120:
    """The register table of the Halden EM-120, served as Modbus TCP."""

    def __init__(self) -> None:
        self.closed = True
        self.locked = False
        self.unlocked = False
        self.writes: list[tuple[int, int]] = []

    def registers(self) -> dict[int, int]:
        """The input registers by their number in the manual."""
        current, power = (239, 550) if self.closed else (0, 0)
        status = (1 if self.closed else 2) | (0x10 if self.locked else 0)
        return {
            30001: 0x0022,
            30002: 0x0117,
            30011: 123456 & 0xFFFF,
            30012: 123456 >> 16,
            30021: 2300,
            30022: current,
            30023: power,
            30024: 0,
            30041: status,
        }

    def answer(self, pdu: bytes) -> bytes:
        """The answer to one request."""
        function, address, second = pdu[0], int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        number = address + _OFFSETS.get(function, 0)
        if function == 4 and second <= 16:
            words = [self.registers().get(number + n, 0) for n in range(second)]
            return bytes((4, 2 * second)) + b"".join(word.to_bytes(2, "big") for word in words)
        if function == 6:
            return self._written(number, second) or pdu
        return bytes((function | 0x80, 1))

    def _written(self, number: int, value: int) -> bytes | None:
        self.writes.append((number, value))
        if number == _UNLOCK:
            self.unlocked = value == 0x5AA5
        elif number == _SWITCH and self.locked:
            return bytes((0x86, 4))
        elif number == _SWITCH and self.unlocked and value in {1, 2}:
            self.closed, self.unlocked = value == 1, False
        else:
            return bytes((0x86, 3))
        return None

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        """Serve it on a free port while the block runs."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    head = await reader.readexactly(7)
                    pdu = await reader.readexactly(int.from_bytes(head[4:6], "big") - 1)
                    answer = self.answer(pdu)
                    writer.write(head[:4] + (len(answer) + 1).to_bytes(2, "big") + head[6:] + answer)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()


class FjordV1:
    """The Fjord V1 of the guide, on a broker."""

    def __init__(self, device_id: str) -> None:
        self.device_id = device_id
        self.position = 100
        self.commands: list[str] = []

    def state(self) -> str:
        """What it publishes."""
        flow = 310 if self.position else 0
        return json.dumps({"id": self.device_id, "position": self.position, "flow_l_h": flow, "battery": 88})

    @asynccontextmanager
    async def on(self, host: str, port: int, every_s: float) -> AsyncIterator[None]:
        """Be there while the block runs."""
        base = f"fjord/{self.device_id}"
        async with aiomqtt.Client(host, port, will=aiomqtt.Will(f"{base}/alive", "0", retain=True)) as client:
            await client.subscribe(f"{base}/cmd", qos=1)
            await client.publish(f"{base}/alive", "1", retain=True)

            async def obey() -> None:
                async for message in client.messages:
                    assert isinstance(message.payload, bytes | bytearray)
                    self.commands.append(message.payload.decode())
                    self.position = json.loads(message.payload)["position"]
                    await client.publish(f"{base}/state", self.state())

            async def report() -> None:
                while True:
                    await client.publish(f"{base}/state", self.state())
                    await asyncio.sleep(every_s)

            tasks = [asyncio.create_task(obey()), asyncio.create_task(report())]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await client.publish(f"{base}/alive", "", retain=True)
