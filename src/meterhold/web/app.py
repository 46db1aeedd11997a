"""The FastAPI application, put together from its routers."""

from fastapi import Depends, FastAPI
from prometheus_client import CollectorRegistry

from meterhold.documents.installation import Check
from meterhold.usecases.ports import Ports
from meterhold.usecases.refusals import RefusalLog
from meterhold.web.alarms import alarms_router
from meterhold.web.approvals import approvals_router
from meterhold.web.authentication import Guard
from meterhold.web.errors import handle_errors
from meterhold.web.health import EngineState, health_router
from meterhold.web.holds import holds_router
from meterhold.web.keys import keys_router
from meterhold.web.limits import limits_router
from meterhold.web.meters import meters_router
from meterhold.web.metrics import metrics_router
from meterhold.web.openapi import openapi_router
from meterhold.web.orders import orders_router
from meterhold.web.originators import originators_router
from meterhold.web.policy import forecasts_router, moratoria_router, policy_router
from meterhold.web.roles import PREFIX
from meterhold.web.site import inhibit_router
from meterhold.web.tokens import TokenReader

API_VERSION = "1"


def create_app(
    ports: Ports,
    *,
    engine_state: EngineState,
    metrics_registry: CollectorRegistry,
    registry_check: Check = lambda _: [],
    refusals: RefusalLog | None = None,
    tokens: TokenReader | None = None,
) -> FastAPI:
    """Build the application. Who may call what stands in ``web/roles.py``; everything but health needs a key.

    ``registry_check`` says what is wrong with a meter that the registry is to name, given the site's links.
    ``refusals`` is for who must know when it is all written; without it the application keeps its own.
    ``tokens`` reads those of an issuer, where the site believes one.
    """
    refusals = refusals or RefusalLog(ports)
    # No documentation pages: theirs load scripts from elsewhere, which a control room has no business doing.
    guard = Guard(ports, tokens)
    app = FastAPI(
        title="meterhold",
        summary="Soft disconnect of electricity and water meters: holds, from order to restored supply.",
        version=API_VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(guard.admit)],
    )
    handle_errors(app, refusals)
    for router in (
        orders_router(ports, guard, refusals),
        holds_router(ports, guard),
        meters_router(ports, guard, registry_check),
        policy_router(ports),
        forecasts_router(ports),
        moratoria_router(ports, guard),
        approvals_router(ports, guard),
        limits_router(ports, guard),
        alarms_router(ports, guard),
        inhibit_router(ports, guard),
        keys_router(ports, guard),
        originators_router(ports, guard),
    ):
        app.include_router(router, prefix=PREFIX)
    app.include_router(health_router(ports, engine_state))
    app.include_router(metrics_router(metrics_registry))
    app.include_router(openapi_router(app))
    return app
