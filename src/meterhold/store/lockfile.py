"""One process writes a SQLite store: a lock file beside it says which."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from meterhold.domain.errors import StoreUnavailable
from meterhold.store.errors import StoreInUse


class LockFile:
    """Held from construction until ``release``, or until the process ends in whatever way."""

    def __init__(self, store: Path) -> None:
        path = store.with_name(store.name + ".lock")
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreUnavailable(f"the store's lock file {path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._fd)
            raise StoreInUse(f"the store {store} is in use by another process, pid {holder}") from None
        # The name is for people; on a full disk the lock holds without it.
        with suppress(OSError):
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process write. The file stays: removing it would let two processes hold two locks."""
        os.close(self._fd)
