"""A valve that sleeps, and the carrier that keeps its commands until it speaks."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from meterhold.domain.errors import NoAnswer, OutcomeUnknown
from meterhold.domain.meter import Installation
from meterhold.domain.words import Because, Proof, Service
from meterhold.profiles import Profile, parse_profile
from meterhold.profiles.wire import Document, MqttLatest, MqttWrite, Question, Reply, Write
from tests.fakes.lab import Lab
from tests.fakes.world import VirtualClock

VALVE = """
profile: sleeping-valve
version: 1
title: A valve that speaks once in a while
service: water
wire: mqtt
source: none, made for tests of carriers
tried_on: simulators
reports:
  up: {topic: "{device}/up", valid_within_s: 86400}
carrier:
  latency_s: 14400
  receipts:
    - {topic: "{device}/ack", id: /id, pointer: /ok, equals: true, delivered: true}
    - {topic: "{device}/ack", id: /id, pointer: /ok, equals: false, delivered: false}
points:
  eui: {pointer: /eui, type: text}
  valve: {pointer: /valve, type: text}
identity: {strength: device_id, point: eui}
state:
  - {point: valve, evidence: driver, decode: [{equals: shut, state: disconnected}, {equals: "on", state: connected}]}
commands:
  disconnect:
    steps:
      - write:
          topic: "{device}/down"
          payload: {id: "{command_id}", n: "{number}", do: shut, until: "{expires_at}"}
  connect:
    steps:
      - write:
          topic: "{device}/down"
          payload: {id: "{command_id}", n: "{number}", do: "on", until: "{expires_at}"}
timing: {settle_s: 5, poll_s: 30, travel_s: 60, interlock_recheck_s: 600, post_check_s: 0}
"""
WITHDRAW = """  withdraw:
    steps: [{write: {topic: "{device}/flush", payload: {id: "{command_id}"}}}]
timing:"""


def sleeping_valve(*, withdraws: bool) -> Profile:
    """The profile; its carrier can be told to forget, or cannot."""
    text = VALVE.replace("timing:", WITHDRAW) if withdraws else VALVE
    return parse_profile(text, "sleeping-valve")


@dataclass(slots=True)
class Sleeper:
    """A valve that hears only after it has spoken, and what its carrier keeps and says."""

    clock: VirtualClock
    valve: str = "on"
    queue: list[dict[str, object]] = field(default_factory=list)
    sent: list[dict[str, object]] = field(default_factory=list)
    """Every command that the carrier was given."""
    moved: list[str] = field(default_factory=list)
    """What the valve did."""
    said: dict[str, Document] = field(default_factory=dict)
    """The last message on each topic."""
    deaf: bool = False
    """Downlinks do not reach it."""
    acks: bool | None = True
    """What the carrier says of a downlink; nothing where ``None``."""
    flushed: int = 0
    lose_receipt: bool = False
    """The carrier takes the next command and nobody hears of it."""
    eui: str = "id-W-1"

    def speak(self) -> None:
        """Send an uplink; after it the carrier delivers what it keeps, and the valve moves."""
        self._say("up", {"eui": self.eui, "valve": self.valve})
        waiting, self.queue = self.queue, []
        for command in waiting:
            if str(command["until"]) <= self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"):
                continue
            if not self.deaf:
                self.valve = str(command["do"])
                self.moved.append(self.valve)
            if self.acks is not None:
                self._say("ack", {"id": command["id"], "ok": self.acks and not self.deaf})

    def acknowledge(self, command_id: str, *, ok: bool = True) -> None:
        """Let the carrier say something of a command, whenever a test likes."""
        self._say("ack", {"id": command_id, "ok": ok})

    def _say(self, topic: str, value: object) -> None:
        question = MqttLatest(f"site/w/{topic}")
        self.said[topic] = Document(question, value, self.clock.now(), changed_at={"/valve": self.clock.now()})

    def answer(self, question: Question) -> Reply:
        """Hand out what was last said."""
        said = self.said.get(question.topic.rpartition("/")[2]) if isinstance(question, MqttLatest) else None
        if said is None:
            raise NoAnswer(Because.NO_EVIDENCE, "nothing was heard yet")
        return said

    def take(self, write: Write) -> Proof:
        """Keep a command for the valve, or forget what is kept."""
        assert isinstance(write, MqttWrite)
        if write.topic.endswith("/flush"):
            self.queue.clear()
            self.flushed += 1
            return Proof.SENT
        command: dict[str, object] = json.loads(write.payload)
        self.queue.append(command)
        self.sent.append(command)
        if self.lose_receipt:
            self.lose_receipt = False
            raise OutcomeUnknown(Because.COMM_TIMEOUT, "not even the broker's receipt came")
        return Proof.SENT


@dataclass(slots=True)
class Sleeping:
    """A gateway with one sleeping valve, ``W-1``."""

    lab: Lab
    device: Sleeper

    def wait(self, seconds: float) -> None:
        """Let the gateway work; the valve sleeps."""
        self.lab.run_s(seconds)

    def speak(self) -> None:
        """Let the valve speak, and the gateway hear it, twice: what it did it says the next time."""
        self.device.speak()
        self.lab.hurry("W-1")

    @property
    def expires_at(self) -> datetime:
        """Until when the last command is kept."""
        return datetime.fromisoformat(str(self.device.sent[-1]["until"]))


def sleeping(*, withdraws: bool = False, post_check_s: float = 0) -> Sleeping:
    """Build one whose valve has just said that it is open."""
    profile = sleeping_valve(withdraws=withdraws).with_timing(post_check_s=post_check_s)
    lab = Lab(profiles={"sleeping-valve": profile})
    device = Sleeper(lab.clock)
    lab.lab.finds = lambda _request: "W-1"
    lab.put(Installation("W-1", "SP-1", Service.WATER, "sleeping-valve", "broker", "site/w", "id-W-1"), device)
    device.speak()
    lab.clock.run_s(60)
    return Sleeping(lab, device)


HOURS = timedelta(hours=1).total_seconds()
