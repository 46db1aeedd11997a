"""What feeders and water mains bear may be set, within bounds, and not switched off."""

import pytest

from meterhold.documents.config import parse_config
from meterhold.domain.commands.terms import DEFAULT_TERMS
from meterhold.domain.errors import Malformed
from meterhold.domain.ramp import MassRestore

BASE = """\
schema_version: 1
site: {name: demo, time_zone: UTC}
store: {url: "sqlite:///j.sqlite"}
meters: meters.csv
links:
  line-1: {kind: modbus, host: 127.0.0.1, port: 502, framing: tcp}
"""


def test_what_a_site_sets_counts_and_what_it_does_not_has_a_default() -> None:
    """There is no site without pacing."""
    plain = parse_config(BASE).terms.as_terms()
    assert (plain.mass_restore, plain.valves_at_once) == (DEFAULT_TERMS.mass_restore, DEFAULT_TERMS.valves_at_once)
    text = BASE + "terms:\n  mass_restore: {above: 4, per_minute: 9}\n  valves_at_once: 1\n"
    terms = parse_config(text).terms.as_terms()
    assert (terms.mass_restore, terms.valves_at_once) == (MassRestore(4, 9), 1)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ("mass_restore: {above: 0}", "terms.mass_restore.above"),
        ("mass_restore: {per_minute: 100000}", "terms.mass_restore.per_minute"),
        ("mass_restore: {above: 50, per_minute: 20}", "terms.mass_restore"),
        ("valves_at_once: 0", "terms.valves_at_once"),
        ("valves_at_once: null", "terms.valves_at_once"),
    ],
)
def test_nobody_configures_it_away(terms: str, field: str) -> None:
    """Neither by a nought, nor by a number that no feeder bears, nor by a burst beyond its own cap."""
    with pytest.raises(Malformed) as refused:
        parse_config(f"{BASE}terms:\n  {terms}\n")
    assert [fault.field for fault in refused.value.faults] == [field]
