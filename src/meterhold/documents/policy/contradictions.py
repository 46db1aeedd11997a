"""What the parts of a policy may not say together; read off the file itself, so that broken parts hide no others."""

from collections.abc import Iterator, Mapping
from typing import Any

from meterhold.documents.policy.holiday_days import UnknownPlace, holidays_of
from meterhold.documents.policy.sections import CONDITIONS, WAITING_HELPS
from meterhold.domain.errors import Fault
from meterhold.domain.policy import Effect
from meterhold.domain.words import Action
from meterhold.yaml_text import YamlText, dotted

_CALENDAR_OF = ("holidays", "notice", "same_day")
"""The conditions that may name a calendar."""
Place = tuple[str | int, ...]


def contradictions(source: YamlText) -> Iterator[Fault]:
    """Everything that is wrong between the fields of a rule, between rules, and between rules and calendars."""
    for place, rule in _contradictions(source.data):
        yield Fault(dotted(place), rule, line=source.line_of(place))


def _contradictions(data: Any) -> Iterator[tuple[Place, str]]:  # noqa: ANN401 - a file may hold anything
    calendars = _mapping(data.get("calendars"))
    yield from _unknown_places(calendars)
    rules = data.get("rules")
    seen: set[str] = set()
    for number, rule in enumerate(rules if isinstance(rules, list) else ()):
        if not isinstance(rule, Mapping):
            continue
        place: Place = ("rules", number)
        rule_id = rule.get("id")
        if isinstance(rule_id, str) and rule_id in seen:
            yield (*place, "id"), f"{rule_id!r} is the name of a rule before"
        seen.add(str(rule_id))
        yield from _conditions(place, rule)
        yield from _effects(place, rule)
        for name in _CALENDAR_OF:
            calendar = _mapping(rule.get(name)).get("calendar")
            if isinstance(calendar, str) and calendar not in calendars:
                yield (*place, name, "calendar"), f"{calendar!r} is not one of calendars"


def _unknown_places(calendars: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    for name, calendar in calendars.items():
        country, part = (_mapping(calendar).get(key) for key in ("country", "subdivision"))
        if isinstance(country, str) and isinstance(part, str | None):
            try:
                holidays_of(country, part)
            except UnknownPlace as unknown:
                yield ("calendars", name, "country" if part is None else "subdivision"), str(unknown)


def _conditions(place: Place, rule: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    found = [name for name in CONDITIONS if name in rule]
    if not found:
        yield place, f"needs a condition: one of {', '.join(CONDITIONS)}"
    for name in found[1:]:
        yield (*place, name), f"contradicts {found[0]}: a rule has exactly one condition"


def _effects(place: Place, rule: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    effect = rule.get("effect")
    found = [name for name in CONDITIONS if name in rule]
    action = _mapping(rule.get("applies_to")).get("action")
    if effect == Effect.DEFER and len(found) == 1 and found[0] not in WAITING_HELPS:
        yield (*place, "effect"), f"defer: waiting does not change {found[0]}; it would be put off without an end"
    if action == Action.RESTORE and effect != Effect.WARN:
        yield (*place, "effect"), "must be warn for a restore: no rule may stop one"
    if "inspect_after" in found and (effect != Effect.WARN or action == Action.RESTORE):
        yield (
            (*place, "effect"),
            "must be warn, of orders to suspend: the restore then waits for the inspection by itself",
        )


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a file may hold anything
    return value if isinstance(value, Mapping) else {}
