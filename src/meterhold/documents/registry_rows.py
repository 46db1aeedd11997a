"""The registry's file as rows: what each cell or key says, and on which line, before anything is checked."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meterhold.domain.errors import Fault, Malformed
from meterhold.yaml_text import read_yaml

_FIELDS = {
    "id": "meter_id",
    "service_point": "service_point",
    "service": "service",
    "profile": "profile",
    "link": "link",
    "address": "address",
    "serial": "serial",
    "area": "area",
    "time_zone": "time_zone",
    "rated_load_kw": "rated_load_kw",
    "flags": "flags",
    "depends_on": "depends_on",
    "proof_from": "proof_from",
    "context": "context",
}
"""Columns of the file, and what the documents of the API call them."""

_COLUMNS = {name: column for column, name in _FIELDS.items()}
_REQUIRED = ("id", "service_point", "service", "profile", "link", "address")
_LISTS = {"flags", "depends_on"}
_NUMBERS = {"address", "rated_load_kw"}
"""What YAML may give without quotes: a unit id and a rated load read the same either way."""


@dataclass(frozen=True, slots=True)
class Row:
    """One meter's row."""

    line: int
    values: Mapping[str, Any]

    def fault(self, field: str, rule: str) -> Fault:
        """Say what is wrong with a field of this row, with the meter's name if it has one."""
        name, _, rest = field.partition(".")
        parts = (self.values.get("meter_id"), _COLUMNS.get(name, name), rest)
        return Fault(".".join(str(part) for part in parts if part), rule, line=self.line)


def rows_of_csv(text: str) -> tuple[list[Row], list[Fault]]:
    """Read CSV with a header; lists within a cell are separated by semicolons, an empty cell says nothing."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    try:
        header = next(reader, [])
        faults += _header_faults(header)
        if any(column not in header for column in _REQUIRED):
            return rows, faults
        names = [_FIELDS.get(column) for column in header]
        for cells in reader:
            if not cells:
                continue
            values = {name: _cell(name, cell) for name, cell in zip(names, cells, strict=False) if name and cell}
            row = Row(reader.line_num, values)
            if len(cells) == len(header):
                rows.append(row)
            else:
                faults.append(row.fault("", f"has {len(cells)} cells, the header has {len(header)}"))
    except csv.Error as error:
        faults.append(Fault("", f"is not CSV: {error}", line=reader.line_num))
    return rows, faults


def rows_of_yaml(text: str, name: str) -> tuple[list[Row], list[Fault]]:
    """Read a list called ``meters``, each entry with the columns as keys. Raises ``Malformed`` for what is no YAML."""
    source = read_yaml(text, nulls=True)
    if source.faults:
        raise Malformed(name, list(source.faults.values()))
    top = source.data
    if not isinstance(top, dict) or set(top) != {"meters"} or not isinstance(top["meters"], list):
        return [], [Fault("", "must hold one list called meters and nothing else", line=1)]
    rows: list[Row] = []
    faults: list[Fault] = []
    for at, entry in enumerate(top["meters"]):
        line = source.line_of(("meters", at)) or 0
        if not isinstance(entry, dict):
            faults.append(Fault(f"meters.{at}", "must be a mapping of columns to values", line=line))
            continue
        values = {_FIELDS[key]: _plain(key, value) for key, value in entry.items() if key in _FIELDS}
        row = Row(line, values)
        rows.append(row)
        faults += [row.fault(key, "is not a column of the registry") for key in entry if key not in _FIELDS]
    return rows, faults


def _header_faults(header: list[str]) -> list[Fault]:
    if not header:
        return [Fault("", "is empty: the first line names the columns", line=1)]
    faults = [Fault(column, "is a required column", line=1) for column in _REQUIRED if column not in header]
    for at, column in enumerate(header):
        if column not in _FIELDS:
            faults.append(Fault(column, f"is not a column of the registry; there are {', '.join(_FIELDS)}", line=1))
        elif column in header[:at]:
            faults.append(Fault(column, "stands there twice", line=1))
    return faults


def _cell(name: str, cell: str) -> str | list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()] if name in _LISTS else cell


def _plain(key: str, value: Any) -> Any:  # noqa: ANN401 - YAML may hold anything
    if key in _NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value
