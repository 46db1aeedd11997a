"""Whatever happens to a held meter in whatever order: the watch writes nothing, says each matter once, and rebuilds."""

from collections import Counter
from collections.abc import Callable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from meterhold.domain.commands import AcknowledgeAlarm
from meterhold.domain.events import MeterWatched
from meterhold.domain.words import Because, Mode, SupplyState
from tests.fakes.gateway import Gateway
from tests.fakes.metering import DDS238, SHELLY, SWV, XINTAI, FakeMeter
from tests.fakes.watching import HOUR_S, alarms, held, watched
from tests.fakes.world import run


def acknowledge_all(gateway: Gateway, _meter: FakeMeter) -> None:
    """Let a person know of everything."""
    for alarm in alarms(gateway):
        run(gateway.journal.submit(AcknowledgeAlarm(gateway.clock.now(), alarm.alarm_id, "M-1", "desk", "")))


def toggle(name: str) -> Callable[[Gateway, FakeMeter], None]:
    """Turn something of the meter over."""

    def turn(_gateway: Gateway, meter: FakeMeter) -> None:
        setattr(meter, name, not getattr(meter, name))

    return turn


def count(by: float) -> Callable[[Gateway, FakeMeter], None]:
    """Let its register move."""

    def move(_gateway: Gateway, meter: FakeMeter) -> None:
        meter.total += by

    return move


STEPS: Mapping[str, Callable[[Gateway, FakeMeter], None]] = {
    "somebody switches it on": lambda _, meter: meter.stand(connected=True),
    "somebody switches it off": lambda _, meter: meter.stand(connected=False),
    "the house draws, or rests": toggle("draws"),
    "it falls silent, or speaks again": toggle("silent"),
    "the street is dark, or lit": toggle("mains"),
    "a little is used": count(0.01),
    "much is used": count(1.2),
    "it jumps back": count(-5),
    "a person knows": acknowledge_all,
    "the gateway dies": lambda gateway, _: gateway.restart(),
    "nothing happens": lambda _gateway, _meter: None,
}


@given(
    steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=12),
    profile=st.sampled_from([DDS238, SHELLY, XINTAI, SWV]),
    mode=st.sampled_from([Mode.PHYSICAL, Mode.PHYSICAL, Mode.MONITOR_ONLY]),
)
@settings(max_examples=60, deadline=None)
def test_a_held_meter_in_any_weather(steps: list[str], profile: str, mode: Mode) -> None:
    """Looked at after each step, and twice: the second look has nothing to add."""
    gateway, meter, hold_id = held(profile, mode=mode)
    writes = list(meter.writes)
    for step in steps:
        STEPS[step](gateway, meter)
        watched(gateway)
        said = len(gateway.journal.events)
        watched(gateway, 1)
        told = [event for _, _, event in gateway.journal.events[said:]]
        if not meter.flowing:  # what is used in that second may be the drop too much
            assert len(told) <= 1, step
            assert all(isinstance(event, MeterWatched) for event in told), step
        open_now = Counter(alarm.code for alarm in alarms(gateway))
        assert all(number == 1 for number in open_now.values()), open_now
        assert meter.writes == writes
        _claims_no_more_than_is_so(gateway, meter, hold_id)
    gateway.clock.run_s(HOUR_S)
    gateway.restart()


def _claims_no_more_than_is_so(gateway: Gateway, meter: FakeMeter, hold_id: str) -> None:
    """A leg that draws under our eyes is not called off, and that supply is back was not made up."""
    leg = gateway.leg(hold_id)
    if leg.mode is not Mode.PHYSICAL or meter.silent:
        return
    if meter.flowing and gateway.meter("M-1").watch.matter(Because.REGISTER_BACKWARDS, hold_id) is None:
        assert not leg.off, leg
    if leg.actual is SupplyState.CONNECTED:
        assert any(alarm.code is Because.SUPPLY_BACK for alarm in gateway.journal.alarms.values())
