"""MQTT payloads: filling ours, reading theirs."""

import json
import math
from typing import Final, NoReturn

REQUEST_ID: Final = "{request_id}"
REPLY_TO: Final = "{reply_to}"


class Unreadable(ValueError):
    """A payload that is neither text nor JSON as RFC 8259 has it."""


class Missing:
    """What a pointer leads to where there is nothing; JSON has no such value."""


MISSING: Final = Missing()


def fill(text: str, request_id: int, reply_to: str) -> str:
    """Put our request id and reply topic where a profile left room for them. Braces of JSON stay as they are."""
    return text.replace(REQUEST_ID, str(request_id)).replace(REPLY_TO, reply_to)


def parse(payload: bytes | bytearray, *, binary: bool = False) -> object:
    """Read a payload: JSON where it is, else the text itself. NaN, infinities and broken text are refused.

    With ``binary`` what is no text comes back as it is.
    """
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        if binary:
            return bytes(payload)
        raise Unreadable(f"not UTF-8: {error.reason}") from None
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError:
        return text
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    return value


def at(value: object, pointer: str) -> object:
    """What a JSON pointer (RFC 6901) leads to, or ``MISSING``."""
    if not pointer:
        return value
    for part in pointer[1:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key, MISSING)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value


def leaves(value: object, most: int) -> dict[str, object]:
    """Every leaf of a document by its JSON pointer; empty where there are more than ``most``."""
    found: dict[str, object] = {}
    branches: list[tuple[str, object]] = [("", value)]
    while branches:
        pointer, branch = branches.pop()
        if isinstance(branch, dict) and branch:
            branches += [(f"{pointer}/{_escaped(key)}", below) for key, below in branch.items()]
        elif isinstance(branch, list) and branch:
            branches += [(f"{pointer}/{number}", below) for number, below in enumerate(branch)]
        else:
            found[pointer] = branch
        if len(found) + len(branches) > most:
            return {}
    return found


def same_id(found: object, request_id: int) -> bool:
    """Whether a reply carries our id, as a number or as the text of one."""
    if isinstance(found, bool):
        return False
    if isinstance(found, int | float):
        return found == request_id
    return isinstance(found, str) and found == str(request_id)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is beyond any number")
    return number


_DECODER: Final = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse_constant)
