"""The control port: what a tester may see and do beside the wires, as a small HTTP API."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from meterhold_simulators.faults import NO_FAULTS, Faults, NotNegative, described
from meterhold_simulators.fleet import Fleet, UnknownNameError
from meterhold_simulators.fleet_file import place
from meterhold_simulators.journal import Entry


class Change(BaseModel):
    """What may be changed of a meter; a fault set to null is taken away."""

    model_config = ConfigDict(extra="forbid")

    load_w: NotNegative | None = None
    load_a: NotNegative | None = None
    voltage_v: NotNegative | None = None
    demand_m3_h: NotNegative | None = None
    register_value: NotNegative | None = Field(default=None, alias="register")
    serial: str | None = None
    faults: dict[str, Any] | None = None
    times: Annotated[int, Field(ge=1)] | None = None


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
        _apply(fleet, meter_id, wanted)
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
    @app.get("/journal")
    async def journal(meter_id: str | None = None, *, attempts: bool = False) -> dict[str, Any]:
        entries = fleet.journal.attempts(meter_id) if attempts else fleet.journal.writes(meter_id)
        return {
            "origin": fleet.journal.origin,
            "writes": [_entry(entry) for entry in entries],
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


def _apply(fleet: Fleet, meter_id: str, wanted: Change) -> None:
    """Faults are checked first, so that a refused change has changed nothing of them."""
    if wanted.faults is not None:
        current = fleet.meter(meter_id).faults.model_dump(exclude_defaults=True)
        changed = {
            name: getattr(NO_FAULTS, name, None) if value is None else value for name, value in wanted.faults.items()
        }
        fleet.set_faults(meter_id, Faults.model_validate({**current, **changed}), wanted.times)
    if wanted.serial is not None:
        fleet.replace(meter_id, wanted.serial)
    if wanted.register_value is not None:
        fleet.set_register(meter_id, wanted.register_value)
    if wanted.voltage_v is not None:
        fleet.set_voltage(meter_id, wanted.voltage_v)
    if wanted.load_w is not None or wanted.load_a is not None:
        fleet.set_load(meter_id, load_w=wanted.load_w, load_a=wanted.load_a)
    if wanted.demand_m3_h is not None:
        fleet.set_demand(meter_id, wanted.demand_m3_h)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "n": entry.n,
        "meter_id": entry.meter_id,
        "at_s": entry.at_s,
        "at": entry.at.isoformat(),
        "wire": entry.wire_text,
        "target": entry.target,
        "fate": entry.fate,
        "applied": entry.applied,
    }
