"""A look after a write at a device that no longer answers: what it says by itself counts, older words do not."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from meterhold.domain.errors import NoAnswer
from meterhold.domain.meter import Installation, Meter
from meterhold.domain.words import Because, Identity, Service, SupplyState
from meterhold.profiles.wire import Acknowledgement, Document, MqttLatest, Question, Reply, Write
from meterhold.usecases.looking import look
from tests.fakes.gateway import Gateway, built_in
from tests.fakes.world import START

SWV = "z2m-sonoff-swv"
IEEE = "0x00124b0029f1a002"
VALVE = Meter(Installation("W-1", "SP-1", Service.WATER, SWV, "broker", "zigbee2mqtt/valve", serial=IEEE))
SHUT = {"state": "OFF", "flow": 0.0, "battery": 80, "device": {"ieeeAddr": IEEE}}
BEFORE, AFTER = START - timedelta(seconds=2), START - timedelta(seconds=1)


@dataclass
class Taciturn:
    """A turn in which every question stays unanswered; what was last heard, and when, is remembered."""

    heard_at: datetime
    retained: bool = False

    async def ask(self, question: Question) -> Reply:
        """Give what is remembered, where only that is asked for."""
        if not isinstance(question, MqttLatest):
            raise NoAnswer(Because.COMM_TIMEOUT, "silence")
        changed = {"/state": self.heard_at, "/flow": self.heard_at}
        return Document(question, SHUT, self.heard_at, self.retained, changed)

    async def write(self, write: Write) -> Acknowledgement:
        """Never asked for."""
        raise AssertionError(write)


def test_a_valve_that_reports_by_itself_after_the_write_is_seen_and_known() -> None:
    """Its message came after the write and carries its address: it is a look."""
    seen = asyncio.run(look(Gateway().ports, Taciturn(AFTER), VALVE, built_in()[SWV], BEFORE))
    assert (seen.identity.strength, seen.identity.value) == (Identity.DEVICE_ID, IEEE)
    assert (seen.echo_state, seen.load) == (SupplyState.DISCONNECTED, False)


@pytest.mark.parametrize("turn", [Taciturn(BEFORE), Taciturn(AFTER, retained=True)], ids=["older", "retained"])
def test_a_valve_that_has_said_nothing_since_the_write_has_not_answered(turn: Taciturn) -> None:
    """What it said before tells nothing of the write; it is a silent valve, not a strange one."""
    with pytest.raises(NoAnswer):
        asyncio.run(look(Gateway().ports, turn, VALVE, built_in()[SWV], BEFORE))


def test_before_a_write_the_valve_must_answer() -> None:
    """However lately it spoke."""
    with pytest.raises(NoAnswer):
        asyncio.run(look(Gateway().ports, Taciturn(AFTER), VALVE, built_in()[SWV], None))
