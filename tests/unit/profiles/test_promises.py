"""What holds for every profile and whatever a device may send."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.words import OFF_STATES, SupplyState
from meterhold.profiles import decode_look, plan_look
from meterhold.profiles.wire import ModbusRead
from tests.unit.profiles.replies import DDS238, EARLIER, NOW, SHELLY, SWV, XINTAI, answer, words

WORDS = st.integers(0, 0xFFFF)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["ON", "OFF"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TIMES = st.none() | st.integers(-3600, 3600).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(WORDS)
def test_what_is_not_documented_as_off_is_not_off(value: int) -> None:
    """A relay register reads as off only at 0, valve bits only at 2 without 1 and 4; all else is something else."""
    relay = decode_look(DDS238, words(DDS238, {0x001A: value}), NOW).shown_state
    assert (relay in OFF_STATES) is (value == 0)
    valve = decode_look(XINTAI, words(XINTAI, {0x001C: value}), NOW).shown_state
    assert (valve in OFF_STATES) is (value & 0b111 == 0b010)


@given(st.lists(WORDS, min_size=0x20, max_size=0x20), TIMES)
def test_an_echo_never_sets_the_state_of_a_register(image: list[int], after: datetime | None) -> None:
    """Whatever the DDS238 sends, its state stays unknown: its only state point may echo."""
    seen = decode_look(DDS238, words(DDS238, dict(enumerate(image))), NOW, after)
    assert seen.state is SupplyState.UNKNOWN


@given(JSON, JSON, TIMES, TIMES, TIMES)
def test_an_echo_never_sets_the_state_of_a_message(
    state: object, flow: object, changed: datetime | None, flow_changed: datetime | None, after: datetime | None
) -> None:
    """Whatever the bridge sends and whenever, its state stays unknown, and no old flow becomes evidence."""
    times = {"/state": changed, "/flow": flow_changed}
    known = {pointer: time for pointer, time in times.items() if time is not None}
    seen = decode_look(SWV, answer(SWV, {"state": state, "flow": flow}, known), NOW, after)
    assert seen.state is SupplyState.UNKNOWN
    assert (seen.echo_state in OFF_STATES) <= (state == "OFF")
    if flow_changed is None or (after is not None and flow_changed <= after):
        assert seen.load is None


@given(JSON, JSON, JSON, JSON)
def test_decoding_a_message_never_fails(whole: object, output: object, power: object, errors: object) -> None:
    """Any JSON at all is decoded; off is only an output that is false."""
    decode_look(SHELLY, answer(SHELLY, whole), NOW, EARLIER)
    message = {"src": output, "result": {"output": output, "apower": power, "current": 0, "errors": errors}}
    seen = decode_look(SHELLY, answer(SHELLY, message), NOW, EARLIER)
    assert (seen.state in OFF_STATES) is (output is False)
    number = isinstance(power, int | float) and not isinstance(power, bool)
    assert (seen.load is False) <= number


@given(st.lists(WORDS, min_size=28, max_size=28))
def test_decoding_registers_never_fails(image: list[int]) -> None:
    """Any register image is decoded, floats that are no numbers included."""
    decode_look(XINTAI, words(XINTAI, {address + 1: value for address, value in enumerate(image)}), NOW, EARLIER)


def test_every_planned_read_keeps_to_the_line_s_limits() -> None:
    """No shipped profile asks for more words than it says the device answers."""
    for profile in (DDS238, XINTAI):
        assert profile.line is not None
        for question in plan_look(profile, "1"):
            assert isinstance(question, ModbusRead)
            assert question.count <= profile.line.max_words
