"""A command's steps: in order, each write once, and nothing after what is not certain."""

from dataclasses import dataclass, field

import pytest

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown, WireError
from meterhold.domain.frame import Frame
from meterhold.domain.words import Because, Proof
from meterhold.profiles.wire import (
    Acknowledgement,
    Check,
    MaskedWrite,
    ModbusRead,
    ModbusWrite,
    MqttWrite,
    Pause,
    Question,
    Reply,
    Step,
    Table,
    Words,
    Write,
)
from meterhold.usecases.executing import NotHeld, RefusedHalfWay, carry_out, divided, prepare
from tests.fakes.world import VirtualClock

READ = ModbusRead(7, Table.HOLDING, 0x10, 1)
UNLOCK = ModbusWrite(7, 6, 0x20, (0x5A,))
ARM = ModbusWrite(7, 6, 0x21, (1,))
EXECUTE = ModbusWrite(7, 6, 0x22, (1,), within_s=5)
BIT = MaskedWrite(READ, 6, keep=0x00FF, force=0x0100)
PUBLISH = MqttWrite("v/set", "OFF")


def holds_one(reply: Reply) -> bool:
    """The word that was read is 1."""
    return isinstance(reply, Words) and reply.values == (1,)


def check(within_s: float = 3) -> Check:
    """The word must be 1; asked again at once, which takes a second each time."""
    return Check(READ, holds_one, within_s, 0, Because.LOCAL_CONTROL, "remote is 1")


@dataclass
class Device:
    """A turn whose every request takes a second; says what a test wrote down, 1 for a word and yes to a write."""

    words: list[int | WireError] = field(default_factory=list)
    answers: list[Proof | WireError] = field(default_factory=list)
    clock: VirtualClock = field(default_factory=VirtualClock)
    asked: int = 0
    written: list[Write] = field(default_factory=list)
    takes_s: float = 1.0

    async def ask(self, question: Question) -> Reply:
        """Give the next word."""
        self.clock.run_s(self.takes_s)
        self.asked += 1
        word = self.words.pop(0) if len(self.words) > 1 else (self.words or [1])[0]
        if isinstance(word, WireError):
            raise word
        assert isinstance(question, ModbusRead)
        return Words(question, (word,), self.clock.now())

    async def write(self, write: Write) -> Acknowledgement:
        """Take a write."""
        self.clock.run_s(self.takes_s)
        self.written.append(write)
        answer = self.answers.pop(0) if self.answers else Proof.ACKNOWLEDGED
        if isinstance(answer, WireError):
            raise answer
        return Acknowledgement(answer, self.clock.now(), Frame("unit 1", f"write {len(self.written)}"))


async def carried(device: Device, *steps: Step) -> tuple[Proof, list[str]]:
    """Carry steps out."""
    left: list[Frame] = []
    return await carry_out(steps, device, device.clock, left), [frame.sent for frame in left]


async def test_writes_go_out_in_order_and_the_last_one_says_how_much_is_known() -> None:
    """Unlock, then switch."""
    device = Device(answers=[Proof.ACKNOWLEDGED, Proof.SENT])
    assert await carried(device, UNLOCK, PUBLISH) == (Proof.SENT, ["write 1", "write 2"])
    assert device.written == [UNLOCK, PUBLISH]


async def test_a_masked_write_reads_first_and_keeps_the_other_bits() -> None:
    """What a sensor changed a moment ago is written back as it now stands."""
    device = Device(words=[0xAB34])
    await carried(device, BIT)
    assert device.written == [ModbusWrite(7, 6, 0x10, (0x0134,))]


@pytest.mark.parametrize("failure", [NoAnswer(Because.COMM_TIMEOUT, "silence"), MeterRefused(Because.BUS_BUSY, "6")])
async def test_a_masked_write_whose_read_fails_was_never_sent(failure: WireError) -> None:
    """Nothing has changed, and that is certain."""
    device = Device(words=[failure])
    with pytest.raises(NeverSent):
        await carried(device, BIT)
    assert device.written == []


async def test_a_check_is_asked_until_it_holds() -> None:
    """The device needs a moment to show that it is armed."""
    device = Device(words=[0, 0, 1])
    await carried(device, ARM, check(), EXECUTE)
    assert (device.asked, device.written) == (3, [ARM, EXECUTE])


LATER: dict[str, tuple[Device, tuple[Step, ...], int]] = {
    "a check that never holds": (Device(words=[0]), (ARM, check(), EXECUTE), 1),
    "a check that is not answered": (Device(words=[NoAnswer(Because.COMM_TIMEOUT, "-")]), (ARM, check(), EXECUTE), 1),
    "a check that is refused": (Device(words=[MeterRefused(Because.BUS_BUSY, "6")]), (ARM, check(), EXECUTE), 1),
    "a read that fails": (Device(words=[NoAnswer(Because.COMM_TIMEOUT, "-")]), (ARM, BIT), 1),
    "a write that comes too late": (Device(takes_s=6), (ARM, check(1), EXECUTE), 1),
    "a turn that is over": (
        Device(answers=[Proof.ACKNOWLEDGED, NeverSent(Because.DEVICE_OFFLINE, "-")]),
        (ARM, UNLOCK),
        2,
    ),
    "a reply that is lost": (Device(answers=[OutcomeUnknown(Because.COMM_TIMEOUT, "-")]), (ARM, EXECUTE), 1),
    "a former write that only a broker has": (Device(answers=[Proof.SENT]), (PUBLISH, PUBLISH), 1),
}


@pytest.mark.parametrize("case", LATER)
async def test_whatever_is_not_certain_after_a_write_ends_the_list_in_doubt(case: str) -> None:
    """There are never two writes whose outcome is not known."""
    device, steps, written = LATER[case]
    with pytest.raises(OutcomeUnknown):
        await carried(device, *steps)
    assert len(device.written) == written


async def test_a_check_clears_what_only_a_broker_had() -> None:
    """The device showed that the former write arrived."""
    device = Device(answers=[Proof.SENT])
    await carried(device, PUBLISH, check(), PUBLISH)
    assert len(device.written) == 2


async def test_a_refusal_of_a_later_write_says_that_something_was_taken_before() -> None:
    """It may move still; a refusal of the first write changed nothing."""
    no = MeterRefused(Because.DEVICE_REFUSED, "exception 04", 4)
    with pytest.raises(RefusedHalfWay, match="step 2 was refused"):
        await carried(Device(answers=[Proof.ACKNOWLEDGED, no]), ARM, EXECUTE)
    with pytest.raises(MeterRefused) as first:
        await carried(Device(answers=[no]), ARM, EXECUTE)
    assert not isinstance(first.value, RefusedHalfWay)


async def test_a_first_write_that_never_left_changed_nothing() -> None:
    """It is not in doubt."""
    device = Device(answers=[NeverSent(Because.DEVICE_OFFLINE, "-")])
    with pytest.raises(NeverSent):
        await carried(device, ARM, EXECUTE)
    assert device.written == [ARM]


@pytest.mark.parametrize(
    ("steps", "first"),
    [((ARM,), 0), ((check(), ARM, check()), 1), ((check(), Pause(0), BIT), 2), ((PUBLISH, check()), 0)],
)
def test_what_comes_before_the_first_write_needs_no_permission(steps: tuple[Step, ...], first: int) -> None:
    """Checks and pauses only."""
    assert divided(steps) == (steps[:first], steps[first:])


async def test_a_check_before_the_first_write_says_what_forbids_it() -> None:
    """With its own cause; silence is no cause of the device's."""
    device = Device(words=[0])
    with pytest.raises(NotHeld, match="remote is 1") as unmet:
        await prepare((Pause(0), check()), device, device.clock)
    assert unmet.value.because is Because.LOCAL_CONTROL
    silent = Device(words=[NoAnswer(Because.COMM_TIMEOUT, "silence")])
    with pytest.raises(NoAnswer):
        await prepare((check(),), silent, silent.clock)


async def test_a_check_that_held_in_time_is_asked_no_more() -> None:
    """And one that may not be asked again within its time is asked once."""
    device = Device()
    await prepare((check(),), device, device.clock)
    assert device.asked == 1
    once = Device(words=[0])
    with pytest.raises(NotHeld):
        await prepare((check(within_s=0),), once, once.clock)
    assert once.asked == 1
