"""The kill switch: no disconnect leaves the gateway, reconnects still do."""

from meterhold.domain.commands import SetInhibit
from meterhold.domain.site import Site
from meterhold.usecases.ports import Ports


async def set_inhibit(ports: Ports, *, on: bool, by: str, reason: str) -> Site:
    """Throw the switch or lift it. It is durable before this returns, and survives a restart."""
    draft = await ports.journal.submit(SetInhibit(ports.clock.now(), on, by, reason))
    return draft.site
