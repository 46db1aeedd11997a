"""What goes over the wire, made readable: for the journal, for people, for the evidence."""

from typing import assert_never

from meterhold.profiles.wire import Check, MaskedWrite, ModbusWrite, MqttWrite, Pause, Step


def describe(step: Step) -> str:
    """A step as it goes over the wire, readable."""
    match step:
        case ModbusWrite():
            return f"unit {step.unit}: {_pdu(step).hex(' ').upper()}{_in_time(step)}"
        case MqttWrite():
            return f"{step.topic} {step.payload}{_in_time(step)}"
        case MaskedWrite():
            return f"{_masked(step)}{_in_time(step)}"
        case Check():
            return f"check that {step.says} within {step.within_s:g} s"
        case Pause():
            return f"wait {step.s:g} s"
        case other:
            assert_never(other)


def _in_time(write: ModbusWrite | MqttWrite | MaskedWrite) -> str:
    return "" if write.within_s is None else f" (within {write.within_s:g} s)"


def _masked(step: MaskedWrite) -> str:
    if step.computed is not None:
        head = bytes([step.function]) + step.computed.address.to_bytes(2, "big")
        return f"unit {step.read.unit}: {head.hex(' ').upper()} {step.computed.says}"
    head = bytes([step.function]) + step.read.address.to_bytes(2, "big")
    word = f"(the word read there AND {step.keep:04X}) OR {step.force:04X}"
    return f"unit {step.read.unit}: {head.hex(' ').upper()} {word}"


def _pdu(write: ModbusWrite) -> bytes:
    """Function and data, without unit and checksum."""
    head = bytes([write.function]) + write.address.to_bytes(2, "big")
    match write.function:
        case 5:
            return head + (b"\xff\x00" if write.values[0] else b"\x00\x00")
        case 6:
            return head + write.values[0].to_bytes(2, "big")
        case 15:
            bits = sum(value << n for n, value in enumerate(write.values))
            data = bits.to_bytes((len(write.values) + 7) // 8, "little")
        case _:
            data = b"".join(value.to_bytes(2, "big") for value in write.values)
    return head + len(write.values).to_bytes(2, "big") + bytes([len(data)]) + data
