"""The steps of a command: what is sent, in which order, and what must hold in between."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.errors import Refused
from meterhold.domain.words import Because, SupplyState
from meterhold.profiles import (
    Capability,
    describe,
    plan_command,
    plan_withdraw,
    plan_writes,
    resolve,
    show_command,
)
from meterhold.profiles.wire import (
    Check,
    Document,
    MaskedWrite,
    ModbusRead,
    ModbusWrite,
    MqttAsk,
    MqttWrite,
    Pause,
    Table,
    Words,
)
from tests.unit.profiles.replies import NOW, SHELLY, XINTAI, sample

ARMED_FIRST = sample("arm-then-execute")
TAPS = sample("shared-register")
CAREFUL = sample("careful-plug")
CARRIED = sample("carried-valve")
TRICKLING = sample("plain-text-valve")


def test_every_step_in_order() -> None:
    """Unlock words, the arming, a check, a pause and the execution come as they stand in the file."""
    unlock, arm, check, pause, execute = plan_command(ARMED_FIRST, SupplyState.DISCONNECTED, "7")
    refusals = {3: Because.LOCAL_CONTROL}
    assert unlock == ModbusWrite(7, 16, 0x0100, (0x1234, 0x5678), refusals)
    assert arm == ModbusWrite(7, 6, 0x0110, (1,), refusals, within_s=5)
    assert isinstance(check, Check)
    assert (check.within_s, check.every_s, check.because) == (2, 0.2, Because.DEVICE_REFUSED)
    assert check.question == ModbusRead(7, Table.INPUT, 0x0020, 1)
    assert pause == Pause(0.5)
    assert execute == ModbusWrite(7, 5, 0x0004, (0,), refusals, within_s=10)


def test_steps_are_readable() -> None:
    """Evidence shows every step as it goes over the wire, or what it waits for."""
    assert [describe(step) for step in plan_command(ARMED_FIRST, SupplyState.DISCONNECTED, "7")] == [
        "unit 7: 10 01 00 00 02 04 12 34 56 78",
        "unit 7: 06 01 10 00 01 (within 5 s)",
        "check that ready has 0x0001 under mask 0x0003 within 2 s",
        "wait 0.5 s",
        "unit 7: 05 00 04 00 00 (within 10 s)",
    ]
    assert [describe(step) for step in plan_command(TAPS, SupplyState.CONNECTED, "240")] == [
        "unit 240: 06 00 00 (the word read there AND 1C01) OR 0100"
    ]


@pytest.mark.parametrize(("word", "holds"), [(0b01, True), (0b101, True), (0b11, False), (0b10, False), (0, False)])
def test_a_check_tests_the_words_it_asked_for(word: int, *, holds: bool) -> None:
    """A check holds only if the answer to its own question says so."""
    check = next(step for step in plan_command(ARMED_FIRST, SupplyState.DISCONNECTED, "7") if isinstance(step, Check))
    assert isinstance(check.question, ModbusRead)
    assert check.holds(Words(check.question, (word,), NOW)) is holds
    assert not check.holds(Words(check.question, (), NOW))
    assert not check.holds(Words(check.question, (word, word), NOW))


def test_a_check_tests_a_fresh_message() -> None:
    """Over MQTT a check asks its question again; a retained message or a field of another type is no answer."""
    check = plan_command(CAREFUL, SupplyState.DISCONNECTED, "plug-1")[0]
    assert isinstance(check, Check)
    assert isinstance(check.question, MqttAsk)
    assert (check.says, check.because) == ("power is below 2000", Because.LOAD_TOO_HIGH)
    quiet = Document(check.question, {"result": {"apower": 3.5}}, NOW)
    assert check.holds(quiet)
    assert not check.holds(replace(quiet, retained=True))
    assert not check.holds(replace(quiet, value={"result": {"apower": 2000}}))
    assert not check.holds(replace(quiet, value={"result": {"apower": "3.5"}}))
    assert not check.holds(replace(quiet, value={}))


def test_a_masked_write_changes_only_what_it_names() -> None:
    """The bits that are kept come back as read, the dangerous ones cleared, whatever the device showed."""
    (step,) = plan_command(TAPS, SupplyState.CONNECTED, "240")
    assert step == MaskedWrite(ModbusRead(240, Table.HOLDING, 0, 1), 6, keep=0x1C01, force=0x0100)
    assert isinstance(step, MaskedWrite)
    written = resolve(step, Words(step.read, (0b0001_0100_1111_1111,), NOW))
    assert written == ModbusWrite(240, 6, 0, (0b0001_0101_0000_0001,))


@given(st.integers(0, 0xFFFF), st.sampled_from([SupplyState.CONNECTED, SupplyState.DISCONNECTED]))
def test_no_word_makes_a_masked_write_touch_more(word: int, target: SupplyState) -> None:
    """Whatever was read: kept bits stay, the tap takes its value, pairing is never set."""
    (step,) = plan_command(TAPS, target, "240")
    assert isinstance(step, MaskedWrite)
    (value,) = resolve(step, Words(step.read, (word,), NOW)).values
    assert value & 0x1C01 == word & 0x1C01
    assert bool(value & 0x0100) is (target is SupplyState.CONNECTED)
    assert value & 0x0080 == 0
    assert 0 <= value <= 0xFFFF


def test_a_plan_of_writes_refuses_what_it_cannot_say() -> None:
    """Who knows only writes never sends half of a command."""
    with pytest.raises(Refused, match="needs more than writes") as refused:
        plan_writes(TAPS, SupplyState.CONNECTED, "240")
    assert refused.value.code is Because.NOT_CAPABLE
    assert plan_writes(XINTAI, SupplyState.CONNECTED, "9") == plan_command(XINTAI, SupplyState.CONNECTED, "9")


def test_capability_follows_the_commands() -> None:
    """A meter that can only be armed is not said to connect."""
    assert ARMED_FIRST.capability == Capability(
        can_disconnect=True, can_connect=False, can_restrict=True, can_arm=True, can_withdraw=True
    )
    assert TAPS.capability == Capability(can_disconnect=True, can_connect=True, can_restrict=False, can_arm=False)
    with pytest.raises(Refused, match="no command for connected"):
        plan_command(ARMED_FIRST, SupplyState.CONNECTED, "7")


def test_a_limit_is_written_in_counts() -> None:
    """What an order restricts supply to goes out in the device's own counts, over either wire."""
    (write,) = plan_command(ARMED_FIRST, SupplyState.RESTRICTED, "7", limit=Decimal("2.5"))
    assert write == ModbusWrite(7, 16, 0x0111, (4, 25))
    (message,) = plan_command(TRICKLING, SupplyState.RESTRICTED, "v", limit=Decimal("0.05"))
    assert message == MqttWrite("v/set", '{"trickle":5,"text":"5/100"}')
    assert ARMED_FIRST.limit is not None
    assert (ARMED_FIRST.limit.unit, ARMED_FIRST.limit.at_most) == ("kW", Decimal(10))
    assert (TAPS.limit, XINTAI.limit) == (None, None)


@pytest.mark.parametrize("limit", [None, "0.4", "10.1", "2.55"])
def test_a_limit_that_the_device_cannot_have_is_refused(limit: str | None) -> None:
    """Out of range, between two counts or not told at all: nothing is sent that only comes near it."""
    with pytest.raises(Refused) as refused:
        plan_command(ARMED_FIRST, SupplyState.RESTRICTED, "7", limit=None if limit is None else Decimal(limit))
    assert refused.value.code is Because.NOT_CAPABLE


def test_a_command_without_a_limit_takes_none() -> None:
    """A limit is not silently left away."""
    with pytest.raises(Refused, match="does not say what it restricts supply to"):
        plan_command(CARRIED, SupplyState.CONNECTED, "17/1", limit=Decimal(1))


def test_commands_can_be_shown_before_there_is_an_order() -> None:
    """What only a real command has stays a placeholder; everything else is shown as it goes out."""
    assert show_command(XINTAI, SupplyState.DISCONNECTED, "3") == ("unit 3: 06 00 1C 00 02",)
    assert show_command(ARMED_FIRST, SupplyState.RESTRICTED, "7") == ("unit 7: 10 01 11 00 02 04 00 04 00 05",)
    (shown,) = show_command(CARRIED, SupplyState.DISCONNECTED, "17/24e124460c000007")
    assert '"data":"/x0AAQAAAAAAAAA="' in shown
    assert '"expiresAt":"{expires_at}"' in shown
    with pytest.raises(Refused):
        show_command(XINTAI, SupplyState.ARMED, "3")


def test_what_was_not_done_yet_can_be_withdrawn() -> None:
    """A model that can take a pending movement back says how; for others there is nothing to send."""
    assert plan_withdraw(ARMED_FIRST, "7") == (ModbusWrite(7, 6, 0x0110, (0,)),)
    assert plan_withdraw(SHELLY, "shelly-1") == ()
    with pytest.raises(Refused):
        plan_withdraw(ARMED_FIRST, "0")


def test_a_command_over_mqtt_keeps_its_time() -> None:
    """A time limit stands on a write of either wire."""
    _, write = plan_command(CAREFUL, SupplyState.DISCONNECTED, "plug-1")
    assert write == MqttWrite("plug-1/set", '{"on":false}')


def test_planning_a_command_again_costs_nothing() -> None:
    """The steps of a command that always says the same are made once a meter."""
    assert plan_command(TAPS, SupplyState.CONNECTED, "9") is plan_command(TAPS, SupplyState.CONNECTED, "9", number=7)
