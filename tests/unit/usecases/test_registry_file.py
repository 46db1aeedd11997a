"""The registry's file at start: taken over when it changed, and never the reason why a restore waits."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from meterhold.domain.errors import Malformed
from meterhold.domain.meter import Installation
from meterhold.domain.words import Service
from meterhold.profiles import Wire, load_profiles
from meterhold.usecases.registering import register_meters
from meterhold.usecases.registry_file import all_installations, take_over_registry
from meterhold.usecases.wiring import wiring_check
from tests.fakes.ports import FakeWorld

HEAD = "id,service_point,service,profile,link,address\n"
ONE = "E-1,SP-1,electricity,hiking-dds238-2-zn-sr,line-1,1\n"
TWO = "E-2,SP-2,electricity,hiking-dds238-2-zn-sr,line-1,2\n"
CHECK = wiring_check(load_profiles(), {"line-1": Wire.MODBUS})


@dataclass(slots=True)
class Start:
    """A gateway that starts again and again beside a registry's file."""

    world: FakeWorld
    file: Path
    mark: Path

    async def with_rows(self, *rows: str) -> bool:
        """Start with these rows in the file; whether they were taken over."""
        self.file.write_text(HEAD + "".join(rows))
        return await self.again()

    async def again(self) -> bool:
        """Start with the file as it is."""
        return await take_over_registry(self.world.ports, self.file, self.mark, CHECK) is not None

    async def meters(self) -> list[str]:
        """The meters that the gateway knows."""
        return [place.meter_id for place in await all_installations(self.world.ports)]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """A gateway that knows no meters yet."""
    return Start(FakeWorld(), tmp_path / "meters.csv", tmp_path / "journal.sqlite.registry")


async def test_a_file_is_taken_over_when_its_content_changed(start: Start) -> None:
    """The first time, and after each change; the same content is not read again."""
    assert await start.with_rows(ONE)
    assert not await start.again()
    assert await start.with_rows(ONE, TWO)
    assert await start.meters() == ["E-1", "E-2"]
    assert await start.with_rows(TWO)
    assert await start.meters() == ["E-2"]


async def test_what_was_imported_by_command_survives_a_restart(start: Start) -> None:
    """The file speaks only when it changed."""
    await start.with_rows(ONE)
    await register_meters(
        start.world.ports, [Installation("X-1", "SP-1", Service.ELECTRICITY, "hiking-dds238-2-zn-sr", "line-1", "9")]
    )
    assert not await start.again()
    assert await start.meters() == ["X-1"]


async def test_a_faulty_file_stops_a_gateway_that_knows_no_meters(start: Start) -> None:
    """With all its faults, those against profiles and links included."""
    with pytest.raises(Malformed) as caught:
        await start.with_rows(ONE.replace("line-1", "line-9"), TWO.replace("electricity", "gas"))
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(2, "E-1.link"), (3, "E-2.service")]


async def test_a_faulty_file_does_not_stop_one_that_has_meters(start: Start) -> None:
    """It says so loudly, keeps its meters, and tries again at the next start: restores will not wait."""
    await start.with_rows(ONE)
    with capture_logs() as logs:
        assert not await start.with_rows("nonsense\n")
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert await start.meters() == ["E-1"]
    start.file.unlink()
    with capture_logs() as logs:
        assert not await start.again()
    assert "cannot be read" in str(logs)
    assert await start.with_rows(TWO)


async def test_a_store_without_a_file_takes_the_registry_over_each_time(start: Start) -> None:
    """There is no place for a mark beside a server's database."""
    start.file.write_text(HEAD + ONE)
    for _ in range(2):
        assert await take_over_registry(start.world.ports, start.file, None, CHECK) is not None
