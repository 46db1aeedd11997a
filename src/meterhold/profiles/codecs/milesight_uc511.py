"""Milesight UC511/UC512 valve controllers: channels of identifier, type and value, one after the other.

Valves and pulses are numbered from 1. ``valve_1`` and ``real_1`` are 0 for closed and 1 for open, as on the wire.
"""

from base64 import b64encode
from collections.abc import Mapping

_TARGET_OPEN = 0x20
_COMMANDS = {"disconnect": 0, "connect": _TARGET_OPEN, "disconnect_2": 1, "connect_2": _TARGET_OPEN | 1}
"""The control byte of each command: target and valve, without the rules that would move it back by itself."""
_DELAYED = 0xFF

_NUMBERS: Mapping[tuple[int, int], tuple[str, int]] = {
    (0x01, 0x75): ("battery_percent", 1),
    (0x03, 0x01): ("valve_1", 1),
    (0x04, 0xC8): ("pulses_1", 4),
    (0x05, 0x01): ("valve_2", 1),
    (0x06, 0xC8): ("pulses_2", 4),
    (0x07, 0x01): ("input_1", 1),
    (0x08, 0x01): ("input_2", 1),
    (0x09, 0x7B): ("pressure_kpa", 2),
    (0xB9, 0x7B): ("pressure_failed", 1),
}
_TASKS = {(0x0E, 0xAF): 1, (0x0F, 0xAF): 2}
_SERIAL = (0xFF, 0x16)
_SERIAL_BYTES = 8
_ECHOES = frozenset({(0xFE, 0x1D), (0xFF, 0x1D)})
_QUERIED = (0xF8, 0xA5)
_SKIPPED = {
    (0xFF, 0x01): 1,
    (0xFF, 0x09): 2,
    (0xFF, 0x0A): 2,
    (0xFF, 0x0B): 1,
    (0xFF, 0x0F): 1,
    (0xFF, 0xFE): 1,
    (0xFF, 0xFF): 2,
    (0x20, 0xCE): 9,
    (0x21, 0xCE): 6,
    (0x0B, 0xF5): 9,
}
"""Versions, classes, resets, what was stored earlier, thresholds: nothing of them tells how the valve stands now."""


def decode(message: object) -> dict[str, object]:
    """Read an uplink. What stands behind a channel that is not known here is left as ``unread``."""
    if not isinstance(message, bytes):
        raise ValueError("a UC511 frame is bytes")  # noqa: TRY004 -- what a codec raises for what it cannot read
    values: dict[str, object] = {}
    at = 0
    while at < len(message):
        size = _channel(message, at, values)
        if size is None:
            values["unread"] = message[at:].hex()
            break
        at += size
        if at > len(message):
            raise ValueError(f"a UC511 frame ends within a channel: {message.hex()}")
    return values


def encode(command: str, number: int) -> str:
    """Make the downlink that moves a valve and leaves it there, in base64. The same number again does nothing."""
    frame = bytes((0xFF, 0x1D, _COMMANDS[command], number)) + bytes(7)
    return b64encode(frame).decode("ascii")


def _channel(frame: bytes, at: int, values: dict[str, object]) -> int | None:
    """Read one channel into ``values`` and return its length, nothing if it is not known."""
    kind = (frame[at], frame[at + 1]) if at + 1 < len(frame) else (frame[at], -1)
    rest = frame[at + 2 :]
    if kind in _NUMBERS:
        name, size = _NUMBERS[kind]
        number = int.from_bytes(rest[:size], "little")
        delayed = name.startswith("valve") and number == _DELAYED
        values[f"delayed_{name[-1]}" if delayed else name] = number
        return 2 + size
    if kind in _TASKS and len(rest) >= 3:  # noqa: PLR2004 -- task, real, commanded
        valve = _TASKS[kind]
        values |= {f"task_{valve}": rest[0], f"real_{valve}": rest[1], f"commanded_{valve}": rest[2]}
        return 5
    if kind == _SERIAL:
        values["serial"] = rest[:_SERIAL_BYTES].hex()
        return 2 + _SERIAL_BYTES
    if kind in _ECHOES and len(rest) >= 2:  # noqa: PLR2004 -- control, number
        values |= {"echo_control": rest[0], "echo_number": rest[1]}
        return 4 + (4 if rest[0] & 0xC0 else 0)
    if kind == _QUERIED and len(rest) >= 2:  # noqa: PLR2004 -- valve, result
        values |= {"queried_valve": rest[0] + 1, "queried_result": rest[1]}
        return 4
    return 2 + _SKIPPED[kind] if kind in _SKIPPED else None
