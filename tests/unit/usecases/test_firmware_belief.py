"""A relay whose firmware only believes what its contacts did: what that word is worth, and what it is not.

A Shelly's ``output`` is its own account of its actuator, not a contact behind it. In a house that draws nothing it is
all there is: `state_read`, named as that in every result, and never more.
"""

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.words import Because, Outcome, Proof, SupplyState
from meterhold.usecases.reading import read_meter
from tests.fakes.gateway import Gateway
from tests.fakes.metering import SHELLY, FakeMeter, place
from tests.fakes.world import run


def welded(terms: Terms | None = None, *, draws: bool) -> tuple[Gateway, FakeMeter, str]:
    """A suspension of a home whose relay is welded."""
    gateway = Gateway(terms=terms or Terms())
    (meter,) = gateway.install(place(SHELLY, "M-1"))
    gateway.by_hand.add("M-1")
    gateway.journal.watch = lambda _event: None  # the referee knows the weld; no gateway can, while nothing is drawn
    meter.welded, meter.draws = True, draws
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    return gateway, meter, hold_id


def test_where_something_is_drawn_its_word_is_not_believed() -> None:
    """Load outweighs it: contradicted, chargeable, and a person is asked."""
    gateway, _, hold_id = welded(draws=True)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.because, leg.actual) == (Outcome.CONTRADICTED, Because.WELDED, SupplyState.CONNECTED)


def test_in_an_empty_house_it_is_the_state_that_was_read_and_never_load() -> None:
    """The result says how weak it is: who bills or trusts by load does not stop for it."""
    gateway, _, hold_id = welded(draws=False)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.proof) == (Outcome.VERIFIED, Proof.STATE_READ)


def test_a_site_that_does_not_trust_it_says_so_and_then_nothing_is_called_verified() -> None:
    """``required_proof`` for the profile: an empty house is then unverified, with the reason, and a person decides."""
    gateway, _, hold_id = welded(Terms(required_proof={SHELLY: Proof.LOAD_PROVEN}), draws=False)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)
    assert [item.code for item in gateway.waiting(hold_id)] == [Because.NO_EVIDENCE]


@pytest.mark.parametrize("terms", [Terms(), Terms(required_proof={SHELLY: Proof.LOAD_PROVEN})])
def test_the_first_draw_shows_the_weld(terms: Terms) -> None:
    """Whoever comes home and turns on a light tells more than the relay ever did."""
    gateway, meter, _ = welded(terms, draws=False)
    meter.draws = True
    seen = run(read_meter(gateway.ports, "M-1"))
    assert (seen.actual, seen.proof) == (SupplyState.CONNECTED, Proof.LOAD_PROVEN)
