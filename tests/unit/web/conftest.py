"""The application over a world in memory, with a key for each role."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from meterhold.domain.meter import Installation
from meterhold.domain.roles import Role
from meterhold.domain.words import Context, Flag, Service
from meterhold.profiles import Profile, load_profiles
from meterhold.usecases.keys import PREFIX, digest_of
from meterhold.usecases.ports import ApiKey
from meterhold.web import Instruments, create_app
from tests.fakes.ports import FakeWorld
from tests.support.right_key import RightKey

API = "/api/v1"
DDS238 = "hiking-dds238-2-zn-sr"
XINTAI = "kaifeng-xintai-valve"
SECRET = "canary-secret-9d41"


@dataclass
class StandInEngine:
    """An engine that a test can let fail."""

    runs: bool = True

    def healthy(self) -> bool:
        """Whether its supervisors run."""
        return self.runs


@dataclass
class Site:
    """What a test needs of the application and of the world behind it."""

    world: FakeWorld = field(default_factory=FakeWorld)
    engine: StandInEngine = field(default_factory=StandInEngine)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    serial: int = 0

    def key(self, *roles: str, name: str = "cis") -> str:
        """Make a key and return it as a client would send it."""
        self.serial += 1
        # The ring reads again for a key that it does not know, but not without a pause.
        self.world.clock.pass_by(1)
        key_id = f"k{self.serial}"
        self.world.store.keys[key_id] = ApiKey(key_id, name, roles, digest_of(SECRET), self.world.clock.now(), None)
        return f"{PREFIX}_{key_id}_{SECRET}"


@pytest.fixture(scope="session")
def profiles() -> Mapping[str, Profile]:
    """The built-in profiles, read once."""
    return load_profiles()


@pytest.fixture
def site(profiles: Mapping[str, Profile]) -> Site:
    """A home with both services, a protected one, and a test meter."""
    site = Site()
    site.world.profiles = profiles
    site.world.install(
        Installation("E-1001", "SP-1", Service.ELECTRICITY, DDS238, "line-1", "1"),
        Installation("W-1001", "SP-1", Service.WATER, XINTAI, "line-1", "2"),
        Installation(
            "E-1002",
            "SP-2",
            Service.ELECTRICITY,
            DDS238,
            "line-1",
            "3",
            flags=frozenset({Flag.LIFE_SUPPORT}),
        ),
        Installation("E-9001", "SP-9", Service.ELECTRICITY, DDS238, "line-1", "9", context=Context.TEST),
    )
    instruments = Instruments(site.registry)
    site.world.store.on_commit = instruments.committed
    return site


@pytest.fixture
async def anonymous(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    app = create_app(site.world.ports, engine_state=site.engine, metrics_registry=site.registry)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.fixture
def client(site: Site, anonymous: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client that has a key for every role, all of one name."""
    anonymous.auth = RightKey({role: site.key(role) for role in Role})
    return anonymous


@pytest.fixture
def order() -> Callable[..., dict[str, Any]]:
    """Return a function that writes an order to suspend a home for a vacation."""

    def write(order_id: str = "WO-1", **changes: object) -> dict[str, Any]:
        issued = datetime(2026, 11, 24, 11, 59, tzinfo=UTC).isoformat()
        return {
            "schema_version": 1,
            "order_id": order_id,
            "action": "suspend",
            "issued_at": issued,
            "service_point": "SP-1",
            "reason": "vacation",
            **changes,
        }

    return write
