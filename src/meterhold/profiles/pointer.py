"""Following a JSON pointer (RFC 6901) into a message."""

from collections.abc import Callable
from typing import Any


def walker(pointer: str | None) -> Callable[[Any], Any]:
    """Make the function that follows a JSON pointer; without one, to the whole message. ``None`` where it ends."""
    steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in (pointer or "").split("/")[1:])

    def walk(document: Any) -> Any:  # noqa: ANN401 -- whatever the device sent
        for step in steps:
            if isinstance(document, dict):
                document = document.get(step)
            elif isinstance(document, list) and step.isascii() and step.isdigit() and int(step) < len(document):
                document = document[int(step)]
            else:
                return None
        return document

    return walk
