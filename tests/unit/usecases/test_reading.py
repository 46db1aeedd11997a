"""A live read: what the meter shows now is kept, unless another meter answered."""

import pytest

from meterhold.domain.errors import MeterRefused, NoAnswer, UnknownThing
from meterhold.domain.words import Because, Outcome, Proof, SupplyState
from meterhold.profiles.wire import ModbusRead, Question, Reply
from meterhold.usecases.reading import read_meter
from tests.fakes.gateway import Gateway
from tests.fakes.metering import DDS238, SHELLY, XINTAI, FakeMeter, place
from tests.fakes.world import run


def one(profile: str) -> tuple[Gateway, FakeMeter]:
    """A gateway with one meter."""
    gateway = Gateway()
    (meter,) = gateway.install(place(profile, "M-1"))
    return gateway, meter


@pytest.mark.parametrize("connected", [True, False])
def test_what_is_seen_is_kept(connected: bool) -> None:
    """State, proof, source and register."""
    gateway, meter = one(XINTAI)
    meter.stand(connected=connected)
    meter.total += 1
    seen = run(read_meter(gateway.ports, "M-1"))
    row = gateway.meter("M-1")
    assert seen.meter == row
    assert row.actual.state is (SupplyState.CONNECTED if connected else SupplyState.DISCONNECTED)
    assert row.last_register is not None
    assert row.last_register.value == seen.observation.registers[0].value


def test_an_echo_tells_a_live_read_nothing() -> None:
    """A register that may repeat a command is no state."""
    gateway, meter = one(DDS238)
    meter.stand(connected=False)
    seen = run(read_meter(gateway.ports, "M-1"))
    assert (seen.actual, seen.proof) == (SupplyState.UNKNOWN, Proof.NONE)


@pytest.mark.parametrize("profile", [SHELLY, XINTAI, DDS238])
def test_another_meter_s_answer_is_shown_and_not_kept(profile: str) -> None:
    """Its state is not ours, and its register must not become the one that ours is recognised by."""
    gateway, meter = one(profile)
    before = gateway.meter("M-1")
    meter.stand(connected=False)
    meter.serial, meter.total = "00000000000000EE", 500_000.0
    seen = run(read_meter(gateway.ports, "M-1"))
    assert (seen.actual, seen.proof) == (SupplyState.UNKNOWN, Proof.NONE)
    assert seen.observation.registers
    assert seen.stranger is not None
    assert seen.stranger.detail
    assert gateway.meter("M-1") == before
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    assert gateway.leg(hold_id).outcome is Outcome.IDENTITY_MISMATCH
    assert meter.writes == []


def test_a_meter_is_read_while_its_own_switching_is_under_way() -> None:
    """In the order of turns; the read sees the meter as it is and disturbs nothing of the operation."""
    gateway, meter = one(XINTAI)
    meter.draws = False
    hold_id = gateway.suspend("M-1").hold_id
    gateway.once()
    operation = gateway.leg(hold_id).operation
    assert operation is not None
    assert operation.unresolved
    gateway.clock.run_s(1)
    assert run(read_meter(gateway.ports, "M-1")).actual is SupplyState.MOVING
    assert gateway.leg(hold_id).operation == operation
    gateway.settle()
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert len(meter.writes) == 1


def test_a_store_that_cannot_be_written_keeps_nobody_from_seeing_the_meter() -> None:
    """What was seen is shown, and that the journal does not have it."""
    gateway, meter = one(XINTAI)
    meter.stand(connected=False)
    before = gateway.meter("M-1")
    gateway.journal.full = True
    seen = run(read_meter(gateway.ports, "M-1"))
    assert (seen.actual, seen.recorded) == (SupplyState.DISCONNECTED, False)
    assert gateway.meter("M-1") == before


class HalfDumb(FakeMeter):
    """A DDS238 that refuses one block of its registers, or keeps silent about it."""

    failure: type[MeterRefused | NoAnswer] = MeterRefused

    def answer(self, question: Question) -> Reply:
        """Answer for its relay only."""
        if isinstance(question, ModbusRead) and question.address != 0x1A:
            raise self.failure(Because.DEVICE_REFUSED, "illegal data address")
        return FakeMeter.answer(self, question)


class HalfSilent(HalfDumb):
    """The same, without a word."""

    failure = NoAnswer


def test_what_one_question_does_not_bring_does_not_hide_what_the_others_did() -> None:
    """What the meter refuses is named, with its own words; the rest is shown."""
    gateway, meter = one(DDS238)
    gateway.links.meters = [HalfDumb(meter.place, gateway.clock)]
    seen = run(read_meter(gateway.ports, "M-1"))
    assert {one.point for one in seen.unread} == {
        *("energy_total", "energy_export", "energy_import", "voltage", "current", "power"),
    }
    assert {one.detail for one in seen.unread} == {"illegal data address"}
    assert seen.observation.echo_state is SupplyState.CONNECTED


def test_a_meter_that_keeps_silent_is_not_asked_again_in_the_same_turn() -> None:
    """Others wait for the line; nothing was answered, so nothing is shown."""
    gateway, meter = one(DDS238)
    gateway.links.meters = [HalfSilent(meter.place, gateway.clock)]
    asked = gateway.fuse.places.count("before a question")
    with pytest.raises(NoAnswer):
        run(read_meter(gateway.ports, "M-1"))
    assert gateway.fuse.places.count("before a question") == asked + 1


def test_what_cannot_be_read_is_said() -> None:
    """An unknown meter, and a silent one."""
    gateway, meter = one(SHELLY)
    with pytest.raises(UnknownThing):
        run(read_meter(gateway.ports, "M-404"))
    meter.silent = True
    before = gateway.meter("M-1")
    with pytest.raises(NoAnswer):
        run(read_meter(gateway.ports, "M-1"))
    assert gateway.meter("M-1") == before
