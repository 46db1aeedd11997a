"""How much room the journal has left to grow, and what that is enough for."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

_GIB = 1024**3
_WARN_AT_MOST, _WARN_SHARE = _GIB, 0.05
_STOP_AT_MOST, _STOP_SHARE = _GIB // 16, 0.01


class RoomState(StrEnum):
    """What the room is enough for."""

    AMPLE = "ample"
    LOW = "low"
    """A person should make room."""
    TIGHT = "tight"
    """No suspension is taken in: what is left is for bringing supply back."""


class StoreRoom(Protocol):
    """How much room the journal has left to grow."""

    @property
    def state(self) -> RoomState:
        """What it is enough for, as last looked at."""

    def free_bytes(self) -> int | None:
        """How much is free now; ``None``: somebody else watches over it."""


class Elsewhere:
    """Room that somebody else watches over: of a server's disk, or in memory."""

    @property
    def state(self) -> RoomState:
        """As far as we know."""
        return RoomState.AMPLE

    def free_bytes(self) -> int | None:
        """We cannot know."""
        return None


ELSEWHERE = Elsewhere()


@dataclass(frozen=True, slots=True)
class Space:
    """A file system, as it answers its user."""

    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """Below what free space what happens. ``None``: a share of the disk, on large disks no more than is of any use."""

    warn_bytes: int | None = None
    stop_bytes: int | None = None

    def state_of(self, space: Space) -> RoomState:
        """Say what this space is enough for."""
        share = space.total_bytes
        warn = min(_WARN_AT_MOST, int(share * _WARN_SHARE)) if self.warn_bytes is None else self.warn_bytes
        stop = min(_STOP_AT_MOST, int(share * _STOP_SHARE)) if self.stop_bytes is None else self.stop_bytes
        if space.free_bytes < stop:
            return RoomState.TIGHT
        return RoomState.LOW if space.free_bytes < warn else RoomState.AMPLE
