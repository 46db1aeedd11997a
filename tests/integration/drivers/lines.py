"""Lines and bare clients to a scripted device, for the tests of the known hazards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.framer import FramerType

from meterhold.clock import SteadyClock
from meterhold.drivers import Framing, ModbusLine, TcpPeer
from meterhold.profiles.wire import ModbusRead, ModbusWrite, Table
from tests.fakes.modbus_device import HOST, ModbusDevice

COIL = 5
SWITCH_ON = ModbusWrite(1, 5, COIL, (1,))
IS_IT_ON = ModbusRead(1, Table.COIL, COIL, 1)
OFF, ON = (0,), (1,)
SHORT_S = 0.1


def make_line(
    device: ModbusDevice, *, timeout_s: float = SHORT_S, quiet_s: float | None = None, echoes_id: bool = True
) -> ModbusLine:
    """A line to a device, with short times."""
    return ModbusLine(
        "line-1",
        peer=TcpPeer(HOST, device.port, Framing.RTU_OVER_TCP if device.rtu else Framing.TCP),
        timeout_s=timeout_s,
        quiet_s=quiet_s,
        echoes_transaction_id=echoes_id,
        clock=SteadyClock(),
    )


@asynccontextmanager
async def bare_client(
    device: ModbusDevice, *, within_s: float = SHORT_S, retries: int = 0
) -> AsyncIterator[AsyncModbusTcpClient]:
    """The library as it comes."""
    framer = FramerType.RTU if device.rtu else FramerType.SOCKET
    client = AsyncModbusTcpClient(HOST, port=device.port, framer=framer, timeout=within_s, retries=retries)
    await client.connect()
    yield client
    client.close()
