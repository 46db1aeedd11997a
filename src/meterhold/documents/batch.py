"""Orders by the line: NDJSON or CSV. Each line is an order or what is wrong with it; one bad line spoils no other."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from meterhold.documents.fields import is_order_id
from meterhold.documents.json_text import NotJson
from meterhold.documents.order import ParsedOrder, parse_order
from meterhold.documents.order_document import FeesDocument, OrderDocument
from meterhold.domain.errors import Fault, Malformed


class MalformedLine(Malformed):
    """A line that is no order, with the name that its sender gave it, where it has a sound one."""

    def __init__(self, cause: Malformed, number: int, order_id: str | None) -> None:
        """Keep the cause's faults, each with the line that it is in."""
        super().__init__(cause.what, [replace(fault, line=number) for fault in cause.faults])
        self.order_id = order_id


BatchLine = tuple[int, ParsedOrder | Malformed]
"""A line's number, counted from 1, and what it holds."""

_FEES = tuple(f"fees.{name}" for name in FeesDocument.model_fields)
_NOT_IN_CSV = {"fees", "signature"}
COLUMNS = (*(name for name in OrderDocument.model_fields if name not in _NOT_IN_CSV), *_FEES)
"""What a CSV file's header may name; an empty cell is a field left out, ``null`` is null.

A signed order is a line of JSON: what was signed must stand there as it was.
"""

_NUMBERS = ("schema_version", "sequence", "priority")
_MOST_DIGITS = 19
_FLAGS = ("vacant_verified", "customer_present", "restore_requires_payment")


def read_ndjson(body: bytes) -> Iterator[BatchLine]:
    """One JSON document a line; empty lines are passed over."""
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            yield number, _parsed(number, parse_order, line, name=partial(_name_in_json, line))


def read_csv(body: bytes) -> Iterator[BatchLine]:
    """A header that names the fields, then one order a row. ``meters`` are separated by ``;``, ``legs`` are JSON."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield 1, NotJson("batch", "must be UTF-8")
        return
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(rows, [])
        if faults := _faults_of_header(header):
            yield 1, Malformed("batch", faults)
            return
        for row in rows:
            if any(row):
                name = partial(_name_in_row, header, row)
                yield rows.line_num, _parsed(rows.line_num, _order_of_row, header, row, name=name)
    except csv.Error as error:
        yield rows.line_num, Malformed("batch", [Fault("", f"is not CSV from here on: {error}", line=rows.line_num)])


def _parsed(
    number: int,
    parse: Callable[..., ParsedOrder],
    *source: Any,  # noqa: ANN401
    name: Callable[[], object],
) -> ParsedOrder | Malformed:
    try:
        return parse(*source)
    except NotJson as malformed:
        malformed.faults = tuple(replace(fault, line=number) for fault in malformed.faults)
        return malformed
    except Malformed as malformed:
        given = name()
        order_id = given if isinstance(given, str) and is_order_id(given) else None
        return MalformedLine(malformed, number, order_id)


def _name_in_json(line: bytes) -> object:
    """What a line that is no order calls itself; nothing where it is no JSON object."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return document.get("order_id") if isinstance(document, dict) else None


def _name_in_row(header: list[str], row: list[str]) -> object:
    return dict(zip(header, row, strict=False)).get("order_id")


def _faults_of_header(header: list[str]) -> list[Fault]:
    faults = [Fault(name[:64], "is not a column of an order", line=1) for name in header if name not in COLUMNS]
    faults += [Fault(name, "is a column twice", line=1) for at, name in enumerate(header) if name in header[:at]]
    return faults or ([] if header else [Fault("", "needs a header that names the columns", line=1)])


def _order_of_row(header: list[str], row: list[str]) -> ParsedOrder:
    if len(row) != len(header):
        raise Malformed("order", [Fault("", f"has {len(row)} cells, but the header has {len(header)} columns")])
    document: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        if not cell:
            continue
        if name in _FEES:
            document.setdefault("fees", {})[name.removeprefix("fees.")] = cell
        else:
            document[name] = _value(name, cell)
    return parse_order(document)


def _value(name: str, cell: str) -> Any:  # noqa: ANN401 - JSON
    """A cell as JSON would have said it; one that does not fit stays text and is refused by its field's own rule."""
    if cell == "null":
        return None
    if name == "meters":
        return [meter.strip() for meter in cell.split(";")]
    if name in _NUMBERS and cell.isascii() and cell.isdigit() and len(cell) <= _MOST_DIGITS:
        return int(cell)
    if name in _FLAGS and cell in {"true", "false"}:
        return cell == "true"
    if name == "legs":
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    return cell
