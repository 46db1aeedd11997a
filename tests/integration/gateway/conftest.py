"""A gateway over simulated meters, with a referee that judges at the end of each test."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.support.homes import BROKER, Homes, Place
from tests.support.mosquitto import Broker, BrokerFactory
from tests.support.premises import Site, site

Open: TypeAlias = Callable[..., AbstractAsyncContextManager[Site]]


@pytest.fixture
def open_site(broker_factory: BrokerFactory, tmp_path: Path) -> Open:
    """Return a function that runs a gateway over the meters it is given, all commissioned unless told otherwise."""

    def run(*places: Place, broker: Broker | None = None, **how: Any) -> AbstractAsyncContextManager[Site]:  # noqa: ANN401
        if broker is None and any(place.link == BROKER for place in places):
            broker = broker_factory()
        return site(Homes(places, tmp_path, broker), **how)

    return run
