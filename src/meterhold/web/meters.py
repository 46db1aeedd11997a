"""Meters: what is intended beside what is actual, live reads, dry runs, locks, and the registry they come from."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from meterhold.documents.installation import MOST_REGISTRY_BYTES, Check, RegistryDocument, parse_registry
from meterhold.documents.meter import (
    LockAnswerView,
    MeterView,
    ReadoutView,
    VerificationView,
    view_lock,
    view_meter,
    view_observation,
    view_verification,
)
from meterhold.documents.problem import ProblemView
from meterhold.documents.requests import LockDocument, VerifyDocument
from meterhold.documents.site import RegisteredView
from meterhold.domain.errors import UnknownThing
from meterhold.domain.meter import Meter
from meterhold.domain.roles import Role
from meterhold.domain.words import Because
from meterhold.usecases.locking import LockAnswer, lock_meter, lock_state, unlock_meter
from meterhold.usecases.ports import Ports
from meterhold.usecases.reading import read_meter
from meterhold.usecases.registering import register_meters
from meterhold.usecases.verifying import verify_meter
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import DEFAULT_PAGE, Cursor, Page, PageSize, json, read_body, read_request
from meterhold.web.openapi import body_of


def meters_router(ports: Ports, guard: Guard, check: Check) -> APIRouter:
    """Build the routes of meters."""
    router = APIRouter(prefix="/meters", tags=["meters"])
    _add_reads(router, ports)
    _add_registry(router, ports, check)
    _add_looks(router, ports, guard)
    _add_locks(router, ports, guard)
    return router


def _add_reads(router: APIRouter, ports: Ports) -> None:
    @router.get("", responses={200: {"model": Page[MeterView]}})
    async def list_all(after: Cursor = None, limit: PageSize = DEFAULT_PAGE) -> Response:
        """List meters in the order of their names."""
        found = await ports.queries.list_meters(after=after, limit=limit + 1)
        following = found[limit - 1].meter_id if len(found) > limit else None
        return json(Page(await _views(ports, found[:limit]), following))

    @router.get("/{meter_id}", responses={200: {"model": MeterView}, 404: {"model": ProblemView}})
    async def show(meter_id: str) -> Response:
        """Read what is known of a meter, without asking it."""
        meter = await ports.queries.meter(meter_id)
        if meter is None:
            raise UnknownThing(Because.UNKNOWN_METER, f"there is no meter {meter_id!r}")
        return json((await _views(ports, [meter]))[0])


def _add_registry(router: APIRouter, ports: Ports, check: Check) -> None:
    @router.put("", openapi_extra=body_of(RegistryDocument), responses={200: {"model": RegisteredView}})
    async def register(request: Request) -> Response:
        """Make the registry these meters and no others."""
        installations = parse_registry(await read_body(request, "registry", MOST_REGISTRY_BYTES), check)
        done = await register_meters(ports, installations)
        return json(RegisteredView(done.named, done.changed, done.retired))


def _add_looks(router: APIRouter, ports: Ports, guard: Guard) -> None:
    @router.post(
        "/{meter_id}/read",
        responses={200: {"model": ReadoutView}, 502: {"model": ProblemView}, 504: {"model": ProblemView}},
    )
    async def read(meter_id: str) -> Response:
        """Look at a meter now. 504: it did not answer; 502: the question never got there, or it said no."""
        seen = await read_meter(ports, meter_id)
        meter = (await _views(ports, [seen.meter]))[0]
        return json(ReadoutView(meter, seen.actual, seen.proof, view_observation(seen.observation), seen.took_s))

    @router.post(
        "/{meter_id}/verify",
        openapi_extra=body_of(VerifyDocument),
        responses={200: {"model": VerificationView}, 502: {"model": ProblemView}, 504: {"model": ProblemView}},
    )
    async def verify(meter_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Rehearse a switching without writing anything, and record the commissioning where asked for."""
        document = await read_request(request, VerifyDocument, "verification")
        found = await verify_meter(ports, meter_id, caller.name, commission=document.commission)
        return json(view_verification(found))


def _add_locks(router: APIRouter, ports: Ports, guard: Guard) -> None:
    @router.put(
        "/{meter_id}/lock",
        openapi_extra=body_of(LockDocument),
        responses={200: {"model": LockAnswerView}, 409: {"model": ProblemView}},
    )
    async def lock(meter_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Stop all switching of a meter. Hands go in only when the answer is ``held``."""
        document = await read_request(request, LockDocument, "lock")
        return _lock_answer(await lock_meter(ports, meter_id, caller.name, document.reason, document.review_at))

    @router.get("/{meter_id}/lock", responses={200: {"model": LockAnswerView}, 404: {"model": ProblemView}})
    async def show_lock(meter_id: str) -> Response:
        """Ask whether the lock holds yet."""
        return _lock_answer(await lock_state(ports, meter_id))

    @router.delete(
        "/{meter_id}/lock",
        responses={200: {"model": LockAnswerView}, 403: {"model": ProblemView}, 409: {"model": ProblemView}},
    )
    async def unlock(
        meter_id: str,
        caller: Annotated[Caller, Depends(guard.caller)],
        reason: Annotated[str, Query(max_length=500, description="required where the lock is another's")] = "",
    ) -> Response:
        """Let a meter be switched again: one's own lock, or for an admin with a reason another's."""
        is_admin = caller.has(Role.ADMIN)
        meter = await unlock_meter(ports, meter_id, caller.name, reason.strip(), is_admin=is_admin)
        return json(view_lock(meter, held=False, waiting_for=None))


def _lock_answer(answer: LockAnswer) -> Response:
    return json(view_lock(answer.meter, held=answer.held, waiting_for=answer.waiting_for))


async def _views(ports: Ports, meters: Sequence[Meter]) -> tuple[MeterView, ...]:
    now = ports.clock.now()
    return tuple([view_meter(meter, now, await _cause(ports, meter)) for meter in meters])


async def _cause(ports: Ports, meter: Meter) -> Because | None:
    """Why a meter is not where it is intended to be: what the leg says for which it was intended."""
    intended = meter.intended
    if intended.state is None or intended.state is meter.actual.state or intended.hold_id is None:
        return None
    hold = await ports.queries.hold(intended.hold_id)
    if hold is None:
        return None
    return next((leg.because for leg in hold.legs if leg.meter_id == meter.meter_id), None)
