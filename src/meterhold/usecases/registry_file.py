"""The registry's file at start: taken over when its content changed since it last was."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import structlog

from meterhold.documents.registry import read_registry
from meterhold.domain.errors import Fault, Malformed, Refused
from meterhold.domain.meter import Installation
from meterhold.usecases.ports import Ports
from meterhold.usecases.registering import Registered, register_meters
from meterhold.usecases.wiring import Check

_log = structlog.get_logger()
_PAGE = 1000


async def take_over_registry(ports: Ports, file: Path, mark: Path | None, check: Check) -> Registered | None:
    """Take the file over unless ``mark`` says that this very content was taken over before.

    A registry that was imported by command since then stays. A file that is no good stops a gateway that knows no
    meters yet; one that has meters says so and goes on with those, because their restores will not wait.
    """
    try:
        content = _content(file)
        if content == _marked(mark):
            return None
        registered = await register_meters(ports, read_registry(file, check=check))
    except (Malformed, Refused) as error:
        if not await ports.queries.meter_ids():
            raise
        faults = [f"{f.field}: {f.rule}" for f in error.faults] if isinstance(error, Malformed) else [str(error)]
        _log.error("the registry's file is not taken over, the meters stay as they are", file=str(file), faults=faults)
        return None
    _note(mark, content)
    return registered


async def all_installations(ports: Ports) -> Sequence[Installation]:
    """What the registry says of every meter that is not retired."""
    found: list[Installation] = []
    after: str | None = None
    while page := await ports.queries.list_meters(after=after, limit=_PAGE):
        found += [meter.installation for meter in page if not meter.retired]
        after = page[-1].meter_id
    return found


def _content(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise Malformed(str(file), [Fault("", f"cannot be read: {error.strerror}")]) from error


def _marked(mark: Path | None) -> str | None:
    return mark.read_text(encoding="utf-8").strip() if mark is not None and mark.is_file() else None


def _note(mark: Path | None, content: str) -> None:
    if mark is not None:
        mark.write_text(f"{content}\n", encoding="utf-8")
