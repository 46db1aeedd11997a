"""Raw values as messages hold them, and messages recognised by the templates of a profile."""

import json
from collections.abc import Mapping
from typing import Any

from meterhold.cli.derived.raws import Raws
from meterhold.domain.errors import Fault, Malformed
from meterhold.profiles.language.definition import MqttDefinition
from meterhold.profiles.language.mqtt_writes import Message
from meterhold.profiles.language.placeholders import OF_COMMAND, REPLY_TO, REQUEST_ID, fill_json

_OPEN = frozenset({REQUEST_ID, REPLY_TO, *OF_COMMAND})
"""Placeholders that differ each time."""


def documents(definition: MqttDefinition, raws: Raws) -> Mapping[str, Any]:
    """What each source says."""
    said: dict[str, Any] = {name: {} for name in definition.sources}
    faults = []
    for name, point in definition.points.items():
        source = definition.source_of(point)
        if point.topic_level is not None:
            continue
        if point.pointer is None:
            said[source] = raws[name]
        elif not isinstance(said[source], dict) or not _put(said[source], point.pointer, raws[name]):
            faults.append(Fault(f"points.{name}.pointer", "no message can be made that has this beside the others"))
    if faults:
        raise Malformed(f"a simulator of {definition.profile}", faults)
    return said


def text_of(message: Any) -> str:  # noqa: ANN401 - any JSON value
    """A message as it is published."""
    return message if isinstance(message, str) else json.dumps(message, separators=(",", ":"))


def with_value(message: Any, pointer: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A message with one more value."""
    copy = json.loads(json.dumps(message)) if isinstance(message, dict) else {}
    _put(copy, pointer, value)
    return copy


def captured(template: Message, address: str, text: str) -> dict[str, Any] | None:
    """What stands for the placeholders in a payload; nothing where it is another message."""
    if template.payload is None:
        return {} if template.filled(address, {}) == text else None
    try:
        payload = json.loads(text)
    except ValueError:
        return None
    found: dict[str, Any] = {}
    return found if _fits(fill_json(dict(template.payload), address), payload, found) else None


def _fits(wanted: Any, given: Any, found: dict[str, Any]) -> bool:  # noqa: ANN401 - any JSON value
    if isinstance(wanted, str) and (held := [token for token in _OPEN if token in wanted]):
        found[held[0]] = given
        return True
    if isinstance(wanted, dict):
        # What has no value in a command (an expiry) may be left out.
        return isinstance(given, dict) and all(
            _fits(value, given.get(key), found) if key in given else value in _OPEN for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(given, list)
            and len(wanted) == len(given)
            and all(_fits(one, other, found) for one, other in zip(wanted, given, strict=True))
        )
    return type(wanted) is type(given) and bool(wanted == given)


def _put(document: dict[str, Any], pointer: str, value: Any) -> bool:  # noqa: ANN401 - a raw value
    *parents, last = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    here: Any = document
    for step in parents:
        here = here.setdefault(step, {})
        if not isinstance(here, dict):
            return False
    here[last] = value
    return True
