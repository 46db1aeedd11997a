"""A gateway that was down over the dates of its holds: doubt first, then overdue restores, then suspensions."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.policy.conditions import Always, Hours
from meterhold.domain.words import Action, Because, Flag, OnRestore, OrderResult, Reason
from meterhold.profiles.wire import ModbusRead, Question, Reply
from tests.fakes.gateway import Gateway, home
from tests.fakes.metering import XINTAI, FakeMeter, MeterTurn, place
from tests.unit.domain.policy.cases import policy, rule, window

DOWN_S = 12 * 3600
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Line:
    """One line with a meter for each kind of work that has waited, and the order in which it is used."""

    gateway: Gateway
    meters: dict[str, FakeMeter]
    doubtful: str
    overdue: str
    planned: str
    used: list[str] = field(default_factory=list)
    """Each look and each write, in their order."""

    def status(self, name: str) -> HoldStatus:
        """Where a hold stands."""
        return self.gateway.hold(getattr(self, name)).status


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    """The first meter's write is in doubt, the second's hold ends while the gateway is down, the third's begins."""
    gateway = Gateway()
    names = ("DOUBT", "OVERDUE", "PLANNED")
    meters = dict(zip(names, gateway.install(*(place(XINTAI, n, service_point=n) for n in names)), strict=True))
    now = gateway.clock.now()
    overdue = gateway.suspend("OVERDUE", ends_at=now + HOUR).hold_id
    planned = gateway.suspend("PLANNED", starts_at=now + HOUR).hold_id
    gateway.settle()
    referee = gateway.links.referee
    gateway.links.referee = lambda meter, _connect: setattr(meter, "silent", True)
    doubtful = gateway.suspend("DOUBT").hold_id
    gateway.run_s(30)
    gateway.links.referee = referee
    here = Line(gateway, meters, doubtful, overdue, planned)
    assert here.status("doubtful") is HoldStatus.SUSPENDING
    by_unit = {meter.place.address: name for name, meter in meters.items()}
    ask = MeterTurn.ask

    async def note(turn: MeterTurn, question: Question) -> Reply:
        assert isinstance(question, ModbusRead)
        name = by_unit[str(question.unit)]
        here.used += [name] if here.used[-1:] != [name] else []
        return await ask(turn, question)

    monkeypatch.setattr(MeterTurn, "ask", note)
    gateway.clock.run_s(DOWN_S)
    meters["DOUBT"].silent = False
    gateway.restart()
    return here


def test_what_is_in_doubt_is_resolved_first_then_supply_comes_back_then_others_lose_it(line: Line) -> None:
    """On one line, in one pass, each in its turn; the planned suspension is still in time and is carried out last."""
    line.gateway.once()
    assert line.used == ["DOUBT", "OVERDUE", "PLANNED"]
    line.gateway.settle()
    assert line.status("overdue") is HoldStatus.RESTORED
    assert line.status("planned") is HoldStatus.SUSPENDED
    assert line.meters["OVERDUE"].supplied
    assert not line.meters["PLANNED"].supplied
    assert len(line.meters["DOUBT"].writes) == 1, "seen before anything is repeated"


def test_rules_are_asked_anew_before_a_suspension_that_waited(line: Line) -> None:
    """Meanwhile the premises became protected: nothing is sent, and the order is refused with its reason."""
    line.gateway.flag("PLANNED", flags=frozenset({Flag.LIFE_SUPPORT}))
    line.gateway.settle()
    assert line.status("planned") is HoldStatus.REJECTED
    assert line.gateway.suspend_record(line.planned).code is Because.PROTECTED_CUSTOMER
    assert line.meters["PLANNED"].writes == []
    assert line.status("overdue") is HoldStatus.RESTORED


def test_a_suspension_that_is_too_late_by_then_is_never_sent(line: Line) -> None:
    """Down for longer than ``not_after``."""
    line.gateway.clock.run_s(DOWN_S + 2 * 3600)
    line.gateway.settle()
    assert line.status("planned") is HoldStatus.EXPIRED
    assert line.meters["PLANNED"].writes == []


def test_a_payment_at_two_in_the_morning_brings_the_place_back() -> None:
    """By service point, outside all hours, under a rule that forbids everything and with the inhibit on."""
    at_home = home()
    gateway = at_home.gateway
    hold = at_home.suspend(reason=Reason.NON_PAYMENT, restore_requires_payment=True, on_restore=OnRestore.CONNECT)
    gateway.settle()
    assert at_home.supplied == (False, False)
    closed = rule(Always(), name="a moratorium on everything"), rule(Hours((window(),)), name="office hours")
    gateway.terms = replace(gateway.terms, policy=policy(*closed))
    gateway.inhibit(on=True)
    two = (gateway.clock.now() + timedelta(days=1)).replace(hour=2, minute=0)
    gateway.clock.run_to(two)
    unpaid = gateway.order(Action.RESTORE, service_point="SP-1")
    assert (unpaid.result, unpaid.code) == (OrderResult.REJECTED, Because.PAYMENT_REQUIRED)
    record = gateway.order(Action.RESTORE, service_point="SP-1", payment_ref="P-88")
    gateway.run_s(60)
    assert gateway.record(record.key.order_id).result is OrderResult.DONE
    assert (at_home.supplied, gateway.hold(hold.hold_id).payment_ref) == ((True, True), "P-88")
    assert within_a_minute(gateway, two)


def within_a_minute(gateway: Gateway, asked_at: datetime) -> bool:
    """Whether the last write left within a minute of the payment."""
    return max(at for meter in gateway.links.meters for at, _ in meter.writes) - asked_at < timedelta(minutes=1)
