"""Reading JSON from outside, strictly: no duplicate keys, no NaN, no bottomless nesting, no oversize."""

import json
from typing import Any

from meterhold.domain.errors import Fault, Malformed

MOST_NESTING = 32
MOST_ORDER_BYTES = 1024 * 1024


class NotJson(Malformed):
    """The text is not JSON at all."""

    def __init__(self, what: str, rule: str) -> None:
        """Say which document, and what is wrong with its text."""
        super().__init__(what, [Fault("", rule)])


class TooBig(Malformed):
    """The text is larger than what is read."""

    def __init__(self, what: str, most_bytes: int) -> None:
        """Name the limit."""
        super().__init__(what, [Fault("", f"may have at most {most_bytes} bytes")])


def read_json(text: bytes | str, what: str, most_bytes: int = MOST_ORDER_BYTES) -> Any:  # noqa: ANN401 - JSON
    """Parse, or say what is wrong with the text as a whole."""
    if len(text) > most_bytes:
        raise TooBig(what, most_bytes)
    try:
        # RFC 8259 fixes the encoding; json.loads would guess UTF-16 and UTF-32 too.
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text.encode().decode()
        value = json.loads(decoded, object_pairs_hook=_object, parse_constant=_constant)
    except _BadText as bad:
        raise NotJson(what, str(bad)) from None
    except RecursionError:
        raise NotJson(what, f"may be nested at most {MOST_NESTING} deep") from None
    except UnicodeError:
        raise NotJson(what, "must be UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotJson(what, f"is not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except ValueError:
        raise NotJson(what, "holds a number that is out of all proportion") from None
    if decoded.count("[") + decoded.count("{") > MOST_NESTING and _too_deep(value):
        raise NotJson(what, f"may be nested at most {MOST_NESTING} deep")
    if "\\u" in decoded and not _encodable(value):
        raise NotJson(what, "holds half of a surrogate pair, which is no character")
    return value


class _BadText(ValueError):
    """A rule of ours that the JSON parser has no name for."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _BadText(f"gives {name[:64]!r} twice")
            seen.add(name)
    return found


def _constant(name: str) -> None:
    raise _BadText(f"holds {name}, which is no JSON number")


def _too_deep(value: Any) -> bool:  # noqa: ANN401 - JSON
    level = [value]
    for _ in range(MOST_NESTING):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _encodable(value: Any) -> bool:  # noqa: ANN401 - JSON
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
