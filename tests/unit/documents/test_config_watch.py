"""How held meters are watched, as the configuration says it: never not at all, and never all of a line."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from meterhold.documents.config import load_config, parse_config
from meterhold.domain.errors import Malformed
from meterhold.domain.watch import DEFAULT_WATCH, WatchRules

TOP = Path(__file__).parents[3]
PLAIN = """\
schema_version: 1
site: {name: demo, time_zone: Europe/Berlin}
store: {url: "sqlite:///var/journal.sqlite"}
meters: meters.csv
links:
  street-1: {kind: modbus, host: 127.0.0.1, port: 5020, framing: tcp}
"""


def rules(text: str) -> WatchRules:
    """What a file says."""
    return parse_config(PLAIN + text).terms.as_terms().watch


def test_a_site_that_says_nothing_is_watched_all_the_same() -> None:
    """Hourly, for a twentieth of each line's time."""
    assert rules("") == DEFAULT_WATCH
    assert (DEFAULT_WATCH.every_s, DEFAULT_WATCH.share) == (3600, 0.05)


def test_each_number_can_be_set() -> None:
    """As decimals where registers are compared with them."""
    given = rules(
        "terms: {watch: {every_s: 900, share: 0.1, usage_threshold_kwh: 0.5, usage_threshold_m3: 0.05,"
        " silent_after_s: 7200, keep_every_s: 43200}}"
    )
    assert given == WatchRules(900, 0.1, Decimal("0.5"), Decimal("0.05"), 7200, 43200)


@pytest.mark.parametrize(
    "bad",
    [
        "every_s: 0",
        "every_s: 604801",
        "share: 0",
        "share: 0.9",
        "usage_threshold_kwh: 0",
        "silent_after_s: .inf",
        "off: true",
    ],
)
def test_it_cannot_be_switched_off_or_take_a_line_for_itself(bad: str) -> None:
    """Nor are there keys that nobody knows."""
    with pytest.raises(Malformed):
        rules(f"terms: {{watch: {{{bad}}}}}")


def test_the_page_shows_what_holds_where_nothing_is_said() -> None:
    """docs/watch.md and the demo site say the defaults, and mean them."""
    page = (TOP / "docs" / "watch.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(terms:.*?)```", page, re.DOTALL)
    assert rules(shown) == DEFAULT_WATCH
    assert load_config(TOP / "config" / "gateway.yaml").terms.as_terms().watch == DEFAULT_WATCH
