"""Give a store its identity, before anything else happens in it."""

from meterhold.domain.commands import FoundStore
from meterhold.usecases.ports import Ports


async def found_store(ports: Ports) -> None:
    """Found the store, unless it was founded already; then nothing is written."""
    if (await ports.queries.site()).store_id is None:
        await ports.journal.submit(FoundStore(ports.clock.now(), ports.ids.new()))
