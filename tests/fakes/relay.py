"""A relay with all that a profile can declare: arming, a limit, voltage behind the contacts, and taking back."""

from dataclasses import dataclass, field

from meterhold.domain.meter import Installation
from meterhold.domain.words import Proof, Service
from meterhold.profiles import Profile, parse_profile
from meterhold.profiles.wire import ModbusRead, ModbusWrite, Question, Reply, Words, Write
from tests.fakes.lab import Lab
from tests.fakes.world import VirtualClock

REMOTE = "{point: remote, equals: 1, within_s: 0.1, every_s: 0.2, because: LOCAL_CONTROL}"
STATES = {"connected": 1, "disconnected": 2, "armed": 3, "restricted": 4}
RELAY = """
profile: full-relay
version: 1
title: A relay that can all
service: electricity
wire: modbus
source: none, made for tests of the protocol
tried_on: simulators
points:
  mode: {table: input, address: 0, type: u16}
  behind: {table: input, address: 1, type: u16, quantity: voltage_v}
  current: {table: input, address: 2, type: u16, scale: 0.01, quantity: current_a}
  serial: {table: input, address: 3, type: u16}
  remote: {table: input, address: 4, type: u16}
identity: {strength: serial, point: serial}
state:
  - point: mode
    evidence: driver
    decode:
      - {equals: 1, state: connected}
      - {equals: 2, state: disconnected}
      - {equals: 3, state: armed}
      - {equals: 4, state: restricted}
load_side: {point: behind, above: 50}
load: [{point: current, above: 0.02}]
commands:
  disconnect: {steps: [{check: REMOTE}, {write: {function: 6, address: 100, values: [2]}}]}
  restrict:
    limit: {unit: kW, at_least: 0.5, at_most: 10, scale: 0.1}
    steps: [{write: {function: 16, address: 100, values: [4, limit]}}]
  arm: {steps: [{write: {function: 6, address: 100, values: [3]}}]}
  connect: {steps: [{check: REMOTE}, {write: {function: 6, address: 100, values: [1]}}]}
  withdraw: {steps: [{write: {function: 6, address: 101, values: [0]}}]}
timing: {settle_s: 1, poll_s: 1, travel_s: 5, interlock_recheck_s: 60, post_check_s: 60}
"""


def relay_profile(*without: str) -> Profile:
    """The profile, without some of its commands."""
    lines = [line for line in RELAY.splitlines() if not any(line.startswith(f"  {name}:") for name in without)]
    return parse_profile("\n".join(lines).replace("REMOTE", REMOTE), "full-relay")


@dataclass(slots=True)
class Relay:
    """The relay and the house behind it."""

    clock: VirtualClock
    mode: int = 1
    draws: bool = True
    feeds: bool = False
    """Somebody in the house has a generator."""
    defers: bool = False
    """It takes the order to close onto voltage, and closes by itself when that is gone."""
    pending: bool = False
    limit: int = 0
    obeys: bool = True
    arms_at_most: bool = False
    """Whatever it is told, it is only ready for the button afterwards."""
    remote: int = 1
    """Whether its switch is turned to remote control."""
    written: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def answer(self, question: Question) -> Reply:
        """Read registers."""
        assert isinstance(question, ModbusRead)
        if self.pending and not self.feeds:
            self.mode, self.pending = 1, False
        live = self.mode in {1, 4}
        words = {
            0: self.mode,
            1: 230 if live or self.feeds else 0,
            2: 500 if live and self.draws else 0,
            3: 4711,
            4: self.remote,
        }
        first = question.address
        return Words(question, tuple(words.get(n, 0) for n in range(first, first + question.count)), self.clock.now())

    def take(self, write: Write) -> Proof:
        """Obey, or not."""
        assert isinstance(write, ModbusWrite)
        self.written.append((write.address, write.values))
        if write.address == 101:
            self.pending = False
        elif not self.obeys:
            pass
        elif write.values[0] == 1 and self.feeds:
            self.pending = self.defers
        else:
            arms = self.arms_at_most and write.values[0] == STATES["disconnected"]
            self.mode = STATES["armed"] if arms else write.values[0]
            self.limit = write.values[1] if len(write.values) > 1 else 0
        return Proof.ACKNOWLEDGED

    def press(self) -> None:
        """Press the button of an armed relay."""
        assert self.mode == STATES["armed"]
        self.mode = STATES["connected"]

    @property
    def commands(self) -> list[int]:
        """The states that it was told."""
        return [values[0] for address, values in self.written if address == 100]


def relayed(*without: str) -> tuple[Lab, Relay]:
    """A gateway with one such relay, ``E-1``."""
    lab = Lab(profiles={"full-relay": relay_profile(*without)})
    lab.lab.finds = lambda _request: "E-1"
    device = Relay(lab.clock)
    lab.put(Installation("E-1", "SP-1", Service.ELECTRICITY, "full-relay", "line", "7", "4711"), device)
    return lab, device
