"""Forecasts reach the rules of a gateway over a real broker and as a file, and a broken one stops nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from meterhold.bootstrap import Gateway, gateway
from meterhold.documents.config import parse_config
from meterhold.documents.weather import parse_forecasts
from meterhold.domain.errors import Malformed
from meterhold.domain.policy import Effect
from meterhold.domain.words import Reason
from meterhold.engine import ForecastFile
from meterhold.usecases.explaining import Inquiry, explain_policy
from tests.integration.simulators.clients import publish
from tests.support.mosquitto import Broker

REGISTRY = """\
id,service_point,service,profile,link,address,serial,area
W-1001,SP-1,water,z2m-sonoff-swv,broker,zigbee2mqtt/home,0x00124b0029f1a002,north
"""
POLICY = """\
schema_version: 1
rules:
  - id: frost
    source: a test
    effect: refuse
    weather: {at_or_below: "0 C", ahead_h: 24, if_stale: needs_approval}
"""
FROST = Inquiry(meter_id="W-1001", reason=Reason.VACATION)


def document(*celsius: float, area: str = "north", issued: timedelta = timedelta()) -> dict[str, Any]:
    """A forecast that begins now, hour by hour."""
    now = datetime.now(UTC) + issued
    hours = [{"at": (now + timedelta(hours=n)).isoformat(), "temperature_c": value} for n, value in enumerate(celsius)]
    return {
        "schema_version": 1,
        "issued_at": now.isoformat(),
        "source": "met office",
        "areas": [{"area": area, "hours": hours}],
    }


@asynccontextmanager
async def site(folder: Path, broker: Broker) -> AsyncIterator[Gateway]:
    """A gateway that hears forecasts on a topic of its broker."""
    (folder / "meters.csv").write_text(REGISTRY, encoding="utf-8")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    config = parse_config(
        f"""
schema_version: 1
site: {{name: test-site, time_zone: Europe/Berlin}}
store: {{url: "sqlite:///{folder}/store.sqlite"}}
meters: {folder}/meters.csv
policy: {folder}/policy.yaml
forecasts: {{link: broker, topic: weather/forecasts}}
links:
  broker: {{kind: mqtt, host: {broker.host}, port: {broker.port}, client_id: forecasts-test}}
"""
    )
    async with gateway(config, config.store.url) as running:
        while not running.ports.links.up("broker"):  # noqa: ASYNC110 - a link says when it is up only when asked
            await asyncio.sleep(0.02)
        yield running


async def known(running: Gateway, area: str) -> None:
    """Wait until a forecast of an area is there; the test's own time-out bounds the wait."""
    while area not in (await running.ports.queries.site()).forecasts:  # noqa: ASYNC110 - as any other client would
        await asyncio.sleep(0.02)


async def effect(running: Gateway) -> Effect:
    """What the rules make of a suspension now."""
    return (await explain_policy(running.ports, FROST)).rules.effect


async def test_a_published_forecast_decides_what_may_be_cut(
    tmp_path: Path, broker_factory: Callable[[], Broker]
) -> None:
    """Unknown weather asks a person; after a broken message and one of another area, frost refuses."""
    broker = broker_factory()
    async with site(tmp_path, broker) as running:
        assert await effect(running) is Effect.NEEDS_APPROVAL
        await publish(broker, "weather/forecasts", "no JSON at all")
        await publish(broker, "weather/forecasts", json.dumps(document(5) | {"source": ""}))
        await publish(broker, "weather/forecasts", json.dumps(document(*[9] * 30, area="south")))
        await publish(broker, "weather/forecasts", json.dumps(document(*[-2] * 30)))
        await known(running, "north")
        assert await effect(running) is Effect.REFUSE
        assert "south" in (await running.ports.queries.site()).forecasts


async def test_a_forecast_outlives_a_restart(tmp_path: Path, broker_factory: Callable[[], Broker]) -> None:
    """It is in the journal like all else that decisions rest on."""
    broker = broker_factory()
    async with site(tmp_path, broker) as running:
        await publish(broker, "weather/forecasts", json.dumps(document(*[-2] * 30)))
        await known(running, "north")
    async with site(tmp_path, broker) as running:
        assert await effect(running) is Effect.REFUSE


async def test_a_file_is_taken_in_when_it_changes(tmp_path: Path, broker_factory: Callable[[], Broker]) -> None:
    """Not there yet, broken, sound, and unchanged: nothing of it stops the gateway, and the newest counts."""
    async with site(tmp_path, broker_factory()) as running:
        file = ForecastFile(running.ports, tmp_path / "forecasts.json")
        await file.look()
        (tmp_path / "forecasts.json").write_text("{", encoding="utf-8")
        await file.look()
        assert await effect(running) is Effect.NEEDS_APPROVAL
        earlier = json.dumps(document(*[9] * 30, issued=timedelta(minutes=-5)))
        (tmp_path / "forecasts.json").write_text(earlier, encoding="utf-8")
        await file.look()
        assert await effect(running) is Effect.ALLOW
        (tmp_path / "forecasts.json").write_text(json.dumps(document(*[-2] * 30)), encoding="utf-8")
        await file.look()
        await file.look()
        assert await effect(running) is Effect.REFUSE


def test_a_document_that_is_no_forecast_names_its_faults() -> None:
    """As over the API."""
    with pytest.raises(Malformed, match="issued_at: is required"):
        parse_forecasts("{}", datetime.now(UTC))
