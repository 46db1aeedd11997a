"""How often a serving process looks for garbage in rings. Everything else is freed at once, without a search."""

import gc

YOUNG = 20_000
"""New objects until the youngest are searched. A thousand orders under way are a million living ones, and Python's
own 700 had the process search them for a fifth of its time."""
GENERATIONS = 20
"""Searches of one generation until the next older one is searched too."""


def search_for_garbage_rarely() -> None:
    """Leave alone what is there now, which stays until the end, and search the rest less often. For a whole process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, GENERATIONS, GENERATIONS)
