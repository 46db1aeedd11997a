"""All links of a site are reached by name."""

import pytest

from meterhold.clock import SteadyClock
from meterhold.domain.errors import NeverSent
from meterhold.drivers import SiteLinks
from meterhold.profiles.wire import ModbusRead, Table
from tests.fakes.links import FakeLink

READ = ModbusRead(1, Table.HOLDING, 0, 1)


async def test_each_name_leads_to_its_link() -> None:
    """Turns, widths and states are those of the link that was named."""
    clock = SteadyClock()
    line, shard = FakeLink("line", clock), FakeLink("shard", clock, width=7)
    links = SiteLinks({"line": line, "shard": shard})
    await links.start()
    async with links.turn("line") as turn:
        await turn.ask(READ)
    assert (line.carried, shard.carried) == ([READ], [])
    assert list(links.names()) == ["line", "shard"]
    assert (links.width("line"), links.width("shard")) == (1, 7)
    shard.go_down()
    assert (links.up("line"), links.up("shard")) == (True, False)
    await links.stop()
    assert not links.up("line")


async def test_a_link_that_does_not_exist_sends_nothing() -> None:
    """A meter whose link was taken out of the configuration is certainly not reached."""
    with pytest.raises(NeverSent, match="no link 'gone'"):
        SiteLinks({}).turn("gone")
