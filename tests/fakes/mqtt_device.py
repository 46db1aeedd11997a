"""An MQTT device that does exactly what a test says, on a client of its own."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiomqtt

from tests.support.mosquitto import Broker


@dataclass(frozen=True, slots=True)
class Command:
    """One message as the device got it."""

    device: "MqttDevice"
    topic: str
    text: str
    retained: bool
    qos: int
    expiry_s: int | None

    @property
    def body(self) -> dict[str, object]:
        """The payload as a JSON object."""
        body: dict[str, object] = json.loads(self.text)
        return body

    async def reply(self, result: object = None, *, request_id: object = None, **more: object) -> None:
        """Answer as a Shelly does: on ``<src>/rpc``, with the request's id."""
        body = self.body
        number = body["id"] if request_id is None else request_id
        await self.device.say(f"{body['src']}/rpc", {"id": number, "src": self.device.name, "result": result, **more})


Script = Callable[[Command], Awaitable[None]]


async def answer(command: Command) -> None:
    """Answer as a healthy device; a command without ``src`` gets no answer."""
    if '"src"' in command.text:
        await command.reply({"output": False})


async def stay_silent(_command: Command) -> None:
    """Do nothing at all."""


@dataclass
class MqttDevice:
    """A device under a topic of its own; ``on_command`` is the script."""

    name: str
    client: aiomqtt.Client
    on_command: Script = answer
    commands: list[Command] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def rpc(self) -> str:
        """Where the device takes commands."""
        return f"{self.name}/rpc"

    @property
    def state(self) -> str:
        """Where the device tells its state."""
        return f"{self.name}/state"

    async def say(self, topic: str, value: object, *, retain: bool = False) -> None:
        """Publish JSON, or text and bytes as they are."""
        payload = value if isinstance(value, str | bytes) else json.dumps(value)
        await self.client.publish(topic, payload, qos=1, retain=retain)

    async def command(self, number: int = 1) -> Command:
        """Wait until so many commands have come; return the last of them."""
        while len(self.commands) < number:
            self.arrived.clear()
            await self.arrived.wait()
        return self.commands[number - 1]

    async def _live(self) -> None:
        async for message in self.client.messages:
            payload = message.payload
            assert isinstance(payload, bytes | bytearray)
            expiry_s = getattr(message.properties, "MessageExpiryInterval", None)
            command = Command(self, str(message.topic), payload.decode(), bool(message.retain), message.qos, expiry_s)
            self.commands.append(command)
            self.arrived.set()
            await self.on_command(command)

    @classmethod
    @asynccontextmanager
    async def running(cls, broker: Broker, name: str, on_command: Script = answer) -> AsyncIterator["MqttDevice"]:
        """Be connected and subscribed until the block ends."""
        async with aiomqtt.Client(
            broker.host,
            broker.port,
            identifier=name,
            protocol=aiomqtt.ProtocolVersion.V5,
            # The client waits so long for a receipt also after it has disconnected.
            timeout=2.0,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        ) as client:
            device = cls(name, client, on_command)
            await client.subscribe(f"{name}/rpc", qos=1)
            living = asyncio.create_task(device._live())
            yield device
        # It ends with its connection; a cancellation could be lost in the client's own waiting.
        with suppress(aiomqtt.MqttError):
            await living
