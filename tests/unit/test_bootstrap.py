"""What a gateway takes over when it starts, and what it refuses to start with."""

import pytest
from prometheus_client import CollectorRegistry

from meterhold.bootstrap import _holds_at_work, settled_terms
from meterhold.documents.config import parse_config
from meterhold.domain.errors import Malformed
from meterhold.profiles import load_profiles
from meterhold.web import Instruments
from tests.fakes.gateway import Gateway
from tests.fakes.metering import SHELLY, OnWrite, place
from tests.fakes.world import run

CONFIG = """\
schema_version: 1
site: {name: demo, time_zone: UTC}
store: {url: "sqlite:///j.sqlite"}
meters: meters.csv
links:
  line-1: {kind: modbus, host: 127.0.0.1, port: 502, framing: tcp}
"""


def test_what_was_in_doubt_before_a_restart_is_counted_after_it() -> None:
    """The gauge does not begin at nothing while a write may or may not have taken effect."""
    gateway = Gateway()
    (meter,) = gateway.install(place(SHELLY, "M-1"))
    meter.next_write = OnWrite.LOSE_REPLY
    gateway.suspend("M-1")
    gateway.once()
    gateway.restart()
    registry = CollectorRegistry()
    instruments = Instruments(registry)
    assert registry.get_sample_value("meterhold_in_doubt") == 0
    instruments.resume(run(_holds_at_work(gateway.ports)))
    assert registry.get_sample_value("meterhold_in_doubt") == 1


def test_terms_that_name_what_there_is_not_start_no_gateway() -> None:
    """Nor are they taken over by a reload: a rule for nobody would look like one that holds."""
    good = parse_config(CONFIG + "terms: {required_proof: {shelly-plus-pro-1pm: load_proven}}\n")
    assert list(settled_terms(good, load_profiles()).required_proof) == ["shelly-plus-pro-1pm"]
    wrong = parse_config(CONFIG + "terms: {required_proof: {shely: load_proven}}\n")
    with pytest.raises(Malformed) as refused:
        settled_terms(wrong, load_profiles())
    assert [fault.field for fault in refused.value.faults] == ["terms.required_proof.shely"]
