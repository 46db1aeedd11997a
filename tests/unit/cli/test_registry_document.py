"""A registry that is read here and sent arrives as it was read."""

import json
from decimal import Decimal

from meterhold.cli.registry import installation_document
from meterhold.documents.installation import parse_registry
from meterhold.domain.meter import Installation
from meterhold.domain.words import Context, Flag, Service


def test_what_is_sent_is_what_was_read() -> None:
    """Every field, the optional ones full and empty."""
    bare = Installation("E-1", "SP-1", Service.ELECTRICITY, "p", "line-1", "1")
    full = Installation(
        "W-1",
        "SP-1",
        Service.WATER,
        "q",
        "broker",
        "zigbee2mqtt/x",
        serial="0x1",
        area="zone-3",
        time_zone="Europe/Berlin",
        rated_load_kw=Decimal("13.80"),
        flags=frozenset({Flag.FIRE_SERVICE, Flag.LIFE_SUPPORT}),
        depends_on=("E-1",),
        context=Context.TEST,
    )
    text = json.dumps({"meters": [installation_document(bare), installation_document(full)]})
    assert parse_registry(text.encode()) == (bare, full)
