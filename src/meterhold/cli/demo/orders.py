"""The demo's order file: ordinary orders, but for times that count from the demo's beginning (``+26s``)."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from meterhold.domain.errors import Fault, Malformed

_RELATIVE = re.compile(r"\+(\d+(?:\.\d+)?)s")


def read_orders(file: Path, begin: datetime) -> list[dict[str, Any]]:
    """The orders of a file, their times counted from ``begin``."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Malformed(str(file), [Fault("", f"cannot be read: {error.strerror}")]) from error
    orders: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            orders.append(dict(_placed(json.loads(line), begin)))
        except (ValueError, AttributeError):
            faults.append(Fault("", "is not an order as a JSON object", line=number))
    if faults:
        raise Malformed(str(file), faults)
    return orders


def _placed(order: dict[str, Any], begin: datetime) -> Iterator[tuple[str, Any]]:
    for name, value in order.items():
        relative = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
        yield name, value if relative is None else (begin + timedelta(seconds=float(relative[1]))).isoformat()
