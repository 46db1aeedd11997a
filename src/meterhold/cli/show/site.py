"""What is true of the whole site."""

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType

from meterhold.cli.console import pairs


def inhibit_view(answer: Mapping[str, Any]) -> RenderableType:
    """Whether disconnects may leave."""
    if not answer["on"]:
        return "The inhibit is off: disconnects may leave."
    rows = [("inhibit", "on: no disconnect leaves, reconnects do")]
    return pairs([*rows, *((name, answer.get(name)) for name in ("by", "since", "reason"))])
