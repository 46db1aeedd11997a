"""How much the file system of a store has left."""

import os
from pathlib import Path

from meterhold.usecases.room import Space


def space_at(file: Path) -> Space:
    """Ask the file system; raises ``OSError`` where it does not answer."""
    found = os.statvfs(file.parent)
    return Space(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)
