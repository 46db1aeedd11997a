"""A gateway that dies at any step of an order, for each kind of meter and both directions.

It ends itself between two instructions, before or after each commit, each question to the meter and the write. The
steps are those that a rehearsal takes, so that a new one is covered by itself. The next gateway must bring the order to
its end with exactly one write, and a referee compares its journal with what was seen at the meter.
"""

from pathlib import Path

import pytest

from tests.support.crash import RESTORE, SUSPEND, way
from tests.support.homes import BROKER, ONE_OF_EACH, Homes, Place
from tests.support.mosquitto import BrokerFactory

WRITTEN_STEPS = {
    f"{when} {what}"
    for when in ("before", "after")
    for what in (
        "journal.submit(SubmitOrder)",
        "turn.ask",
        "journal.submit(RecordIntent)",
        "turn.write",
        "journal.submit(RecordTurn)",
    )
}


# Some twenty deaths a test: on a busy machine that takes its time.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("action", [SUSPEND, RESTORE])
@pytest.mark.parametrize("meter", ONE_OF_EACH, ids=lambda meter: meter.profile)
async def test_it_dies_at_any_step_and_the_next_one_finishes_with_one_write(
    action: str, meter: Place, broker_factory: BrokerFactory, tmp_path: Path
) -> None:
    """Supply ends as ordered, proven or, where nothing can prove it any more, in a person's hands; nothing is lost."""
    broker = broker_factory() if meter.link == BROKER else None
    async with way(action, Homes((meter,), tmp_path, broker)) as one:
        steps = await one.rehearse()
        assert set(steps) >= WRITTEN_STEPS
        for n, step in enumerate(steps):
            try:
                await one.walk(n)
            except AssertionError as failure:
                failure.add_note(f"died {step} (step {n} of {len(steps)})")
                raise
