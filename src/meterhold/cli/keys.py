"""Where keys are made: over a running gateway, or in the store itself while no gateway runs (the first key)."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from meterhold.bootstrap import store_alone
from meterhold.cli.client import Client, connect
from meterhold.cli.configuration import configured, store_url
from meterhold.cli.logs import only_errors
from meterhold.domain.errors import StoreUnavailable
from meterhold.settings import read_settings
from meterhold.store import StoreInUse
from meterhold.usecases.keys import create_key, revoke_key
from meterhold.usecases.ports import ApiKey, Ports

T = TypeVar("T")


class Keys(Protocol):
    """A place where keys are kept."""

    def create(self, name: str, roles: Sequence[str]) -> dict[str, Any]:
        """Make a key; the answer holds it, once."""

    def listed(self) -> list[dict[str, Any]]:
        """All keys, without what is secret."""

    def revoke(self, key_id: str) -> None:
        """Make a key useless."""


def keys_at(config: Path | None, *, in_store: bool) -> Keys:
    """The gateway, if there is a key to talk to it with; else the store."""
    settings = read_settings()
    key = settings.key()
    if key is not None and not in_store:
        return GatewayKeys(connect)
    only_errors()
    return StoreKeys(store_url(configured(config)))


class GatewayKeys:
    """Keys over HTTP, for an admin."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect

    def create(self, name: str, roles: Sequence[str]) -> dict[str, Any]:
        """Make a key."""
        with self._connect() as client:
            made: dict[str, Any] = client.call("POST", "/keys", body={"name": name, "roles": list(roles)})
            return made

    def listed(self) -> list[dict[str, Any]]:
        """All keys."""
        with self._connect() as client:
            return list(client.pages("/keys"))

    def revoke(self, key_id: str) -> None:
        """Make a key useless."""
        with self._connect() as client:
            client.call("DELETE", f"/keys/{key_id}")


class StoreKeys:
    """Keys in the store itself."""

    def __init__(self, url: str) -> None:
        self._url = url

    def create(self, name: str, roles: Sequence[str]) -> dict[str, Any]:
        """Make a key; makes the store as well if there is none."""
        record, key = self._run(lambda ports: create_key(ports, name, roles))
        return {**_shown(record), "key": key}

    def listed(self) -> list[dict[str, Any]]:
        """All keys."""
        return [_shown(key) for key in self._run(lambda ports: ports.queries.api_keys())]

    def revoke(self, key_id: str) -> None:
        """Make a key useless."""
        self._run(lambda ports: revoke_key(ports, key_id, f"{getpass.getuser()} (in the store)"))

    def _run(self, work: Callable[[Ports], Awaitable[T]]) -> T:
        async def run() -> T:
            async with store_alone(self._url) as ports:
                return await work(ports)

        try:
            return asyncio.run(run())
        except StoreInUse as error:
            advice = "is the gateway running? Then set METERHOLD_API_KEY to an admin's key, and this goes over HTTP"
            raise StoreUnavailable(f"{error}; {advice}") from error


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "roles": list(key.roles),
        "created_at": key.created_at.isoformat(),
        "revoked_at": None if key.revoked_at is None else key.revoked_at.isoformat(),
    }
