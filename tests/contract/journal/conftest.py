"""The stores that the contract is tried on. A server database joins the list with the issue that supports it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from meterhold.domain.decide import decide
from meterhold.store import Decide, Executor, InlineExecutor, OnCommit, Store, ThreadExecutor, open_store
from meterhold.store.journal import BATCH_LIMIT, ignore

EXECUTORS: dict[str, Callable[[], Executor]] = {"threads": ThreadExecutor, "inline": InlineExecutor}


class Opener:
    """Opens the one store of a test, as often as it is wanted."""

    def __init__(self, url: str, make_executor: Callable[[], Executor]) -> None:
        self.url = url
        self._make_executor = make_executor
        self._writers = count(1)
        self._open: list[Store] = []

    def __call__(
        self, decide: Decide = decide, *, on_commit: OnCommit = ignore, batch_limit: int = BATCH_LIMIT
    ) -> Store:
        """Open it with the real decisions, unless others are given."""
        store = open_store(
            self.url,
            executor=self._make_executor(),
            decide=decide,
            writer=f"writer-{next(self._writers)}",
            on_commit=on_commit,
            create=True,
            batch_limit=batch_limit,
        )
        self._open.append(store)
        return store

    async def close_all(self) -> None:
        """Leave nothing open."""
        await asyncio.gather(*(store.close() for store in self._open))


@pytest.fixture(params=EXECUTORS)
async def opener(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opener]:
    """A way to open the store of this test."""
    opener = Opener(f"sqlite:///{tmp_path}/store.sqlite", EXECUTORS[request.param])
    yield opener
    await opener.close_all()


@pytest.fixture
def store(opener: Opener) -> Store:
    """The store of this test, open."""
    return opener()
