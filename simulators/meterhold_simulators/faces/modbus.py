"""What Modbus meters have in common: answering a request, and the faults of the wire."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from meterhold_simulators.journal import Fate
from meterhold_simulators.meter import Meter
from meterhold_simulators.wire.pdu import (
    ILLEGAL_FUNCTION,
    WRITES,
    Function,
    Refusal,
    Reply,
    packed,
    parse_bit_read,
    parse_bit_write,
    parse_read,
    parse_write,
    read_reply,
    refusal_pdu,
    write_reply,
)

_READ_HOLDING = int(Function.READ_HOLDING)


class Silence(Exception):
    """The device lets the request pass unanswered."""


class ModbusFace(ABC):
    """One meter as seen from a Modbus line."""

    meter: Meter

    @abstractmethod
    def read(self, start: int, count: int) -> bytes:
        """The bytes of holding registers, or a Refusal."""

    def read_input(self, start: int, count: int) -> bytes:  # noqa: ARG002 - for the models that have this table
        """The bytes of input registers, or a Refusal."""
        raise Refusal(ILLEGAL_FUNCTION)

    def read_coils(self, start: int, count: int) -> Sequence[bool]:  # noqa: ARG002 - as above
        """Coils, or a Refusal."""
        raise Refusal(ILLEGAL_FUNCTION)

    def read_discrete(self, start: int, count: int) -> Sequence[bool]:  # noqa: ARG002 - as above
        """Discrete inputs, or a Refusal."""
        raise Refusal(ILLEGAL_FUNCTION)

    def write_coils(self, function: int, start: int, values: tuple[bool, ...], wire: bytes) -> None:  # noqa: ARG002 - as above
        """Carry out and journal a write of coils, or raise Refusal or Silence having done nothing."""
        raise Refusal(ILLEGAL_FUNCTION)

    @abstractmethod
    def write(self, function: int, start: int, values: tuple[int, ...], wire: bytes) -> None:
        """Carry out and journal a register write, or raise Refusal or Silence having done nothing."""

    def answer(self, pdu: bytes, wire: bytes) -> bytes | Reply | None:
        """The answer to a request, or None for silence. `wire` is the whole frame, for the journal."""
        if self.meter.faulty:
            return self._answer_faultily(pdu, wire)
        return self._answer(pdu, wire)

    def _answer(self, pdu: bytes, wire: bytes) -> bytes | None:
        function = pdu[0]
        try:
            return self._carry_out(function, pdu, wire)
        except Refusal as refusal:
            if function in WRITES:
                self._record(pdu, wire, Fate.REFUSED)
            return refusal_pdu(function, refusal.code)
        except Silence:
            self._record(pdu, wire, Fate.REFUSED)
            return None

    def _carry_out(self, function: int, pdu: bytes, wire: bytes) -> bytes:
        # By far the most frequent request goes first, and by the shortest way.
        if function == _READ_HOLDING:
            start, count = parse_read(pdu)
            self.meter.now()
            data = self.read(start, count)
            self.meter.journal.reads[self.meter.id] += 1
            return read_reply(data)
        match function:
            case Function.WRITE_REGISTER | Function.WRITE_REGISTERS:
                self.write(function, *parse_write(pdu), wire)
                return write_reply(pdu)
            case Function.READ_INPUT:
                start, count = parse_read(pdu)
                self.meter.now()
                data = self.read_input(start, count)
            case Function.READ_COILS:
                start, count = parse_bit_read(pdu)
                self.meter.now()
                data = packed(self.read_coils(start, count))
            case Function.READ_DISCRETE:
                start, count = parse_bit_read(pdu)
                self.meter.now()
                data = packed(self.read_discrete(start, count))
            case Function.WRITE_COIL | Function.WRITE_COILS:
                self.write_coils(function, *parse_bit_write(pdu), wire)
                return write_reply(pdu)
            case _:
                raise Refusal(ILLEGAL_FUNCTION)
        self.meter.journal.reads[self.meter.id] += 1
        return read_reply(data, function)

    def _answer_faultily(self, pdu: bytes, wire: bytes) -> bytes | Reply | None:
        take = self.meter.take
        is_write = pdu[0] in WRITES
        if take("silent") or (is_write and take("drop_write")):
            if is_write:
                self._record(pdu, wire, Fate.LOST)
            return None
        refused = take("exception_on_write" if is_write else "exception_on_read")
        if refused is not None:
            if is_write:
                self._record(pdu, wire, Fate.REFUSED)
            answer: bytes | None = refusal_pdu(pdu[0], refused)
        else:
            answer = self._answer(pdu, wire)
        if answer is None or (is_write and take("drop_write_reply")):
            return None
        if is_write and not answer[0] & 0x80:
            answer = self._spoil_echo(answer, pdu)
        scale = self.meter.clock.scale
        late_s = take("late_reply_s") + (take("late_write_reply_s") if is_write else 0.0)
        return Reply(
            answer,
            unit=take("answers_as_unit"),
            delay_s=late_s / scale,
            copies=2 if take("duplicate_reply") else 1,
            garbled=take("garbled_reply"),
            trickle_s=take("trickle_reply_s") / scale,
            hang_up=is_write and take("hang_up_on_write"),
        )

    def _spoil_echo(self, echo: bytes, request: bytes) -> bytes:
        if self.meter.take("wrong_function_reply"):
            return read_reply(request[-2:])
        if self.meter.take("wrong_echo"):
            address = int.from_bytes(echo[1:3], "big") + 1
            return echo[:1] + address.to_bytes(2, "big") + echo[3:]
        return echo

    def _record(self, pdu: bytes, wire: bytes, fate: Fate) -> None:
        self.meter.record(wire, f"function {pdu[0]:02X}", fate)
