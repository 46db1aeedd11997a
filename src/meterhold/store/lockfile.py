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
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            raise StoreUnavailable(f"the store's lock file {path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read(32).decode(errors="replace").strip() or "unknown"
            self._file.close()
            raise StoreInUse(f"the store {store} is in use by another process, pid {holder}") from None
        # The pid is for people; on a full disk the lock holds without it.
        with suppress(OSError):
            self._file.truncate(0)
            self._file.write(f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let another process write. The file stays: removing it would let two processes hold two locks."""
        self._file.close()
