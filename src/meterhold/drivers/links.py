"""All links of a site behind the one port that use cases know."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from meterhold.domain.errors import NeverSent
from meterhold.domain.words import Because

if TYPE_CHECKING:
    from meterhold.usecases.ports import Turn


class Link(Protocol):
    """What commands travel through: a Modbus line, or one shard of an MQTT broker."""

    @property
    def width(self) -> int:
        """How many turns may be under way at once."""

    @property
    def up(self) -> bool:
        """Whether the carrier is connected now, as far as is known."""

    def turn(self) -> AbstractAsyncContextManager["Turn"]:
        """Take a turn; entering raises ``NeverSent`` when the link is down."""

    async def start(self) -> None:
        """Begin to connect; return without waiting for it."""

    async def stop(self) -> None:
        """Close: what is under way fails at once."""


class SiteLinks:
    """Every link by its name; the configured link of a divided broker stands for all its shards."""

    __slots__ = ("_links", "_shards")

    def __init__(self, links: Mapping[str, Link | Mapping[str, Link]]) -> None:
        """Take the links as they are configured, each alone or with its shards; nothing is connected yet."""
        divided = {name: dict(link) if isinstance(link, Mapping) else {name: link} for name, link in links.items()}
        self._shards = {name: tuple(shards) for name, shards in divided.items()}
        self._links = {name: link for shards in divided.values() for name, link in shards.items()}

    def shards(self, link: str) -> Sequence[str]:
        """The links that a configured one is divided into; one that is not known is taken for a link of its own."""
        return self._shards.get(link, (link,))

    def driver(self, name: str) -> Link | None:
        """The driver of a link."""
        return self._links.get(name)

    def turn(self, link: str) -> AbstractAsyncContextManager["Turn"]:
        """Take a turn on a link."""
        return self._named(link).turn()

    def width(self, link: str) -> int:
        """How many turns may be under way at once on a link."""
        return self._named(link).width

    def names(self) -> Sequence[str]:
        """All links, in the order of the configuration."""
        return tuple(self._links)

    def up(self, link: str) -> bool:
        """Whether a link's carrier is connected now."""
        return self._named(link).up

    async def start(self) -> None:
        """Begin to connect every link."""
        for link in self._links.values():
            await link.start()

    async def stop(self) -> None:
        """Close every link."""
        await asyncio.gather(*(link.stop() for link in self._links.values()))

    def _named(self, link: str) -> Link:
        found = self._links.get(link)
        if found is None:
            raise NeverSent(Because.DEVICE_OFFLINE, f"there is no link {link!r}")
        return found
