"""Where keys are made: over a running gateway, or in the store itself while no gateway runs (the first key)."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from meterhold.bootstrap import store_alone
from meterhold.cli.client import Client, connect
from meterhold.cli.configuration import configured, store_url
from meterhold.cli.logs import only_errors
from meterhold.documents.render import plain
from meterhold.domain.errors import Fault, Malformed, StoreUnavailable
from meterhold.domain.scope import Scope
from meterhold.settings import read_settings
from meterhold.store import StoreInUse
from meterhold.usecases.keys import create_key, revoke_key, rotate_key
from meterhold.usecases.ports import Ports
from meterhold.web.keys import check_endpoints, view_key, view_new_key

T = TypeVar("T")

_FIELDS = {"action": "actions", "context": "contexts", "area": "areas", "only": "only"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key that is to be made."""

    name: str
    roles: Sequence[str]
    scope: Scope
    expires_at: datetime | None = None


class Keys(Protocol):
    """A place where keys are kept."""

    def create(self, wanted: Wanted) -> dict[str, Any]:
        """Make a key; the answer holds it, once."""

    def rotate(self, key_id: str, overlap_s: float) -> dict[str, Any]:
        """Give a key another secret; the answer holds it, once."""

    def listed(self) -> list[dict[str, Any]]:
        """All keys, without what is secret."""

    def revoke(self, key_id: str) -> None:
        """Make a key useless."""


def keys_at(config: Path | None, *, in_store: bool) -> Keys:
    """The gateway, if there is a key to talk to it with; else the store."""
    if read_settings().key() is not None and not in_store:
        return GatewayKeys(connect)
    only_errors()
    return StoreKeys(store_url(configured(config)))


def scope_of(limits: Iterable[str]) -> Scope:
    """Read limits such as ``area=north``."""
    kinds: dict[str, list[str]] = {kind: [] for kind in _FIELDS}
    faults: list[Fault] = []
    for limit in limits:
        kind, _, value = limit.partition("=")
        if kind in kinds and value:
            kinds[kind].append(value)
        else:
            faults.append(Fault("limit", f"{limit!r} must be one of {', '.join(f'{one}=...' for one in kinds)}"))
    if faults:
        raise Malformed("key", faults)
    return Scope(**{_FIELDS[kind]: tuple(values) for kind, values in kinds.items()})


def limits_of(key: Mapping[str, Any]) -> Iterator[str]:
    """Every limit of a key that is shown, as one says it."""
    return iter(Scope(**{name: tuple(words) for name, words in key["scope"].items()}))


class GatewayKeys:
    """Keys over HTTP, for an admin."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect

    def create(self, wanted: Wanted) -> dict[str, Any]:
        """Make a key."""
        body = {"name": wanted.name, "roles": list(wanted.roles), "scope": plain(wanted.scope)}
        if wanted.expires_at is not None:
            body["expires_at"] = wanted.expires_at.isoformat()
        return self._call("POST", "/keys", body)

    def rotate(self, key_id: str, overlap_s: float) -> dict[str, Any]:
        """Give a key another secret."""
        return self._call("POST", f"/keys/{key_id}/rotate", {"overlap_s": overlap_s})

    def listed(self) -> list[dict[str, Any]]:
        """All keys."""
        with self._connect() as client:
            return list(client.pages("/keys"))

    def revoke(self, key_id: str) -> None:
        """Make a key useless."""
        with self._connect() as client:
            client.call("DELETE", f"/keys/{key_id}")

    def _call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._connect() as client:
            answer: dict[str, Any] = client.call(method, path, body=body)
            return answer


class StoreKeys:
    """Keys in the store itself."""

    def __init__(self, url: str) -> None:
        self._url = url

    def create(self, wanted: Wanted) -> dict[str, Any]:
        """Make a key; makes the store as well if there is none."""
        check_endpoints(wanted.scope, tuple(wanted.roles))
        made, secret = self._run(
            lambda ports: create_key(
                ports, wanted.name, wanted.roles, scope=wanted.scope, expires_at=wanted.expires_at, by=_somebody()
            )
        )
        return dict(plain(view_new_key(made, secret)))

    def rotate(self, key_id: str, overlap_s: float) -> dict[str, Any]:
        """Give a key another secret."""
        overlap = timedelta(seconds=overlap_s)
        made, secret = self._run(lambda ports: rotate_key(ports, key_id, overlap, _somebody()))
        return dict(plain(view_new_key(made, secret)))

    def listed(self) -> list[dict[str, Any]]:
        """All keys."""
        return [dict(plain(view_key(key))) for key in self._run(lambda ports: ports.queries.api_keys())]

    def revoke(self, key_id: str) -> None:
        """Make a key useless."""
        self._run(lambda ports: revoke_key(ports, key_id, _somebody()))

    def _run(self, work: Callable[[Ports], Awaitable[T]]) -> T:
        async def run() -> T:
            async with store_alone(self._url) as ports:
                return await work(ports)

        try:
            return asyncio.run(run())
        except StoreInUse as error:
            advice = (
                "is the gateway running? Then set METERHOLD_API_KEY to an admin's key, and this goes over HTTP"
                " (an approver's key is made while it is stopped)"
            )
            raise StoreUnavailable(f"{error}; {advice}") from error


def _somebody() -> str:
    return f"{getpass.getuser()} (in the store)"
