"""Mass restores by feeder and valves by zone: statistics over what was written, in a gateway in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterhold.domain.commands import StepClock, Terms
from meterhold.domain.events import Event, OperationMoved
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.limits import area_scope
from meterhold.domain.meter import Installation
from meterhold.domain.operation_table import Trigger
from meterhold.domain.ramp import MassRestore, Moving
from meterhold.domain.words import Because, Flag, OrderResult, Outcome
from tests.fakes.gateway import Field, Gateway
from tests.fakes.metering import SHELLY, XINTAI, FakeMeter, OnWrite, place
from tests.fakes.world import run

RULE = MassRestore(above=5, per_minute=12)
TERMS = Terms(mass_restore=RULE, valves_at_once=3, bulk_orders=1000)


def homes(count: int, profile: str = SHELLY, area: str | None = "feeder-7", **more: Field) -> list[Installation]:
    """Homes with a meter each, one line a home, all of one feeder."""
    return [
        replace(place(profile, f"M-{n:03}"), area=area, link=f"line-{n:03}", service_point=f"SP-{n:03}", **more)
        for n in range(count)
    ]


def street(places: Sequence[Installation], terms: Terms = TERMS) -> tuple[Gateway, list[FakeMeter]]:
    """A gateway with these homes."""
    gateway = Gateway(terms=terms)
    return gateway, gateway.install(*places)


def held(places: Sequence[Installation], terms: Terms = TERMS) -> tuple[Gateway, list[FakeMeter], list[str]]:
    """The same, after a suspension of each; what was written until then is forgotten."""
    gateway, meters = street(places, terms)
    hold_ids = [gateway.suspend(one.meter_id).hold_id for one in places]
    gateway.settle()
    gateway.run_s(300)
    assert {gateway.hold(hold_id).status for hold_id in hold_ids} == {HoldStatus.SUSPENDED}
    for meter in meters:
        meter.writes.clear()
    return gateway, meters, hold_ids


def reconnects(meters: Sequence[FakeMeter]) -> list[datetime]:
    """When each reconnect arrived, in order of time."""
    return sorted(at for meter in meters for at, connect in meter.writes if connect)


def most_in_a_minute(moments: Sequence[datetime]) -> int:
    """The most that fall into any 60 seconds."""
    inside = ([one for one in moments[n:] if one - first < timedelta(minutes=1)] for n, first in enumerate(moments))
    return max(map(len, inside))


def put_offs(gateway: Gateway, because: Because) -> int:
    """How often somebody asked in vain: each costs a look at a meter and an event for good."""
    moves = [event.move for _, _, event in gateway.journal.events if isinstance(event, OperationMoved)]
    return sum(move.trigger is Trigger.PUT_OFF and move.because is because for move in moves)


def test_a_few_restores_are_not_delayed_at_all() -> None:
    """Up to the number that is no mass: each is written in the moment in which it was asked for."""
    gateway, meters, hold_ids = held(homes(RULE.above))
    asked_at = gateway.clock.now()
    for hold_id in hold_ids:
        gateway.restore(hold_id)
        gateway.once()
    assert reconnects(meters) == [asked_at] * RULE.above
    assert gateway.journal.world.site.alarms == ()


def test_one_restore_after_the_other_is_never_a_mass() -> None:
    """A home every half minute comes back at once, all day long."""
    gateway, meters, hold_ids = held(homes(20))
    for hold_id in hold_ids:
        gateway.restore(hold_id)
        gateway.run_s(30)
    for meter, (before, after) in zip(meters[1:], pairwise(m.writes[0][0] for m in meters), strict=True):
        assert after - before == timedelta(seconds=30), meter.place.meter_id


def test_a_mass_restore_never_loads_a_feeder_faster_than_it_bears_and_loses_nobody() -> None:
    """Eighty homes at once: every one comes back, none before its turn, and no minute bears more than the cap."""
    gateway, meters, hold_ids = held(homes(80))
    records = [gateway.restore(hold_id) for hold_id in hold_ids]
    assert {record.result for record in records} == {OrderResult.OPEN}
    gateway.run_s(3600)
    moments = reconnects(meters)
    assert len(moments) == 80
    assert most_in_a_minute(moments) <= RULE.per_minute
    assert {gateway.hold(hold_id).status for hold_id in hold_ids} == {HoldStatus.RESTORED}
    assert moments[-1] - moments[0] < timedelta(minutes=20)


def test_moments_are_spread_at_random_within_the_minutes() -> None:
    """Two feeders do not tick together, and no two homes of one do."""
    gateway, _, hold_ids = held(
        [
            *homes(60),
            *(
                replace(
                    one,
                    meter_id=f"N{one.meter_id}",
                    link=f"N{one.link}",
                    service_point=f"N{one.service_point}",
                    area="feeder-8",
                )
                for one in homes(60)
            ),
        ]
    )
    for hold_id in hold_ids:
        gateway.restore(hold_id)
    dues = [gateway.leg(hold_id).waits_until for hold_id in hold_ids]
    paced = [due for due in dues if due is not None]
    assert len(paced) == 2 * (60 - RULE.above)
    assert len(set(paced)) == len(paced)
    seconds = [due.second + due.microsecond / 1e6 for due in paced]
    for quarter in range(4):
        assert sum(15 * quarter <= one < 15 * quarter + 15 for one in seconds) > len(paced) / 8


def test_each_paced_leg_says_why_and_until_when_and_one_alarm_says_it_of_the_area() -> None:
    """Not one alarm a home; acknowledged, it does not come again for the same mass."""
    gateway, _, hold_ids = held(homes(20))
    for hold_id in hold_ids:
        gateway.restore(hold_id)
    waiting = [gateway.leg(hold_id) for hold_id in hold_ids if gateway.leg(hold_id).because is Because.PACED]
    assert len(waiting) == 20 - RULE.above
    assert all(leg.waits_until is not None and leg.waits_until > gateway.clock.now() for leg in waiting)
    (alarm,) = gateway.journal.world.site.alarms
    assert (alarm.code, alarm.subject) == (Because.PACED, "feeder-7")
    assert not any(gateway.waiting(hold_id) for hold_id in hold_ids)
    gateway.run_s(1200)
    assert {gateway.leg(hold_id).waits_until for hold_id in hold_ids} == {None}


def test_those_whose_life_hangs_on_it_and_the_more_urgent_come_first() -> None:
    """Although they asked last; among the rest, who asked first is not behind who asked minutes later."""
    gateway, meters = street(homes(60))
    hold_ids = [
        gateway.suspend(meter.place.meter_id, priority=8 if n == 59 else 3).hold_id for n, meter in enumerate(meters)
    ]
    gateway.settle()
    gateway.flag("M-058", flags=frozenset({Flag.MEDICAL}))
    for meter in meters:
        meter.writes.clear()
    for hold_id in hold_ids:
        gateway.restore(hold_id)
    gateway.run_s(3600)
    at = [meter.writes[0][0] for meter in meters]
    assert sorted(at).index(at[58]) <= RULE.above
    assert sorted(at).index(at[59]) <= RULE.above + 1
    assert max(at[10:20]) < min(at[45:55])


def test_a_restart_changes_no_moment() -> None:
    """What was planned stands in the rows, and the rows come from the events."""
    gateway, meters, hold_ids = held(homes(40))
    for hold_id in hold_ids:
        gateway.restore(hold_id)
    before = [gateway.leg(hold_id).waits_until for hold_id in hold_ids]
    gateway.run_s(45)
    gateway.restart()
    gateway.run_s(1800)
    assert len(reconnects(meters)) == 40
    assert most_in_a_minute(reconnects(meters)) <= RULE.per_minute
    assert len({one for one in before if one is not None}) == 40 - RULE.above


def test_overdue_restores_after_a_long_standstill_are_paced_too() -> None:
    """The gateway was down over many restart dates, or the power of a whole street over the moments that were given."""
    gateway, meters = street(homes(60))
    ends_at = gateway.clock.now() + timedelta(hours=2)
    for meter in meters:
        gateway.suspend(meter.place.meter_id, ends_at=ends_at)
    gateway.settle()
    for meter in meters:
        meter.writes.clear()
    gateway.clock.run_s(5 * 3600)
    gateway.run_s(3600)
    assert len(reconnects(meters)) == 60
    assert most_in_a_minute(reconnects(meters)) <= RULE.per_minute


def test_when_a_street_answers_again_no_minute_bears_too_much() -> None:
    """All moments have passed while nobody answered: the cap holds for what is sent, not only for what was planned."""
    gateway, meters, hold_ids = held(homes(50))
    for meter in meters:
        meter.silent = True
    for hold_id in hold_ids:
        gateway.restore(hold_id)
    gateway.run_s(3600)
    assert reconnects(meters) == []
    for meter in meters:
        meter.silent = False
    gateway.run_s(3600)
    assert len(reconnects(meters)) == 50
    assert most_in_a_minute(reconnects(meters)) <= RULE.per_minute
    assert put_offs(gateway, Because.PACED) <= 2 * 50


def test_a_second_write_counts_like_the_first() -> None:
    """The load comes with every write that may have taken effect."""
    gateway, meters, hold_ids = held(homes(12))
    for meter in meters:
        meter.next_write = OnWrite.LOSE_WRITE
    for hold_id in hold_ids:
        gateway.restore(hold_id)
    gateway.run_s(3600)
    assert len(reconnects(meters)) == 12
    assert most_in_a_minute(reconnects(meters)) <= RULE.per_minute


def test_where_no_feeder_is_named_nothing_is_paced() -> None:
    """Nobody can say then what hangs together."""
    gateway, meters, hold_ids = held(homes(30, area=None))
    asked_at = gateway.clock.now()
    for hold_id in hold_ids:
        gateway.restore(hold_id)
    gateway.once()
    assert reconnects(meters) == [asked_at] * 30


def test_a_jump_of_the_clock_opens_no_fresh_minute_and_keeps_nobody_waiting() -> None:
    """An hour back: those that were given a moment still come within minutes; and the cap holds."""
    gateway, meters, hold_ids = held(homes(40))
    for hold_id in hold_ids[:20]:
        gateway.restore(hold_id)
    gateway.run_s(30)
    gateway.clock.at -= timedelta(hours=1)
    steps = StepClock(gateway.clock.now(), -3600, tuple(run(gateway.journal.open_operation_holds())))
    run(gateway.journal.submit(steps))
    for hold_id in hold_ids[20:]:
        gateway.restore(hold_id, issued_at=gateway.clock.now() + timedelta(hours=2))
    gateway.run_s(1800)
    assert sum(1 for meter in meters if meter.writes) == 40


class Zone:
    """Homes with a valve each in one zone, and the most that ever moved at once."""

    def __init__(self, count: int, terms: Terms = TERMS) -> None:
        self.gateway, self.meters = street(homes(count, XINTAI, area="zone-3"), terms)
        self.most = 0
        self.gateway.journal.watch = self.look

    def look(self, event: Event) -> None:
        """Referee as always, and see how many valves are on their way to shut."""
        self.gateway._watch_event(event)
        self.most = max(self.most, sum(meter.moving and not meter.commanded for meter in self.meters))

    @property
    def counted(self) -> tuple[Moving, ...]:
        """The valves that are counted as closing."""
        tally = self.gateway.journal.world.tallies.get(area_scope("zone-3"))
        return () if tally is None else tally.moving


def test_valves_of_a_zone_close_a_few_at_a_time_and_all_of_them_close() -> None:
    """Water hammer: never more in travel than the zone bears."""
    zone = Zone(24)
    hold_ids = [zone.gateway.suspend(meter.place.meter_id).hold_id for meter in zone.meters]
    zone.gateway.run_s(1800)
    assert {zone.gateway.hold(hold_id).status for hold_id in hold_ids} == {HoldStatus.SUSPENDED}
    assert 1 < zone.most <= TERMS.valves_at_once
    assert put_offs(zone.gateway, Because.VALVES_MOVING) <= 2 * 24
    assert zone.gateway.journal.world.tallies[area_scope("zone-3")].moving == ()


def test_a_large_zone_does_not_ask_and_ask() -> None:
    """A hundred valves: they queue, so that the journal and the line are not filled by those that wait."""
    zone = Zone(100)
    hold_ids = [zone.gateway.suspend(meter.place.meter_id).hold_id for meter in zone.meters]
    zone.gateway.run_s(3 * 3600)
    assert {zone.gateway.hold(hold_id).status for hold_id in hold_ids} == {HoldStatus.SUSPENDED}
    assert zone.most <= TERMS.valves_at_once
    assert put_offs(zone.gateway, Because.VALVES_MOVING) <= 3 * 100


def test_a_valve_that_waits_says_for_what() -> None:
    """And it asks again by itself, without anybody's decision."""
    zone = Zone(6)
    hold_ids = [zone.gateway.suspend(meter.place.meter_id).hold_id for meter in zone.meters]
    zone.gateway.once()
    waiting = [hold_id for hold_id in hold_ids if zone.gateway.leg(hold_id).because is Because.VALVES_MOVING]
    assert len(waiting) == 3
    assert not any(zone.gateway.waiting(hold_id) for hold_id in hold_ids)


def test_a_valve_that_does_not_get_its_turn_in_time_is_not_closed_later_and_it_is_said() -> None:
    """``not_after`` bounds it; the order's answer names what kept it."""
    zone = Zone(5)
    gateway = zone.gateway
    for meter in zone.meters[:3]:
        meter.jams = True
        gateway.suspend(meter.place.meter_id)
    gateway.once()
    late = gateway.suspend("M-004", not_after=gateway.clock.now() + timedelta(seconds=3)).hold_id
    gateway.run_s(60)
    assert gateway.hold(late).status is HoldStatus.EXPIRED
    record = gateway.suspend_record(late)
    assert (record.result, record.code) == (OrderResult.FAILED, Because.VALVES_MOVING)
    assert zone.meters[4].writes == []


@pytest.mark.parametrize("fate", [OnWrite.LOSE_REPLY, OnWrite.LOSE_WRITE, OnWrite.REFUSE, OnWrite.NEVER_SENT])
def test_no_end_of_a_write_keeps_a_place_in_the_zone(fate: OnWrite) -> None:
    """Whatever becomes of them, those that wait get their turn; a restart in between changes nothing."""
    zone = Zone(9)
    gateway = zone.gateway
    for meter in zone.meters[:3]:
        meter.next_write = fate
    hold_ids = [gateway.suspend(meter.place.meter_id).hold_id for meter in zone.meters]
    gateway.run_s(5)
    gateway.restart()
    gateway.run_s(1800)
    assert all(gateway.leg(hold_id).outcome is Outcome.VERIFIED for hold_id in hold_ids[3:])
    assert gateway.journal.world.tallies[area_scope("zone-3")].moving == ()


ACTIONS = st.tuples(
    st.sampled_from(["close", "open", "cancel", "lock", "unlock", "wait", "wait", "restart"]),
    st.integers(0, 5),
    st.sampled_from(list(OnWrite)),
)


@given(st.lists(ACTIONS, max_size=40))
@settings(max_examples=40, deadline=None)
def test_whatever_happens_no_zone_moves_too_much_and_no_place_is_lost(script: list[tuple[str, int, OnWrite]]) -> None:
    """Lost, late and refused writes, locks, restores, restarts: counted is what may move, and nothing at the end."""
    zone = Zone(6)
    gateway = zone.gateway
    for action, n, fate in script:
        meter_id = f"M-{n:03}"
        holds = gateway.meter(meter_id).open_holds
        match action:
            case "close" if not holds:
                zone.meters[n].next_write = fate
                gateway.suspend(meter_id)
            case "open" if holds:
                gateway.restore(holds[0])
            case "cancel" if holds:
                gateway.cancel(holds[0])
            case "lock":
                gateway.lock(meter_id)
            case "unlock":
                gateway.try_(partial(gateway.unlock, meter_id))
            case "restart":
                gateway.restart()
                gateway.journal.watch = zone.look
            case _:
                gateway.run_s(3.0)
        counted = {one.operation_id for one in zone.counted}
        unresolved = {
            one.operation_id for one in gateway.journal.open_operations() if one.unresolved and not one.connects
        }
        assert counted <= unresolved
    for meter in zone.meters:
        gateway.try_(partial(gateway.unlock, meter.place.meter_id))
    gateway.run_s(3600)
    assert zone.most <= TERMS.valves_at_once
    assert [one for one in zone.counted if one.until > gateway.clock.now()] == []


def test_other_zones_and_the_openings_of_valves_do_not_wait() -> None:
    """It is the closing in one zone that hammers."""
    places = [replace(one, area=f"zone-{n}") for n, one in enumerate(homes(8, XINTAI))]
    gateway, meters = street(places)
    for one in places:
        gateway.suspend(one.meter_id)
    gateway.once()
    assert all(meter.writes for meter in meters)
