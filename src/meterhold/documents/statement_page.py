"""A statement as one printable page: HTML that needs nothing else, and runs nothing."""

from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from meterhold.documents.statement import Statement


def statement_page(statement: Statement) -> str:
    """Write it as HTML."""
    return _template().render(statement=statement)


@cache
def _template() -> Template:
    """The template, read once. Whatever stands in a statement is text, and never markup."""
    environment = Environment(
        loader=PackageLoader("meterhold.documents"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["time"] = _time
    environment.filters["exact"] = _exact
    environment.filters["words"] = _words
    environment.filters["measure"] = _measure
    return environment.get_template("statement.html")


def _time(moment: datetime | None) -> str:
    """A moment as people read it, to the second, in UTC."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _measure(name: str, unit: str) -> str:
    """What is measured, as words, where the unit stands beside it."""
    return _words(str(name).removesuffix("_" + unit.lower().replace("/", "_")))


def _exact(moment: datetime) -> str:
    """A moment to the millisecond, in UTC: what happened at a meter happens within a second."""
    return f"{_time(moment)}.{moment.microsecond // 1000:03}"


def _words(name: object) -> str:
    """A name of the vocabulary as words."""
    return str(name).replace("_", " ")
