"""Meters: what is intended beside what is actual, live reads, dry runs, locks, and the registry they come from."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from meterhold.documents.exchange import ExchangeDocument
from meterhold.documents.installation import MOST_REGISTRY_BYTES, Check, RegistryDocument, parse_registry
from meterhold.documents.lock import LockAnswerView, view_lock
from meterhold.documents.meter import (
    MeterView,
    ReadoutView,
    StrangerView,
    UnreadView,
    VerificationView,
    view_meter,
    view_verification,
)
from meterhold.documents.observation import view_observation
from meterhold.documents.problem import ProblemView
from meterhold.documents.requests import LockDocument, VerifyDocument, WitnessDocument
from meterhold.documents.site import RegisteredView
from meterhold.domain.errors import UnknownThing
from meterhold.domain.meter import Meter
from meterhold.domain.roles import Role
from meterhold.domain.words import Because
from meterhold.usecases.exchanging import exchange_meter
from meterhold.usecases.locking import LockAnswer, await_lock, lock_meter, unlock_meter
from meterhold.usecases.ports import Ports
from meterhold.usecases.reading import Readout, read_meter
from meterhold.usecases.registering import register_meters
from meterhold.usecases.standing import standing_of
from meterhold.usecases.verifying import verify_meter
from meterhold.usecases.witnessing import record_witness
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import DEFAULT_PAGE, Cursor, Page, PageSize, json, read_body, read_request
from meterhold.web.openapi import body_of

WaitS = Annotated[
    float, Query(ge=0, le=50, description="how long the answer may wait for the lock to hold, in seconds")
]


def meters_router(ports: Ports, guard: Guard, check: Check) -> APIRouter:
    """Build the routes of meters."""
    router = APIRouter(prefix="/meters", tags=["meters"])
    _add_reads(router, ports)
    _add_registry(router, ports, check)
    _add_looks(router, ports, guard)
    _add_locks(router, ports, guard)
    _add_statements(router, ports, guard)
    _add_exchanges(router, ports, guard)
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
        return json(_readout((await _views(ports, [seen.meter]))[0], seen))

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
    async def lock(
        meter_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)], wait_s: WaitS = 0
    ) -> Response:
        """Stop all switching of a meter. Hands go in only when the answer is ``held``."""
        document = await read_request(request, LockDocument, "lock")
        answer = await lock_meter(ports, meter_id, caller.name, document.reason, document.review_at)
        return _lock_answer(answer if answer.held else await await_lock(ports, meter_id, wait_s))

    @router.get("/{meter_id}/lock", responses={200: {"model": LockAnswerView}, 404: {"model": ProblemView}})
    async def show_lock(meter_id: str, wait_s: WaitS = 0) -> Response:
        """Ask whether the lock holds yet; with ``wait_s`` the answer comes when it does, or when the time is over."""
        return _lock_answer(await await_lock(ports, meter_id, wait_s))

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
        return json(view_lock(meter, held=False))


def _add_statements(router: APIRouter, ports: Ports, guard: Guard) -> None:
    @router.post(
        "/{meter_id}/witness",
        openapi_extra=body_of(WitnessDocument),
        responses={200: {"model": MeterView}, 404: {"model": ProblemView}, 422: {"model": ProblemView}},
    )
    async def witness(meter_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """State what you saw at the meter. It stands beside the proof; where a look says otherwise, both are shown."""
        document = await read_request(request, WitnessDocument, "statement")
        meter = await record_witness(
            ports, meter_id, caller.name, document.state, document.statement, seal=document.seal
        )
        return json((await _views(ports, [meter]))[0])


def _add_exchanges(router: APIRouter, ports: Ports, guard: Guard) -> None:
    @router.post(
        "/{meter_id}/exchange",
        openapi_extra=body_of(ExchangeDocument),
        responses={200: {"model": MeterView}, 409: {"model": ProblemView}, 422: {"model": ProblemView}},
    )
    async def exchange(meter_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Record that the meter was replaced. Open holds go on with the new one, which is never cut by itself."""
        document = await read_request(request, ExchangeDocument, "exchange")
        meter = await exchange_meter(ports, meter_id, document.told_by(caller.name))
        return json((await _views(ports, [meter]))[0])


def _lock_answer(answer: LockAnswer) -> Response:
    return json(view_lock(answer.meter, held=answer.held, waits=answer.waits, cautions=answer.cautions))


def _readout(meter: MeterView, seen: Readout) -> ReadoutView:
    stranger = seen.stranger
    return ReadoutView(
        meter=meter,
        actual=seen.actual,
        proof=seen.proof,
        observation=view_observation(seen.observation),
        unread=tuple(UnreadView(one.point, one.because, one.detail) for one in seen.unread),
        stranger=None if stranger is None else StrangerView(stranger.because, stranger.detail),
        recorded=seen.recorded,
        took_s=seen.took_s,
    )


async def _views(ports: Ports, meters: Sequence[Meter]) -> tuple[MeterView, ...]:
    now = ports.clock.now()
    stands = [await standing_of(ports, meter) for meter in meters]
    return tuple(view_meter(one.meter, now, one.because, work=one.work, attention=one.attention) for one in stands)
