"""A gateway without its HTTP face, which takes longer to build than an order to be carried out."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import patch

from fastapi import FastAPI

from meterhold import bootstrap
from meterhold.documents.config import GatewayDocument
from meterhold.profiles import Profile
from meterhold.usecases.ports import Clock, Ports
from tests.support.desk import Desk, Ear


@asynccontextmanager
async def faceless_gateway(
    config: GatewayDocument,
    store: Path,
    profiles: Mapping[str, Profile],
    *,
    clock: Clock | None = None,
    wrap: Callable[[Ports], Ports] = lambda ports: ports,
) -> AsyncIterator[Desk]:
    """Run a gateway that is whole but for the face; what it commits is heard."""
    ear = Ear()
    with patch.object(bootstrap, "create_app", lambda *_, **__: FastAPI()):
        async with bootstrap.gateway(
            config,
            f"sqlite:///{store}",
            clock=clock,
            profiles=profiles,
            wrap=lambda ports: ear.around(wrap(ports)),
        ) as running:
            yield Desk(running, ear)
