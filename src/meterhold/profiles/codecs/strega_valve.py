"""STREGA LoRaWAN valves: a few ASCII characters up, one down.

``status`` has, from its lowest bit: valve as it was last told, tamper, cable, input, limit switch of the open end,
leak, limit switch of the closed end (the two limits only on motorised valves).
"""

from base64 import b64encode

_COMMANDS = {"disconnect": b"0", "connect": b"1"}
_STATUS_AT = 4
_STATUS_BASE = 0x30
_CLIMATE, _CLIMATE_BYTES = 0x23, 5
_FIELDS = {0x43: ("counter", 6), 0x56: ("analog_mv", 4)}
_BATTERY, _OTHER_CLASS = 0x3, 0xB
"""What the first four bits say of how the valve is fed: by battery, and by battery in another class."""


def decode(message: object) -> dict[str, object]:
    """Read an uplink."""
    if not isinstance(message, bytes):
        raise ValueError("a STREGA frame is bytes")  # noqa: TRY004 -- what a codec raises for what it cannot read
    if message[:1] == b"@":
        return {"acknowledged": message[1:].decode("ascii")}
    if len(message) <= _STATUS_AT or message[_STATUS_AT] < _STATUS_BASE:
        raise ValueError(f"a STREGA frame has a status after four characters: {message.hex()}")
    values: dict[str, object] = {"status": message[_STATUS_AT] - _STATUS_BASE}
    fed_by = message[0] >> 4
    if fed_by in {_BATTERY, _OTHER_CLASS}:
        values["battery_mv"] = int(bytes((0x30 | message[0] & 0x0F, *message[1:4])))
    rest = message[_STATUS_AT + 1 :]
    if rest[:1] == b"@":
        return values | {"acknowledged": rest[1:].decode("ascii")}
    if rest and rest[0] == _CLIMATE:
        rest = rest[_CLIMATE_BYTES:]
    while rest and rest[0] in _FIELDS:
        name, digits = _FIELDS[rest[0]]
        values[name] = int(rest[1 : 1 + digits], 16)
        rest = rest[1 + digits :]
    return values


def encode(command: str, number: int) -> str:
    """Make the one character that moves the valve and leaves it there, in base64. It has no number."""
    del number
    return b64encode(_COMMANDS[command]).decode("ascii")
