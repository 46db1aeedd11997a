"""Whether the gateway lives, and whether it can do its work. The only answers that need no key; they name nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from fastapi import APIRouter, Response

from meterhold.domain.errors import StoreUnavailable
from meterhold.usecases.ports import Ports
from meterhold.usecases.room import RoomState
from meterhold.web.bodies import json


class EngineState(Protocol):
    """What the web face asks of the engine."""

    def healthy(self) -> bool:
        """Its supervisors run."""


@dataclass(frozen=True, slots=True)
class HealthView:
    """Whether the process lives."""

    healthy: bool


@dataclass(frozen=True, slots=True)
class ReadyView:
    """Whether orders can be taken in and carried out, part by part. A link that is down does not count against it.

    Nor does a disk that is nearly full: whoever takes the gateway out of service for it takes the restores with it.
    """

    ready: bool
    parts: Mapping[str, bool]
    links_up: int
    links: int
    store_room: RoomState


def health_router(ports: Ports, engine_state: EngineState) -> APIRouter:
    """Build the routes of health."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", responses={200: {"model": HealthView}, 503: {"model": HealthView}})
    async def healthz() -> Response:
        """Whether the process lives: restart it where this fails."""
        healthy = engine_state.healthy()
        return json(HealthView(healthy), HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE)

    @router.get("/readyz", responses={200: {"model": ReadyView}, 503: {"model": ReadyView}})
    async def readyz() -> Response:
        """Whether it can do its work: send orders elsewhere, or later, where this fails."""
        parts = {"engine": engine_state.healthy(), "store": await _store_answers(ports), "clock": ports.clock.trusted()}
        names = ports.links.names()
        links_up = sum(ports.links.up(name) for name in names)
        view = ReadyView(all(parts.values()), parts, links_up, len(names), ports.room.state)
        return json(view, HTTPStatus.OK if view.ready else HTTPStatus.SERVICE_UNAVAILABLE)

    return router


async def _store_answers(ports: Ports) -> bool:
    try:
        await ports.queries.site()
    except StoreUnavailable:
        return False
    return True
