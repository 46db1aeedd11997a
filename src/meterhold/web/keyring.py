"""The API keys as last read."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from meterhold.usecases.keys import authenticate
from meterhold.usecases.ports import ApiKey, Ports

FRESH_FOR_S = 5.0
"""How long a key that another process revoked may still be honoured."""
_UNKNOWN_FRESH_FOR_S = 0.5
"""How often an unknown key may cost a read of the store."""


class KeyRing:
    """The API keys as last read, so that not every request reads the store."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._keys: Sequence[ApiKey] = ()
        self._read_at: float | None = None
        self._generation = 0
        self._used_at: dict[str, datetime] = {}

    @property
    def used_at(self) -> Mapping[str, datetime]:
        """When each key last opened something, since this process started."""
        return self._used_at

    def forget(self) -> None:
        """Read again before the next use: a key was made, rotated or revoked."""
        self._generation += 1
        self._read_at = None

    async def find(self, presented: str) -> ApiKey | None:
        """Find whose key this is."""
        now = self._ports.clock.now()
        await self._read_if_older_than(FRESH_FOR_S)
        found = authenticate(self._keys, presented, now)
        if found is None and await self._read_if_older_than(_UNKNOWN_FRESH_FOR_S):
            found = authenticate(self._keys, presented, now)
        if found is not None:
            self._used_at[found.key_id] = now
        return found

    async def _read_if_older_than(self, age_s: float) -> bool:
        now = self._ports.clock.monotonic()
        if self._read_at is not None and now - self._read_at < age_s:
            return False
        generation = self._generation
        self._keys = await self._ports.queries.api_keys()
        # What was read while a key was being revoked is used once and read again.
        self._read_at = now if generation == self._generation else None
        return True
