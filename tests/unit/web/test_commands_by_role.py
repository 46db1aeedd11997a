"""Which callers can bring about which command of the journal: each role at each endpoint, with a body that is sound."""

from typing import Any, get_args

import httpx
import pytest

from meterhold.domain import commands as c
from meterhold.domain.roles import Role
from meterhold.domain.words import Because
from meterhold.usecases.keys import create_key
from meterhold.web.roles import ENDPOINTS
from tests.support.signing import private_key, public_hex
from tests.unit.web.conftest import API, Site

SENDERS = {Role.DISPATCHER, Role.APPROVER}
REACHED: dict[type, set[Role]] = {
    c.SubmitOrder: SENDERS,
    c.DecideAttention: {Role.APPROVER},
    c.DecideApproval: {Role.APPROVER},
    c.AskLimits: {Role.ADMIN},
    c.MarkWrongful: {Role.APPROVER},
    c.RegisterMeters: {Role.ADMIN},
    c.LockMeter: {Role.TECHNICIAN},
    c.UnlockMeter: {Role.TECHNICIAN, Role.ADMIN},
    c.RecordWitness: {Role.TECHNICIAN},
    c.CommissionMeter: {Role.TECHNICIAN},
    c.ExchangeMeter: {Role.TECHNICIAN},
    c.ObserveMeter: {Role.TECHNICIAN},
    c.SetInhibit: {Role.ADMIN},
    c.CreateKey: {Role.ADMIN},
    c.RotateKey: set(Role),
    c.RevokeKey: {Role.ADMIN},
    c.RegisterSigningKey: {Role.ADMIN},
    c.RevokeSigningKey: {Role.ADMIN},
    c.AcknowledgeAlarm: {Role.APPROVER, Role.TECHNICIAN, Role.ADMIN},
    c.ReceiveForecasts: {Role.ADMIN},
    c.RaiseMoratorium: {Role.APPROVER, Role.ADMIN},
    c.LiftMoratorium: {Role.ADMIN},
}
"""Who can bring about what."""
BY_ITSELF = {
    c.AdvanceHold,
    c.RecordIntent,
    c.RecordTurn,
    c.FollowApproval,
    c.FinishApproval,
    c.ExpireApproval,
    c.CompleteSet,
    c.ReportPoisoned,
    c.ReviewLock,
    c.ReviewHold,
    c.ReportAlarm,
    c.ReportSiteAlarm,
    c.StepClock,
    c.FoundStore,
    c.KeepCheckpoint,
    c.KeepRefusal,
    c.KeepRefusedCalls,
    c.KeepReload,
    c.WatchMeter,
}
"""What the gateway does by itself; no caller asks for it."""

ORDER = {
    "schema_version": 1,
    "action": "restore",
    "issued_at": "2026-11-24T11:59:00Z",
    "meters": ["E-1001"],
    "reason": "customer_request",
}
LATER = "2026-11-24T20:00:00Z"
BODIES: dict[str, Any] = {
    "POST /orders": ORDER,
    "POST /orders/dry-run": ORDER,
    "POST /holds/{hold_id}/attention/{n}": {"decision": "retry"},
    "POST /holds/{hold_id}/wrongful": {"reason": "another home was meant"},
    "PUT /meters": {"meters": []},
    "POST /meters/{meter_id}/verify": {"commission": True},
    "POST /meters/{meter_id}/exchange": {"at": "2026-11-24T11:00:00Z", "new_serial": "4711"},
    "POST /meters/{meter_id}/witness": {"state": "disconnected", "statement": "valve shut"},
    "PUT /meters/{meter_id}/lock": {"reason": "hands inside", "review_at": LATER},
    "POST /alarms/{alarm_id}": {},
    "POST /approvals/{approval_id}": {"decision": "grant", "set_hash": "0" * 64},
    "PUT /limits": {"reason": "winter", "off_by_sender": 3},
    "POST /forecasts": {
        "schema_version": 1,
        "issued_at": "2026-11-24T11:00:00Z",
        "source": "test",
        "areas": [{"area": "*", "hours": [{"at": "2026-11-24T11:00:00Z", "temperature_c": 4}]}],
    },
    "POST /moratoria": {"until_at": LATER, "reason": "storm"},
    "PUT /inhibit": {"reason": "storm"},
    "POST /keys": {"roles": ["auditor"]},
    "POST /keys/{key_id}/rotate": {},
    "POST /originators": {"sender": "other", "key_id": "o-1"},
}


UNREACHED_HERE = {c.ObserveMeter, c.CommissionMeter}
"""They need a meter that answers."""


def test_every_command_is_somebody_s() -> None:
    """A new command is either brought about by callers, and then it is said by which, or by the gateway itself."""
    assert set(get_args(c.Command)) == set(REACHED) | BY_ITSELF
    assert not set(REACHED) & BY_ITSELF


async def ask(client: httpx.AsyncClient, site: Site, method: str, path: str, role: Role, key_id: str) -> httpx.Response:
    """Ask as somebody of this role, with a body that is sound."""
    names = {"order_id": "WO-1", "hold_id": "H-1", "n": "1", "approval_id": "AP-1"}
    alarms = site.world.store.world.site.alarms
    names |= {"alarm_id": alarms[0].alarm_id if alarms else "A-1"}
    names |= {"moratorium_id": "M-1", "meter_id": "E-1001", "key_id": key_id}
    body: dict[str, Any] = dict(BODIES.get(f"{method} {path}", {}))
    match f"{method} {path}":
        case "POST /orders" | "POST /orders/dry-run":
            body |= {"order_id": f"WO-{role}"}
        case "POST /keys":
            body |= {"name": f"made by {role}"}
        case "POST /originators":
            body |= {"public_key": public_hex(private_key(1))}
        case _:
            pass
    prefix = "" if path in {"/metrics", "/openapi.json"} else API
    own = site.key(role, name=f"a {role}")
    if path.endswith("/rotate") and role is not Role.ADMIN:
        names["key_id"] = own.split("_")[1]
    return await client.request(
        method,
        prefix + path.format(**names),
        params={"reason": "over", "sender": "cis", "key_id": "cis-1"} if method == "DELETE" else None,
        headers={"Authorization": f"Bearer {own}"},
        json=body or None,
    )


@pytest.mark.parametrize("role", Role)
async def test_a_role_brings_about_its_commands_and_no_others(
    anonymous: httpx.AsyncClient, site: Site, role: Role
) -> None:
    """Over all endpoints, whether or not the table lets it in."""
    reached: set[type] = set()
    ports = site.world.ports
    await ports.journal.submit(c.ReportSiteAlarm(ports.clock.now(), Because.STORE_NEARLY_FULL, "little room"))
    for method, path in ENDPOINTS:
        made, _ = await create_key(ports, f"{method} {path}", [Role.AUDITOR])
        before = len(site.world.store.submitted)
        answer = await ask(anonymous, site, method, path, role, made.key_id)
        submitted = {type(command) for command in site.world.store.submitted[before:]}
        assert method == "GET" or answer.status_code != 422, (method, path, answer.text)
        if role not in ENDPOINTS[method, path]:
            assert (answer.status_code, submitted) == (403, set()), (method, path)
        reached |= submitted
    assert reached <= {command for command, roles in REACHED.items() if role in roles}
    missing = {command for command, roles in REACHED.items() if role in roles} - reached
    assert not missing - UNREACHED_HERE
