"""The SELECTs of a batch, each compiled once for a few numbers of names.

SQLAlchemy's own expanding ``IN`` costs more time than the search itself; a list that is filled up with its last name
finds the same rows.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Column, Dialect, Select, bindparam, select
from sqlalchemy.engine.interfaces import DBAPICursor

from meterhold.store.tables import APPROVALS, HOLDS, METERS, ORDERS, ORIGINATORS, SITE, TALLIES

_SIZES = (1, 8, 64, 512, 4096)
"""How many names one SELECT takes."""


class Lookup:
    """Finds the documents of one table by name, in key order, and locks them until the transaction ends.

    Another process on the same server must not change what a decision rests on; SQLite is locked as a whole.
    """

    def __init__(self, dialect: Dialect, doc: Column[str], name: Column[str], owner: Column[str] | None = None) -> None:
        self._dialect = dialect
        self._doc, self._name, self._owner = doc, name, owner
        self._texts: dict[int, str] = {}

    def statement(self, size: int) -> Select[str]:
        """The SELECT for so many names (and, where names are an owner's own, of one owner)."""
        found = select(self._doc).where(
            self._name.in_([bindparam(f"n{n}", type_=self._name.type) for n in range(size)])
        )
        if self._owner is not None:
            found = found.where(self._owner == bindparam("owner"))
        return found.order_by(self._name).with_for_update()

    def docs(self, cursor: DBAPICursor, names: Sequence[str], owner: str | None = None) -> Iterator[str]:
        """Read what there is."""
        for start in range(0, len(names), _SIZES[-1]):
            some = names[start : start + _SIZES[-1]]
            size = next(size for size in _SIZES if size >= len(some))
            text = self._texts.get(size)
            if text is None:
                text = self._texts[size] = str(self.statement(size).compile(dialect=self._dialect))
            values = (*some, *[some[-1]] * (size - len(some)))
            if self._dialect.positional:
                cursor.execute(text, values if owner is None else (*values, owner))
            else:
                named = {f"n{n}": value for n, value in enumerate(values)}
                cursor.execute(text, named if owner is None else named | {"owner": owner})
            for (doc,) in cursor.fetchall():
                yield doc


class Selects:
    """Everything that is read before deciding, in the words of one database."""

    def __init__(self, dialect: Dialect) -> None:
        self.orders = Lookup(dialect, ORDERS.c.doc, ORDERS.c.order_id, ORDERS.c.sender)
        self.holds = Lookup(dialect, HOLDS.c.doc, HOLDS.c.hold_id)
        self.meters = Lookup(dialect, METERS.c.doc, METERS.c.meter_id)
        self.approvals = Lookup(dialect, APPROVALS.c.doc, APPROVALS.c.approval_id)
        self.originators = Lookup(dialect, ORIGINATORS.c.doc, ORIGINATORS.c.sender)
        self.tallies = Lookup(dialect, TALLIES.c.doc, TALLIES.c.scope)
        self._site = str(select(SITE.c.doc).with_for_update(read=True).compile(dialect=dialect))

    def site(self, cursor: DBAPICursor) -> str | None:
        """Read the site's state, if there is any."""
        cursor.execute(self._site)
        row = cursor.fetchone()
        return None if row is None else str(row[0])
