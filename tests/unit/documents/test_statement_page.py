"""The printable statement: whole HTML that needs nothing else, runs nothing, and tells what the JSON tells."""

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from meterhold.documents.statement import Exchanged, Period, SettingLine, Statement, WrongfulView
from meterhold.documents.statement_page import statement_page
from meterhold.usecases.statement import statement_of
from tests.fakes.suspended_hold import EVENTS, HOLD, NOON

STATEMENT = statement_of(HOLD, EVENTS)
EMPTY = {"meta", "br"}
"""Elements without an end."""


@dataclass
class Reader(HTMLParser):
    """Reads a page, and keeps what it is made of."""

    texts: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    misplaced: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to read."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the one that was opened last."""
        if not self._open or self._open.pop() != tag:
            self.misplaced.append(tag)

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if "style" not in self._open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All text that a person sees, with single spaces."""
        return " ".join(" ".join(self.texts).split())

    @property
    def whole(self) -> bool:
        """Everything that was opened was closed, in order."""
        return not self._open and not self.misplaced


def read(statement: Statement) -> Reader:
    """The page of a statement, read."""
    reader = Reader()
    reader.feed(statement_page(statement))
    reader.close()
    return reader


def test_it_is_whole_and_needs_nothing_else() -> None:
    """Every element is closed; there is no script, no link, no picture and no form, and no address of another place."""
    page = read(STATEMENT)
    assert page.whole, page.misplaced
    assert not page.tags & {"script", "link", "img", "iframe", "form", "object", "a"}
    assert page.attributes <= {"lang", "charset", "name", "content", "class"}
    assert "://" not in statement_page(STATEMENT)
    assert "@page { size: A4" in statement_page(STATEMENT)


def test_it_tells_what_is_on_record() -> None:
    """Who asked and why, periods, registers with unit, quality and time, every write byte for byte, looks, fees."""
    text = read(STATEMENT).text
    for fact in (
        "SP-1, account A-77",
        "WO-88121",
        "desk 4",
        "2026-11-24 12:00:02",
        "2026-12-04 12:00:02",
        "1234.57 2026-11-24 12:00:02, actual",
        "1234.60 2026-12-04 12:00:00, undated",
        "sent to unit 7: 07 06 00 1a answer: 07 06 00 1a",
        "Intent O-1.2",
        "never sent",
        "current 0.25 A",
        "load proven",
        "the suspension is contradicted because LEAKING",
        "the crew comes on Monday",
        "suspension 10.00 EUR, restore 12.50 EUR",
        f"Drawn from {len(EVENTS)} events",
    ):
        assert fact in text, fact


def test_whatever_people_write_is_text() -> None:
    """Markup in a comment, a reason or an account is shown, and makes no element."""
    evil = "<script>alert(1)</script><b>"
    mark = WrongfulView(NOON, evil, evil)
    page = read(replace(STATEMENT, comment=evil, account_ref=evil, service_point=evil, wrongful=mark))
    assert page.whole
    assert "script" not in page.tags
    assert page.text.count(evil) == 5


def test_each_rare_part_has_its_place() -> None:
    """A wrongful cut, a suspicion of one, settings that changed, an exchange, several periods, no fees."""
    leg = replace(
        STATEMENT.legs[0],
        settings=(
            SettingLine("over_current", "A", "63.00", "31.50", changed=True),
            SettingLine("x", None, None, "1", changed=False),
        ),
        exchanges=(Exchanged(NOON, "Ben", "123", None, "glass broken"),),
        not_chargeable=(Period(NOON, NOON), Period(NOON, None)),
        chargeable_because="supply came back by itself, and was seen then",
    )
    page = read(replace(STATEMENT, legs=(leg,), fees=None, wrongful_suspected="supply was wanted back 7 minutes after"))
    assert page.whole
    for fact in (
        "Was this cut wrongful? Supply was wanted back 7 minutes after.",
        "over current 63.00 A 31.50 A changed",
        "x not known 1",
        "Ben exchanged meter 123 for not known . glass broken",
        "supply is proven back supply came back by itself",
    ):
        assert fact in page.text, fact
    assert "Fees" not in page.text


def test_a_hold_that_has_done_nothing_yet_has_a_page() -> None:
    """Scheduled, without any event: it says so and is whole."""
    bare = statement_of(replace(HOLD, fees=None, verdicts=(), restore_keys=(), chargeable_from=None, ended_at=None), [])
    page = read(bare)
    assert page.whole
    assert "supply was not suspended" in page.text
