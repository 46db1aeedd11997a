"""No restore is lost, called done or taken back because of another hold, another meter or an older decision."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.errors import NeverSent, NoAnswer
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.meter import Installation, Meter
from meterhold.domain.observation import Observation
from meterhold.domain.words import Action, Because, Decision, OnRestore, Outcome, Proof, Reason, Service, SupplyState
from meterhold.profiles import load_profiles, parse_profile, plan_look
from meterhold.profiles.wire import Document, ModbusWrite, MqttLatest, Write
from meterhold.usecases.looking import Sight
from meterhold.usecases.pairing import Witness, joined
from tests.fakes.carried import HOURS, VALVE, WITHDRAW, Sleeper, Sleeping, sleeping
from tests.fakes.lab import Lab
from tests.fakes.relay import STATES, Relay, relayed

DAY_S = 86_400
LEAK = Terms(leak_watch={"water": LeakWatch(within_s=300, every_s=30, above=Decimal("0.02"))})


def armed() -> tuple[Lab, Relay, str]:
    """A restore that waits for the customer's button."""
    lab, relay = relayed()
    hold_id = lab.suspend("E-1").hold_id
    lab.run_s(120)
    lab.restore(hold_id, on_restore=OnRestore.ARM)
    lab.run_s(10)
    assert relay.mode == STATES["armed"]
    return lab, relay, hold_id


def test_a_restore_whose_button_another_hold_took_away_becomes_a_person_s_business() -> None:
    """The wait for the button ends with the other hold's write; the restore must not end in silence."""
    lab, relay, hold_id = armed()
    relay.mode = STATES["connected"]
    lab.suspend("E-1", reason=Reason.SAFETY)
    lab.run_s(2 * 3600)
    assert relay.commands[-1] == STATES["disconnected"]
    assert lab.leg(hold_id).open_operation is None
    (item,) = lab.waiting(hold_id)
    assert Decision.RETRY in item.decisions


def test_an_arming_that_was_found_is_waited_for_whoever_switched_before() -> None:
    """What an earlier hold intended says nothing of a wait that began after it."""
    lab, relay, first = armed()
    relay.press()
    lab.run_s(DAY_S)
    assert lab.hold(first).status is HoldStatus.RESTORED
    relay.mode = STATES["armed"]
    record = lab.order(Action.RESTORE, meters=("E-1",), on_restore=OnRestore.ARM, may_approve=True)
    (hold_id,) = record.hold_ids
    lab.run_s(3600)
    relay.press()
    lab.run_s(DAY_S)
    assert lab.hold(hold_id).status is HoldStatus.RESTORED


def test_a_restore_goes_on_when_the_hold_that_kept_it_is_called_off() -> None:
    """A safety hold that came to nothing keeps nobody in the dark."""
    lab, relay = relayed()
    hold_id = lab.suspend("E-1").hold_id
    lab.run_s(120)
    lab.inhibit(on=True)
    relay.mode = STATES["connected"]
    other = lab.suspend("E-1", reason=Reason.SAFETY).hold_id
    lab.run_s(60)
    relay.mode = STATES["disconnected"]
    assert lab.hold(other).status is HoldStatus.SUSPENDING, lab.hold(other).status
    lab.restore(hold_id)
    lab.cancel(other)
    assert lab.hold(other).status is HoldStatus.CANCELLED
    lab.run_s(600)
    assert lab.hold(hold_id).status is HoldStatus.RESTORED
    assert relay.mode == STATES["connected"]


def test_what_was_accepted_of_a_suspension_is_not_accepted_of_its_restore() -> None:
    """A leg that a person took for off, and that another hold keeps off, is not restored."""
    site = sleeping()
    hold_id = site.lab.suspend("W-1").hold_id
    site.wait(10)
    site.wait(12 * HOURS)
    site.lab.decide(hold_id, Decision.ACCEPT_AS_IS)
    site.lab.suspend("W-1", reason=Reason.SAFETY)
    site.lab.restore(hold_id)
    assert site.lab.hold(hold_id).status is not HoldStatus.RESTORED


def test_off_before_the_order_is_no_suspension() -> None:
    """A valve that said before the order that it is shut, and nothing since, is not reported as suspended."""
    site = sleeping()
    site.device.valve = "shut"
    site.device.speak()
    site.device.valve = "on"
    site.wait(60)
    hold_id = site.lab.suspend("W-1").hold_id
    site.wait(8 * HOURS)
    leg = site.lab.leg(hold_id)
    assert leg.outcome is Outcome.UNVERIFIED
    assert site.lab.hold(hold_id).status is HoldStatus.SUSPENDING


@dataclass(slots=True)
class Metered(Sleeper):
    """A sleeping valve that says how much flows, and behind which a pipe is broken."""

    def _say(self, topic: str, value: object) -> None:
        if isinstance(value, dict) and "valve" in value:
            value = {**value, "flow": 1.5 if self.valve == "on" else 0.0}
        Sleeper._say(self, topic, value)


def leaking(*, withdraws: bool, acks: bool | None) -> tuple[Sleeping, str]:
    """A carried valve whose water runs, and whose restore has just gone to the carrier."""
    text = VALVE.replace("timing:", WITHDRAW) if withdraws else VALVE
    text = text.replace("commands:", "load: [{point: flow, above: 0.02, valid_within_s: 86400}]\ncommands:")
    text = text.replace("identity:", "  flow: {pointer: /flow, type: number, quantity: flow_m3_h}\nidentity:")
    lab = Lab(profiles={"sleeping-valve": parse_profile(text, "sleeping-valve")}, terms=LEAK)
    device = Metered(lab.clock, acks=acks)
    lab.lab.finds = lambda _request: "W-1"
    lab.put(Installation("W-1", "SP-1", Service.WATER, "sleeping-valve", "broker", "site/w", "id-W-1"), device)
    site = Sleeping(lab, device)
    site.speak()
    hold_id = lab.suspend("W-1").hold_id
    site.wait(10)
    heard(site)
    assert lab.hold(hold_id).status is HoldStatus.SUSPENDED
    lab.restore(hold_id)
    site.wait(10)
    heard(site)
    return site, hold_id


def heard(site: Sleeping) -> None:
    """Let the valve take a command, move, and say so."""
    site.speak()
    site.wait(120)
    site.speak()
    site.wait(10)


@pytest.mark.parametrize("acks", [True, None])
@pytest.mark.parametrize("withdraws", [False, True])
def test_a_leak_is_shut_by_a_carried_valve_too(withdraws: bool, acks: bool | None) -> None:
    """The closing goes out although no receipt of the opening ever came, and is not taken back."""
    site, hold_id = leaking(withdraws=withdraws, acks=acks)
    for _ in range(20):
        site.wait(60)
        site.speak()
    leg = site.lab.leg(hold_id)
    assert site.device.moved == ["shut", "on", "shut"]
    assert (leg.outcome, leg.because) == (Outcome.BLOCKED, Because.LEAK_ON_RESTORE)
    assert site.device.flushed == 0


def test_the_closing_of_a_leak_is_not_taken_back_by_its_own_restore() -> None:
    """While its hold restores, a carrier that can forget keeps the closing until the valve has it."""
    site, _ = leaking(withdraws=True, acks=True)
    for _ in range(20):
        site.wait(30)
        if site.device.queue:
            break
        site.speak()
    assert [command["do"] for command in site.device.queue] == ["shut"]
    site.wait(HOURS)
    assert site.device.flushed == 0
    assert [command["do"] for command in site.device.queue] == ["shut"]


def test_a_proving_meter_that_is_said_to_be_offline_tells_nothing_and_stops_nothing() -> None:
    """What the switched meter itself showed still counts: its restore must not wait for the other one."""
    profile = load_profiles()["tasmota-power"]
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    questions = plan_look(profile, "plug")
    replies = [
        Document(question, "Offline", at) if isinstance(question, MqttLatest) and "LWT" in question.topic else None
        for question in questions
    ]
    assert any(replies)
    sight = Sight(profile, replies, at)
    with pytest.raises(NoAnswer):
        sight.since(None)
    meter = Meter(Installation("M-1", "SP-1", Service.ELECTRICITY, profile.name, "broker", "plug"))
    own = Observation(at, SupplyState.DISCONNECTED)
    assert joined(own, Witness(meter, profile, sight), None) == own


def test_a_closing_that_could_not_be_taken_back_is_not_called_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever works behind the meter is told that it may still close by itself."""
    lab, relay = relayed()
    hold_id = lab.suspend("E-1").hold_id
    lab.run_s(120)
    relay.defers = True

    def take(self: Relay, write: Write) -> Proof:
        assert isinstance(write, ModbusWrite)
        if write.address == 101:
            raise NeverSent(Because.COMM_TIMEOUT, "the line is down")
        self.feeds = self.pending = True
        return Proof.ACKNOWLEDGED

    monkeypatch.setattr(Relay, "take", take)
    lab.restore(hold_id)
    lab.run_s(300)
    assert relay.pending
    (item,) = lab.waiting(hold_id)
    assert "may close by itself" in item.detail
