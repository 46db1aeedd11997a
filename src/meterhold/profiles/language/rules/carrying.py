"""Carriers: what may be delivered late says until when, and can be told apart."""

from collections.abc import Iterator

from meterhold.profiles.language.definition import Definition, MqttDefinition
from meterhold.profiles.language.placeholders import COMMAND_ID, EXPIRES_AT
from meterhold.profiles.language.references import steps_of
from meterhold.profiles.language.rules.rule import Around, Problem
from meterhold.profiles.language.steps import MqttStep

_CUTS = frozenset({"disconnect", "restrict"})


def carried(profile: Definition, _: Around) -> Iterator[Problem]:
    """Each command through a carrier has what the carrier must know of it."""
    if not isinstance(profile, MqttDefinition) or profile.carrier is None:
        return
    named = any(receipt.id is not None for receipt in profile.carrier.receipts)
    for path, step in steps_of(profile):
        if not isinstance(step, MqttStep) or step.write is None:
            continue
        texts = step.write.texts
        if path[1] in _CUTS and not any(EXPIRES_AT in text for text in texts):
            yield Problem((*path, "write"), "a carrier may deliver this late: {expires_at} is required")
        if named and not any(COMMAND_ID in text for text in texts):
            yield Problem((*path, "write"), "the carrier's receipts have an id: {command_id} is required")
