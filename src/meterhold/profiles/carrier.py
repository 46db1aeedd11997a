"""What a carrier's receipts mean, ready for use."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from meterhold.profiles.language.carrying import Carrier, Receipt
from meterhold.profiles.language.placeholders import DEVICE
from meterhold.profiles.pointer import walker
from meterhold.profiles.wire import Document

_PLACE = re.compile(r"\\\{device(?:\\\.\d)?\\\}")


@dataclass(frozen=True, slots=True)
class _Rule:
    topic: re.Pattern[str]
    value: Callable[[Any], Any]
    equals: bool | int | str
    id: Callable[[Any], Any] | None
    delivered: bool


@dataclass(frozen=True, slots=True)
class CarrierRules:
    """How a command goes through a carrier."""

    latency_s: float
    """How long a command may wait there, and an answer take."""
    rules: tuple[_Rule, ...]

    def delivered(self, document: Document, command_id: str | None = None) -> bool | None:
        """What a receipt says of a command, or of any, where none is named.

        ``True``: the device has it. ``False``: the carrier has given up and will deliver nothing later; whether the
        device had it all the same is not known. ``None``: nothing.
        """
        if document.retained:
            return None
        for rule in self.rules:
            if not rule.topic.fullmatch(document.request.topic):
                continue
            if command_id is not None and rule.id is not None and rule.id(document.value) != command_id:
                continue
            said = rule.value(document.value)
            if said == rule.equals and isinstance(said, bool) == isinstance(rule.equals, bool):
                return rule.delivered
        return None


def carrier_rules(carrier: Carrier) -> CarrierRules:
    """Make what a profile says of its carrier ready for use."""
    return CarrierRules(carrier.latency_s, tuple(_rule(receipt) for receipt in carrier.receipts))


def _rule(receipt: Receipt) -> _Rule:
    topic = re.compile(_PLACE.sub(_any_level, re.escape(receipt.topic)))
    known_as = None if receipt.id is None else walker(receipt.id)
    return _Rule(topic, walker(receipt.pointer), receipt.equals, known_as, receipt.delivered)


def _any_level(place: re.Match[str]) -> str:
    return ".+" if place.group() == re.escape(DEVICE) else "[^/]+"
