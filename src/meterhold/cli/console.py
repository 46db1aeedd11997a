"""Where the command line prints: data to standard output, progress and faults to standard error."""

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

WIDE = 200


def out() -> Console:
    """Standard output; a pipe gets whole lines instead of ones that are cut at 80 characters."""
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)


def err() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False)


def print_json(document: Any) -> None:  # noqa: ANN401 - any document
    """Print a document as JSON, the same on a terminal and in a pipe."""
    print(json.dumps(document, ensure_ascii=False, indent=2))  # noqa: T201 - data goes to standard output as it is


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table in the house style."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def add_row(to: Table, *cells: object) -> None:
    """Add a row; absent values are shown as a dash, and nothing in a cell is taken for markup."""
    from rich.text import Text

    to.add_row(*(cell if isinstance(cell, Text) else Text(_words(cell)) for cell in cells))


def _words(cell: object) -> str:
    match cell:
        case None | "":
            return "-"
        case bool():
            return "yes" if cell else "no"
        case _:
            return str(cell)


def pairs(rows: Sequence[tuple[str, object]]) -> Table:
    """Names beside values."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, value in rows:
        add_row(grid, name, value)
    return grid
