"""The control port: what a tester may see and do beside the wires, as a small HTTP API."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, ValidationError

from meterhold_simulators.change import Change, apply
from meterhold_simulators.faults import described
from meterhold_simulators.fleet import Fleet, UnknownNameError
from meterhold_simulators.fleet_file import place


class Swap(BaseModel):
    """Two unit ids of a line, to be exchanged."""

    model_config = ConfigDict(extra="forbid")

    one: int
    other: int


def control_app(fleet: Fleet) -> FastAPI:
    """The API over a running fleet."""
    app = FastAPI(title="meterhold simulators")

    @app.exception_handler(UnknownNameError)
    async def _unknown(_: Request, error: UnknownNameError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, status_code=404)

    @app.exception_handler(ValueError)
    async def _wrong(_: Request, error: ValueError) -> JSONResponse:
        if isinstance(error, ValidationError):
            text = "; ".join(f"{place(row['loc'])}: {row['msg']}" for row in error.errors())
        else:
            text = str(error)
        return JSONResponse({"error": text}, status_code=422)

    @app.get("/healthz")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "origin": fleet.journal.origin, "meters": len(fleet.ids), "ports": fleet.ports}

    @app.get("/faults")
    async def faults() -> dict[str, str]:
        return dict(described())

    _add_meters(app, fleet)
    _add_lines(app, fleet)
    _add_journal(app, fleet)
    return app


def _add_meters(app: FastAPI, fleet: Fleet) -> None:
    @app.get("/meters")
    async def meters() -> list[dict[str, Any]]:
        return [asdict(fleet.truth(meter_id)) for meter_id in fleet.ids]

    @app.get("/meters/{meter_id}")
    async def meter(meter_id: str) -> dict[str, Any]:
        return asdict(fleet.truth(meter_id))

    @app.patch("/meters/{meter_id}")
    async def change(meter_id: str, wanted: Change) -> dict[str, Any]:
        apply(fleet, meter_id, wanted)
        return asdict(fleet.truth(meter_id))

    @app.post("/meters/{meter_id}/button")
    async def button(meter_id: str) -> dict[str, Any]:
        fleet.press_button(meter_id)
        return asdict(fleet.truth(meter_id))


def _add_lines(app: FastAPI, fleet: Fleet) -> None:
    @app.post("/listeners/{name}/swap", status_code=204)
    async def swap(name: str, units: Swap) -> None:
        fleet.swap_units(name, units.one, units.other)

    @app.post("/listeners/{name}/hang-up", status_code=204)
    async def hang_up(name: str) -> None:
        fleet.hang_up(name)


def _add_journal(app: FastAPI, fleet: Fleet) -> None:
    @app.get("/journal", response_model=None)
    async def journal(
        meter_id: str | None = None,
        format: Literal["json", "ndjson"] = "json",  # noqa: A002 - the name in the address
        *,
        attempts: bool = False,
    ) -> Any:  # noqa: ANN401 - a document or a text
        if format == "ndjson":
            return PlainTextResponse("".join(fleet.journal.lines(meter_id)), media_type="application/x-ndjson")
        entries = fleet.journal.attempts(meter_id) if attempts else fleet.journal.writes(meter_id)
        return {
            "origin": fleet.journal.origin,
            "writes": [entry.document() for entry in entries],
            "accepted": dict(fleet.journal.accepted),
            "reads": dict(fleet.journal.reads),
        }

    @app.delete("/journal", status_code=204)
    async def clear() -> None:
        fleet.journal.clear()


@contextlib.asynccontextmanager
async def serve_control(fleet: Fleet, port: int, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """Serve the control port while the block runs, and hand out its real number."""
    # Bound here and not by the server: a taken port is an OSError at once, and clients may connect from now on.
    with socket.create_server((host, port)) as listening:
        config = uvicorn.Config(
            control_app(fleet), lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]), name="control port")
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await task


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program."""
        yield
