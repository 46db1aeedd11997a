"""Whatever happens to holds, their statements can be made anew from the events alone, by code that shares nothing."""

import json

from hypothesis import settings

from meterhold.documents.event import view_event
from meterhold.documents.render import render
from meterhold.usecases.statement import statement_of
from tests.fakes.world import run
from tests.support.retold import from_api, retell, stated
from tests.unit.usecases.test_machine import AnythingMayHappen


class StatementsCanBeToldAnew(AnythingMayHappen):
    """The same walk; what is looked at in the end are the statements."""

    def teardown(self) -> None:
        """Tell every hold anew as it stands, and once more when all has come to its end."""
        self._compare()
        super().teardown()
        self._compare()

    def _compare(self) -> None:
        for hold_id, hold in self.gateway.journal.world.holds.items():
            events = run(self.gateway.journal.hold_events(hold_id))
            statement = json.loads(render(statement_of(hold, events)))
            told = json.loads(render([view_event(*event) for event in events]))
            assert retell(from_api(told), hold_id) == stated(statement)


# The same walks each time: to find new ones is what the walk's own test is for.
StatementsCanBeToldAnew.TestCase.settings = settings(
    max_examples=60, stateful_step_count=50, deadline=None, derandomize=True
)
TestStatementsCanBeToldAnew = StatementsCanBeToldAnew.TestCase
