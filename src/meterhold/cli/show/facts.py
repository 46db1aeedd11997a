"""Any document's plain facts, where no view of its own shows it better."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType

from meterhold.cli.console import add_row, pairs, table


def facts_view(document: Mapping[str, Any]) -> RenderableType:
    """A document's plain facts as pairs, each nested part that says anything under its own name."""
    plain = [(_words(k), v) for k, v in document.items() if not isinstance(v, Mapping | list)]
    parts: list[RenderableType] = [pairs(plain)] if plain else []
    for name, value in document.items():
        if isinstance(value, Mapping):
            known = {key: inner for key, inner in value.items() if inner is not None}
            parts += [_words(name), _indented(facts_view(known))] if known else []
        elif isinstance(value, list) and value:
            parts += [_words(name), _indented(_items(value))]
    return Group(*parts)


def _items(items: Sequence[Any]) -> RenderableType:
    if all(isinstance(item, Mapping) for item in items):
        columns = list(dict.fromkeys(key for item in items for key in item))
        made = table(*(_words(column) for column in columns))
        for item in items:
            add_row(made, *(_cell(item.get(column)) for column in columns))
        return made
    return "\n".join(str(item) for item in items)


def _cell(value: Any) -> object:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={v}" for k, v in value.items() if v is not None)
    return value


def _indented(part: RenderableType) -> RenderableType:
    from rich.padding import Padding

    return Padding(part, (0, 0, 0, 2), expand=False)


def _words(name: str) -> str:
    return name.replace("_", " ")
