"""What an order's fields may not say together. Each rule names the field at which a sender would put it right."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from meterhold.documents.order_document import OrderDocument
from meterhold.domain.errors import Fault
from meterhold.domain.words import Action, Mode

_COMMON = frozenset(
    {
        "schema_version",
        "order_id",
        "action",
        "issued_at",
        "sequence",
        "account_ref",
        "requested_by",
        "correlation_id",
        "comment",
        "reply_to",
        "context",
        "signature",
    }
)
_BY_HOLD = frozenset({"hold_id", "suspend_order_id"})
_BY_PLACE = frozenset({"service_point", "meters"})

FIELDS_OF: dict[Action, frozenset[str]] = {
    Action.SUSPEND: _COMMON
    | _BY_PLACE
    | {
        "legs",
        "mode",
        "reason",
        "starts_at",
        "ends_at",
        "not_after",
        "restore_by",
        "on_restore",
        "on_partial",
        "priority",
        "notice_given_at",
        "vacant_verified",
        "customer_present",
        "override_protected",
        "fees",
        "restore_requires_payment",
        "payment_ref",
    },
    Action.RESTORE: _COMMON
    | _BY_PLACE
    | _BY_HOLD
    | {"reason", "restore_by", "on_restore", "priority", "vacant_verified", "customer_present", "payment_ref"},
    Action.AMEND: _COMMON | _BY_HOLD | {"starts_at", "ends_at", "not_after", "restore_by", "on_restore", "priority"},
    Action.CANCEL: _COMMON | _BY_HOLD,
    Action.CLOSE: _COMMON | _BY_HOLD,
}
"""Which fields make sense for which action."""

TARGETS_OF: dict[Action, tuple[str, ...]] = {
    Action.SUSPEND: ("service_point", "meters"),
    Action.RESTORE: ("hold_id", "suspend_order_id", "service_point", "meters"),
    Action.AMEND: ("hold_id", "suspend_order_id"),
    Action.CANCEL: ("hold_id", "suspend_order_id"),
    Action.CLOSE: ("hold_id", "suspend_order_id"),
}
"""The fields of which an order names exactly one: whom it means."""

_AMENDABLE = ("starts_at", "ends_at", "not_after", "restore_by", "on_restore", "priority", "comment")
_NEVER_NULL = ("starts_at", "on_restore", "priority")


@dataclass(frozen=True, slots=True)
class Findings:
    """A document of which some fields may be broken already: a broken one was given, but its value is not known."""

    document: OrderDocument
    broken: frozenset[str]

    def given(self, name: str) -> bool:
        """The sender wrote something there."""
        return name in self.broken or getattr(self.document, name) is not None

    def moment(self, name: str) -> datetime | None:
        """A time that was given and is not broken."""
        if name in self.broken:
            return None
        value = getattr(self.document, name)
        return value if isinstance(value, datetime) else None


def contradictions(document: OrderDocument, broken: frozenset[str] = frozenset()) -> list[Fault]:
    """All rules at once. An order whose action is broken has none: every rule depends on the action."""
    if "action" in broken:
        return []
    findings = Findings(document, broken)
    return [fault for rule in _RULES for fault in rule(findings)]


def _only_fields_of_the_action(findings: Findings) -> Iterator[Fault]:
    action = findings.document.action
    for name in OrderDocument.model_fields:
        if name not in FIELDS_OF[action] and findings.given(name):
            yield Fault(name, f"means nothing in an order to {action}")


def _exactly_one_target(findings: Findings) -> Iterator[Fault]:
    targets = TARGETS_OF[findings.document.action]
    given = [name for name in targets if findings.given(name)]
    choice = f"exactly one of {', '.join(targets)}"
    if not given:
        yield Fault(targets[0], f"is required: an order to {findings.document.action} names {choice}")
    for name in given[1:]:
        yield Fault(name, f"contradicts {given[0]}: an order to {findings.document.action} names {choice}")


def _suspend_says_why(findings: Findings) -> Iterator[Fault]:
    if findings.document.action is Action.SUSPEND and not findings.given("reason"):
        yield Fault("reason", "is required to suspend: rules depend on it")


def _amend_changes_something(findings: Findings) -> Iterator[Fault]:
    document = findings.document
    if document.action is not Action.AMEND:
        return
    named = document.model_fields_set | findings.broken
    if not named.intersection(_AMENDABLE):
        yield Fault("action", f"amends nothing: name at least one of {', '.join(_AMENDABLE)}")
    for name in _NEVER_NULL:
        if name in document.model_fields_set and not findings.given(name):
            yield Fault(name, "may be left out of an amendment, but not be null")


def _times_in_order(findings: Findings) -> Iterator[Fault]:
    issued, starts, ends = (findings.moment(name) for name in ("issued_at", "starts_at", "ends_at"))
    first, named = (issued, "issued_at") if not findings.given("starts_at") else (starts, "starts_at")
    if findings.document.action is Action.AMEND and not findings.given("starts_at"):
        # The hold has a start of its own, which only the journal knows.
        first = None
    for name in ("ends_at", "not_after"):
        moment = findings.moment(name)
        if first is not None and moment is not None and moment <= first:
            yield Fault(name, f"must be later than {named}")
    restore_by = findings.moment("restore_by")
    if restore_by is not None and ends is not None and restore_by < ends:
        yield Fault("restore_by", "must not be earlier than ends_at")
    notice = findings.moment("notice_given_at")
    if notice is not None and issued is not None and notice > issued:
        yield Fault("notice_given_at", "must not be later than issued_at")


def _meters_once(findings: Findings) -> Iterator[Fault]:
    meters = findings.document.meters or ()
    for at, meter_id in enumerate(meters):
        if meter_id in meters[:at]:
            yield Fault(f"meters.{at}", "names a meter that the list names before")


def _legs_choose(findings: Findings) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, leg in enumerate(findings.document.legs or ()):
        if (leg.meter_id is None) is (leg.service is None):
            yield Fault(f"legs.{at}", "must choose a leg by exactly one of meter_id, service")
            continue
        chosen = leg.meter_id or str(leg.service)
        if chosen in seen:
            yield Fault(f"legs.{at}", "chooses a leg that the list refines before")
        seen.add(chosen)
        meters = findings.document.meters
        if leg.meter_id is not None and meters is not None and leg.meter_id not in meters:
            yield Fault(f"legs.{at}.meter_id", "must be one of the order's meters")


def _limits_where_restricted(findings: Findings) -> Iterator[Fault]:
    document = findings.document
    for at, leg in enumerate(document.legs or ()):
        mode = leg.mode or document.mode
        if mode is Mode.RESTRICT and leg.restrict_to is None:
            yield Fault(f"legs.{at}.restrict_to", "is required where the mode is restrict")
        if mode is not Mode.RESTRICT and leg.restrict_to is not None and not {"mode", "legs"} & findings.broken:
            yield Fault(f"legs.{at}.restrict_to", "means nothing unless the mode is restrict")
    if document.mode is Mode.RESTRICT and not findings.given("legs"):
        yield Fault("mode", "restrict needs legs that say what to restrict_to")


_RULES: tuple[Callable[[Findings], Iterator[Fault]], ...] = (
    _only_fields_of_the_action,
    _exactly_one_target,
    _suspend_says_why,
    _amend_changes_something,
    _times_in_order,
    _meters_once,
    _legs_choose,
    _limits_where_restricted,
)
