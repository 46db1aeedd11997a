"""What every test may ask for: free ports and real brokers."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.mosquitto import Broker, BrokerFactory, find_free_port

# Tests assert behaviour, never speed; CI tries the same examples every time.
hypothesis.settings.register_profile(
    "meterhold",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("meterhold")


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on."""
    return find_free_port()


@pytest.fixture
def free_ports() -> Callable[[], int]:
    """Return a function that finds one more free TCP port of 127.0.0.1."""
    return find_free_port


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real mosquitto, one for each test process: use topics of your own, leave nothing retained."""
    shared = Broker(tmp_path_factory.mktemp("broker"))
    shared.start()
    yield shared
    shared.stop()


@pytest.fixture
def broker_factory(tmp_path: Path) -> Iterator[BrokerFactory]:
    """Real mosquittos of this test alone, which it may stop, kill and start again."""
    started: list[Broker] = []

    def make(*extra_config: str, persistence: bool = False, anonymous: bool = True, start: bool = True) -> Broker:
        folder = tmp_path / f"broker-{len(started)}"
        folder.mkdir()
        one = Broker(folder, persistence=persistence, extra_config=extra_config, anonymous=anonymous)
        started.append(one)
        if start:
            one.start()
        return one

    yield make
    for one in started:
        one.stop()
