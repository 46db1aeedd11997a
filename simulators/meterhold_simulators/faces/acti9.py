"""Schneider Acti9 I/O Smart Link on the wire: eleven channels, orders that the module clears when it has taken them.

What happens to an order that could not be taken is not told: here it stays, and is taken once it can be.
"""

from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.modbus import ModbusFace
from meterhold_simulators.faces.registers import Point, RegisterMap, text, u16, u32
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_modbus import Acti9Spec
from meterhold_simulators.wire.pdu import ILLEGAL_ADDRESS, ILLEGAL_VALUE, Refusal, Reply

FIRST_STATUS = 0x3778
CHANNEL_WORDS = 40
_CHANNELS = 11
_ORDER = 1
_GROUP_OPEN, _GROUP_CLOSE = 0x0082, 0x0083

_OPEN, _CLOSE = 1, 2
_OPERATING, _DEGRADED, _INVALID = 1 << 1, 1 << 2, 1 << 6
_VALID_BITS = 0xA0CF
_GAPS = frozenset({*range(0x0064, 0x0090), *range(FIRST_STATUS, FIRST_STATUS + _CHANNELS * CHANNEL_WORDS)})


class Acti9Module:
    """One module: a unit on the line, with up to eleven channels that are meters."""

    def __init__(self) -> None:
        self.channels: dict[int, Acti9Channel] = {}
        self.registers = RegisterMap[Acti9Module](_common(), _GAPS)

    def add(self, meter: ElectricityMeter, spec: Acti9Spec) -> None:
        """Connect a channel."""
        self.channels[spec.channel] = Acti9Channel(meter, spec, self)
        points = [point for channel in self.channels.values() for point in channel.points()]
        self.registers = RegisterMap[Acti9Module]([*_common(), *points], _GAPS)

    def answer(self, pdu: bytes, wire: bytes) -> bytes | Reply | None:
        """The answer of the channel that is asked; of the first one where all are."""
        number = (int.from_bytes(pdu[1:3], "big") - FIRST_STATUS) // CHANNEL_WORDS + 1
        return self.channels.get(number, self.first).answer(pdu, wire)

    @property
    def first(self) -> "Acti9Channel":
        """The first channel that is connected: what befalls it befalls the module."""
        return self.channels[min(self.channels)]

    @property
    def status(self) -> int:
        """The module's own state."""
        return _DEGRADED | _INVALID if self.first.meter.faults.degraded else _OPERATING

    def order_group(self, bits: int, *, connected: bool, wire: bytes) -> None:
        """Do what must never be asked of it: switch many at once."""
        for number, channel in self.channels.items():
            if bits >> (number - 1) & 1:
                channel.meter.switch(connected=connected, wire=wire)


class Acti9Channel(ModbusFace):
    """One channel: a contactor or a remote-controlled breaker with its auxiliary contact."""

    meter: ElectricityMeter

    def __init__(self, meter: ElectricityMeter, spec: Acti9Spec, module: Acti9Module) -> None:
        self.meter = meter
        self.module = module
        self.is_breaker = spec.product == "rca"
        self.start = FIRST_STATUS + CHANNEL_WORDS * (spec.channel - 1)
        self.cycles = 0
        self._untaken = 0
        self._was_connected = meter.shown_connected
        meter.interlocks.append(lambda connect: self._deaf or (connect and self._tripped))
        meter.watchers.append(self._on_change)

    def read(self, start: int, count: int) -> bytes:
        """The bytes of holding registers, of this channel or any other."""
        return self.module.registers.read(self.module, start, count)

    def write(self, function: int, start: int, values: tuple[int, ...], wire: bytes) -> None:  # noqa: ARG002 - 06 and 16
        """Take an order."""
        if len(values) != 1:
            raise Refusal(ILLEGAL_ADDRESS)
        (bits,) = values
        if start in (_GROUP_OPEN, _GROUP_CLOSE):
            self.module.order_group(bits, connected=start == _GROUP_CLOSE, wire=wire)
            return
        if start != self.start + _ORDER:
            raise Refusal(ILLEGAL_ADDRESS)
        match bits:
            case 0 | 3:
                # Both bits contradict each other: nothing happens.
                self.meter.record(wire, f"order={bits}", Fate.NOT_APPLIED)
            case 1 | 2:
                self._untaken = bits if self._deaf else 0
                self.meter.switch(connected=bits == _CLOSE, wire=wire)
            case _:
                raise Refusal(ILLEGAL_VALUE)

    def points(self) -> list[Point[Acti9Module]]:
        """What this channel adds to the module's registers."""
        return [
            u16(self.start, lambda _: self.status),
            u16(self.start + _ORDER, lambda _: self.order),
            u32(self.start + 12, lambda _: self.cycles),
            u32(self.start + 16, lambda _: 0),  # hours
        ]

    @property
    def status(self) -> int:
        """Bit 0: connected. Bit 1: the product is there (contactor), or it has not tripped (breaker)."""
        faults = self.meter.faults
        if faults.degraded or faults.no_product:
            return 0
        connected = self.meter.shown_connected and not self._tripped
        return connected | (not self._tripped) << 1

    @property
    def order(self) -> int:
        """The order as long as it has not been taken."""
        relay = self.meter.relay
        if relay.command_pending:
            return _CLOSE if relay.commanded_connected else _OPEN
        return self._untaken

    @property
    def _deaf(self) -> bool:
        return self.meter.faults.no_product or self.meter.faults.degraded

    @property
    def _tripped(self) -> bool:
        return self.is_breaker and self.meter.faults.local_trip

    def _on_change(self) -> None:
        if self.meter.shown_connected is not self._was_connected:
            self._was_connected = self.meter.shown_connected
            self.cycles += 1
        if self._untaken and not self._deaf:
            connected, self._untaken = self._untaken == _CLOSE, 0
            self.meter.relay.command(self.meter.now(), connected=connected)
            self.meter.changed()


def _common() -> list[Point[Acti9Module]]:
    return [
        text(0x0064, 6, lambda module: module.first.meter.serial),
        u16(0x0070, lambda module: module.status),
        u16(0x0071, lambda _: _VALID_BITS),
    ]
