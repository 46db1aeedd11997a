"""All links of a site are reached by name."""

from collections import Counter

import pytest

from meterhold.clock import SteadyClock
from meterhold.domain.errors import NeverSent
from meterhold.drivers import SiteLinks
from meterhold.profiles.wire import ModbusRead, Table
from meterhold.usecases.sharding import shard_of
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


async def test_a_divided_broker_is_as_many_links() -> None:
    """Each shard has its turns; the meters of the configured link are spread over them, always the same way."""
    clock = SteadyClock()
    shards = {f"broker#{number}": FakeLink(f"broker#{number}", clock, width=4) for number in range(3)}
    links = SiteLinks({"line": FakeLink("line", clock), "broker": shards})
    assert list(links.names()) == ["line", *shards]
    assert (links.shards("line"), links.shards("broker"), links.shards("gone")) == (("line",), tuple(shards), ("gone",))
    assert links.width("broker#1") == 4
    spread = Counter(shard_of(links, "broker", f"W-{number}") for number in range(300))
    assert set(spread) == set(shards)
    assert min(spread.values()) > 60
    assert shard_of(links, "broker", "W-1") == "broker#1"
    assert shard_of(links, "line", "W-1") == "line"


async def test_a_link_that_does_not_exist_sends_nothing() -> None:
    """A meter whose link was taken out of the configuration is certainly not reached."""
    with pytest.raises(NeverSent, match="no link 'gone'"):
        SiteLinks({}).turn("gone")
