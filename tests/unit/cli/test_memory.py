"""A serving process searches for garbage rarely."""

import gc
from collections.abc import Iterator

import pytest

from meterhold.cli.memory import GENERATIONS, YOUNG, search_for_garbage_rarely


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The test's process goes on as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_is_there_is_left_alone_and_the_rest_searched_less_often() -> None:
    """Rings are still found: only later."""
    search_for_garbage_rarely()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == (YOUNG, GENERATIONS, GENERATIONS)
    assert gc.isenabled()
