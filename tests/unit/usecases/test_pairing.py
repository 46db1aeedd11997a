"""A valve without a meter: the flow of another meter proves what it does, and nothing else does."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.errors import NoAnswer
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.meter import Installation
from meterhold.domain.words import Because, Moment, Outcome, Proof, Quantity, Service, SupplyState
from meterhold.profiles import parse_profile
from meterhold.profiles.wire import ModbusRead, ModbusWrite, Question, Reply, Words, Write
from tests.fakes.lab import Lab
from tests.fakes.world import VirtualClock

BLIND = """
profile: blind-valve
version: 1
title: A valve that measures nothing and may repeat its orders
service: water
wire: modbus
source: none, made for tests of pairing
tried_on: simulators
paired: true
points:
  coil: {table: coil, address: 0, type: bit}
  serial: {table: input, address: 3, type: u16}
identity: {strength: serial, point: serial}
state: [{point: coil, evidence: echo, decode: [{equals: true, state: connected}, {equals: false, state: disconnected}]}]
commands:
  disconnect: {steps: [{write: {function: 5, address: 0, values: [0]}}]}
  connect: {steps: [{write: {function: 5, address: 0, values: [1]}}]}
timing: {settle_s: 1, poll_s: 2, travel_s: 10, interlock_recheck_s: 60, post_check_s: 0}
"""
FLOW = """
profile: flow-meter
version: 1
title: A water meter
service: water
wire: modbus
source: none, made for tests of pairing
tried_on: simulators
points:
  flow: {table: input, address: 0, type: u16, scale: 0.01, quantity: flow_m3_h}
  volume: {table: input, address: 1, type: u16, scale: 0.1, quantity: volume_m3}
  serial: {table: input, address: 3, type: u16}
  position: {table: input, address: 4, type: u16}
identity: {strength: serial, point: serial}
state: [{point: position, evidence: driver, decode: [{equals: 1, state: connected}]}]
load: [{point: flow, above: 0.02}]
registers: [volume]
timing: {settle_s: 1, poll_s: 2, travel_s: 10, interlock_recheck_s: 60}
"""
PROFILES = {"blind-valve": parse_profile(BLIND, "blind-valve"), "flow-meter": parse_profile(FLOW, "flow-meter")}


@dataclass
class Pipe:
    """A valve and a meter in one pipe."""

    clock: VirtualClock
    coil: int = 1
    open: bool = True
    draws: bool = True
    jammed: bool = False
    serial: int = 22
    """Of the meter."""
    silent: bool = False
    """The meter does not answer."""
    falls_silent: bool = False
    """From the write on."""
    writes: list[int] = field(default_factory=list)

    def answer(self, question: Question) -> Reply:
        """Read the valve (unit 1) or the meter (unit 2)."""
        assert isinstance(question, ModbusRead)
        if question.unit == 2 and self.silent:
            raise NoAnswer(Because.COMM_TIMEOUT, "silence")
        flows = 30 if self.open and self.draws else 0
        image = {0: self.coil, 3: 11} if question.unit == 1 else {0: flows, 1: 777, 3: self.serial, 4: 1}
        first = question.address
        return Words(question, tuple(image.get(n, 0) for n in range(first, first + question.count)), self.clock.now())

    def take(self, write: Write) -> Proof:
        """Move the valve, unless it is jammed; the coil shows the order all the same."""
        assert isinstance(write, ModbusWrite)
        self.coil = write.values[0]
        self.writes.append(self.coil)
        if not self.jammed:
            self.open = bool(self.coil)
        self.silent = self.silent or self.falls_silent
        return Proof.ACKNOWLEDGED


def piped(*, proof_from: str | None = "M-1", link: str = "line", terms: Terms | None = None) -> tuple[Lab, Pipe]:
    """A gateway with valve ``W-1`` and meter ``M-1``, on one line unless told otherwise."""
    lab = Lab(profiles=PROFILES, terms=terms or Terms())
    pipe = Pipe(lab.clock)
    lab.lab.finds = lambda request: "W-1" if getattr(request, "unit", 0) == 1 else "M-1"
    lab.put(Installation("M-1", "SP-2", Service.WATER, "flow-meter", link, "2", "22"), pipe)
    valve = Installation("W-1", "SP-1", Service.WATER, "blind-valve", "line", "1", "11")
    lab.put(replace(valve, proof_from=proof_from), pipe)
    return lab, pipe


@pytest.mark.parametrize("link", ["line", "other"])
def test_the_other_meter_s_flow_proves_the_valve(link: str) -> None:
    """In both directions, with the other meter's register before and after; on one line as well as on two."""
    lab, pipe = piped(link=link)
    hold_id = lab.suspend("W-1").hold_id
    lab.run_s(30)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.proof, leg.actual) == (Outcome.VERIFIED, Proof.LOAD_PROVEN, SupplyState.DISCONNECTED)
    lab.restore(hold_id)
    lab.run_s(30)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.proof) == (Outcome.VERIFIED, Proof.LOAD_PROVEN)
    assert {(register.name, register.moment) for register in leg.registers} == {
        (Quantity.VOLUME_M3, moment) for moment in Moment
    }
    assert pipe.writes == [0, 1]


def test_alone_it_proves_nothing() -> None:
    """What makes the difference is the pairing."""
    lab, _ = piped(proof_from=None)
    hold_id = lab.suspend("W-1").hold_id
    lab.run_s(30)
    assert lab.leg(hold_id).outcome is Outcome.UNVERIFIED


def test_a_valve_that_only_shows_its_order_is_found_out_by_the_flow() -> None:
    """Gear off, actuator jammed: the coil says shut, and water flows."""
    lab, pipe = piped()
    pipe.jammed = True
    hold_id = lab.suspend("W-1").hold_id
    lab.run_s(60)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.because, leg.actual) == (Outcome.CONTRADICTED, Because.LEAKING, SupplyState.CONNECTED)


def test_nothing_is_cut_that_nobody_could_see() -> None:
    """The other meter must be readable before; afterwards nobody could tell what the command did."""
    lab, pipe = piped()
    pipe.silent = True
    hold_id = lab.suspend("W-1").hold_id
    lab.run_s(300)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.because, pipe.writes) == (None, Because.COMM_TIMEOUT, [])
    assert leg.operation is not None
    assert "M-1, which proves what it does" in leg.operation.detail
    pipe.silent = False
    lab.run_s(600)
    assert lab.leg(hold_id).outcome is Outcome.VERIFIED


def test_a_stranger_in_the_other_meter_s_place_is_as_good_as_none() -> None:
    """Its flow is somebody else's."""
    lab, pipe = piped()
    pipe.serial = 99
    hold_id = lab.suspend("W-1").hold_id
    lab.run_s(300)
    assert (lab.leg(hold_id).because, pipe.writes) == (Because.METER_MISMATCH, [])


def test_supply_comes_back_though_the_other_meter_is_silent() -> None:
    """A restore is written all the same; without evidence of load it is unverified, and a person is asked."""
    lab, pipe = piped()
    hold_id = lab.suspend("W-1").hold_id
    lab.run_s(30)
    pipe.silent = True
    lab.restore(hold_id)
    lab.run_s(60)
    assert (pipe.open, lab.leg(hold_id).outcome) == (True, Outcome.UNVERIFIED)


def test_a_meter_that_falls_silent_after_the_write_leaves_it_unverified() -> None:
    """No load evidence, and no failure of the valve."""
    lab, pipe = piped()
    pipe.falls_silent = True
    hold_id = lab.suspend("W-1").hold_id
    lab.run_s(60)
    leg = lab.leg(hold_id)
    assert (leg.outcome, leg.because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)


def test_a_leak_is_seen_by_the_other_meter() -> None:
    """The valve measures nothing; the flow that the rule asks for is the meter's."""
    rule = LeakWatch(within_s=60, every_s=10, above=Decimal("0.02"))
    lab, pipe = piped(terms=Terms(leak_watch={"water": rule}))
    hold_id = lab.suspend("W-1").hold_id
    lab.run_s(30)
    lab.restore(hold_id)
    lab.run_s(200)
    assert (lab.leg(hold_id).because, pipe.open) == (Because.LEAK_ON_RESTORE, False)
