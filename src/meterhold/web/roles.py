"""Which roles open which endpoint: the one table. What does not stand here opens to nobody."""

from collections.abc import Mapping

from meterhold.domain.roles import Role

PREFIX = "/api/v1"
"""Where the endpoints below are found, but for those that probes and tools look for at the top."""

EVERYONE = frozenset(Role)
_DISPATCHER = frozenset({Role.DISPATCHER})
_APPROVER = frozenset({Role.APPROVER})
_TECHNICIAN = frozenset({Role.TECHNICIAN})
_AUDITOR = frozenset({Role.AUDITOR})
_ADMIN = frozenset({Role.ADMIN})
_SENDERS = _DISPATCHER | _APPROVER
"""An approver's own orders are restores, and nothing else (`web/orders.py`)."""

ENDPOINTS: Mapping[tuple[str, str], frozenset[Role]] = {
    ("POST", "/orders"): _SENDERS,
    ("POST", "/orders/batch"): _SENDERS,
    ("POST", "/orders/dry-run"): _SENDERS,
    ("GET", "/orders/{order_id}"): _SENDERS | _AUDITOR,
    ("GET", "/holds"): _SENDERS | _TECHNICIAN | _AUDITOR,
    ("GET", "/holds/{hold_id}"): _SENDERS | _TECHNICIAN | _AUDITOR,
    ("GET", "/holds/{hold_id}/events"): _SENDERS | _TECHNICIAN | _AUDITOR,
    ("GET", "/holds/{hold_id}/statement"): _SENDERS | _AUDITOR,
    ("GET", "/holds/{hold_id}/statement.json"): _SENDERS | _AUDITOR,
    ("GET", "/holds/{hold_id}/statement.csv"): _SENDERS | _AUDITOR,
    ("GET", "/holds/{hold_id}/statement.html"): _SENDERS | _AUDITOR,
    ("GET", "/holds/{hold_id}/statement.txt"): _SENDERS | _AUDITOR,
    ("POST", "/holds/{hold_id}/wrongful"): _APPROVER,
    ("POST", "/holds/{hold_id}/attention/{n}"): _APPROVER,
    ("GET", "/meters"): EVERYONE,
    ("PUT", "/meters"): _ADMIN,
    ("GET", "/meters/{meter_id}"): EVERYONE,
    ("POST", "/meters/{meter_id}/read"): _TECHNICIAN,
    ("POST", "/meters/{meter_id}/verify"): _TECHNICIAN,
    ("POST", "/meters/{meter_id}/exchange"): _TECHNICIAN,
    ("POST", "/meters/{meter_id}/witness"): _TECHNICIAN,
    ("GET", "/meters/{meter_id}/lock"): EVERYONE,
    ("PUT", "/meters/{meter_id}/lock"): _TECHNICIAN,
    ("DELETE", "/meters/{meter_id}/lock"): _TECHNICIAN | _ADMIN,
    ("GET", "/alarms"): EVERYONE,
    ("GET", "/alarms/{alarm_id}"): EVERYONE,
    ("POST", "/alarms/{alarm_id}"): _APPROVER | _TECHNICIAN | _ADMIN,
    ("GET", "/approvals"): _APPROVER | _AUDITOR | _ADMIN,
    ("GET", "/approvals/{approval_id}"): _APPROVER | _AUDITOR | _ADMIN,
    ("POST", "/approvals/{approval_id}"): _APPROVER,
    ("GET", "/limits"): EVERYONE,
    ("PUT", "/limits"): _ADMIN,
    ("GET", "/policy/explain"): EVERYONE,
    ("GET", "/forecasts"): EVERYONE,
    ("POST", "/forecasts"): _ADMIN,
    ("GET", "/moratoria"): EVERYONE,
    ("POST", "/moratoria"): _APPROVER | _ADMIN,
    ("DELETE", "/moratoria/{moratorium_id}"): _ADMIN,
    ("GET", "/inhibit"): EVERYONE,
    ("PUT", "/inhibit"): _ADMIN,
    ("DELETE", "/inhibit"): _ADMIN,
    ("GET", "/keys"): _ADMIN | _AUDITOR,
    ("POST", "/keys"): _ADMIN,
    ("POST", "/keys/{key_id}/rotate"): EVERYONE,
    ("DELETE", "/keys/{key_id}"): _ADMIN,
    ("GET", "/originators"): _ADMIN | _AUDITOR,
    ("POST", "/originators"): _ADMIN,
    ("DELETE", "/originators"): _ADMIN,
    ("GET", "/metrics"): _AUDITOR | _ADMIN,
    ("GET", "/openapi.json"): EVERYONE,
}

FREE = frozenset({("GET", "/healthz"), ("GET", "/readyz")})
"""Probes bear no key, and learn nothing that needs one."""


def roles_of(method: str, template: str) -> frozenset[Role]:
    """Say who may call an endpoint, by the path that its route was declared with."""
    return ENDPOINTS.get((method, template.removeprefix(PREFIX)), frozenset())


def is_free(method: str, template: str) -> bool:
    """Whether an endpoint needs no key."""
    return (method, template) in FREE


def name_of(method: str, template: str) -> str:
    """How a key's limits name an endpoint, such as ``POST /forecasts``."""
    return f"{method} {template.removeprefix(PREFIX)}"
