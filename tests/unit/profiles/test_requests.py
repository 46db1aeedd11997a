"""What goes over the wire for the four shipped models, and what an address may be."""

import pytest

from meterhold.domain.errors import Refused
from meterhold.domain.words import Because, SupplyState
from meterhold.profiles import (
    Profile,
    check_address,
    describe,
    plan_latest,
    plan_look,
    plan_writes,
    topics_to_follow,
)
from meterhold.profiles.wire import (
    ByCorrelation,
    ModbusRead,
    ModbusWrite,
    MqttAsk,
    MqttLatest,
    MqttWrite,
    NextMessage,
    Table,
)
from tests.unit.profiles.replies import DDS238, SHELLY, SWV, XINTAI

RPC = ByCorrelation("{reply_to}/rpc", "/id", "/error")


@pytest.mark.parametrize(
    ("profile", "target", "frame"),
    [
        (DDS238, SupplyState.DISCONNECTED, "unit 1: 10 00 1A 00 01 02 00 00"),
        (DDS238, SupplyState.CONNECTED, "unit 1: 10 00 1A 00 01 02 00 01"),
        (XINTAI, SupplyState.DISCONNECTED, "unit 1: 06 00 1C 00 02"),
        (XINTAI, SupplyState.CONNECTED, "unit 1: 06 00 1C 00 01"),
    ],
)
def test_modbus_commands_are_the_documented_frames(profile: Profile, target: SupplyState, frame: str) -> None:
    """Each command is one write, byte for byte what the device's documents show."""
    assert [describe(write) for write in plan_writes(profile, target, "1")] == [frame]


def test_the_dds238_is_never_written_with_function_06() -> None:
    """The DDS238 understands only function 16, and says with exception 02 that it has no relay."""
    (write,) = plan_writes(DDS238, SupplyState.DISCONNECTED, "17")
    assert write == ModbusWrite(17, 16, 0x001A, (0,), {2: Because.NOT_CAPABLE})


def test_shelly_command_is_correlated() -> None:
    """A Shelly command names its state, and its reply comes to a topic of its own."""
    (write,) = plan_writes(SHELLY, SupplyState.DISCONNECTED, "shellypro1pm-aabbcc")
    payload = '{"id":{request_id},"src":"{reply_to}","method":"Switch.Set","params":{"id":0,"on":false}}'
    assert write == MqttWrite("shellypro1pm-aabbcc/rpc", payload, RPC)


def test_swv_command_has_no_reply() -> None:
    """Of a Zigbee2MQTT command only the broker's receipt is known."""
    (write,) = plan_writes(SWV, SupplyState.CONNECTED, "zigbee2mqtt/valve-17")
    assert write == MqttWrite("zigbee2mqtt/valve-17/set", '{"state":"ON"}')
    assert describe(write) == 'zigbee2mqtt/valve-17/set {"state":"ON"}'


def test_dds238_look_takes_two_reads() -> None:
    """The measured block and the relay, without the unknown registers between them."""
    assert plan_look(DDS238, "1") == (
        ModbusRead(1, Table.HOLDING, 0x0000, 15),
        ModbusRead(1, Table.HOLDING, 0x001A, 1),
    )


def test_xintai_look_takes_one_read() -> None:
    """The block that the vendor documents, in one request."""
    assert plan_look(XINTAI, "247") == (ModbusRead(247, Table.HOLDING, 0x0001, 28),)


def test_mqtt_looks_take_one_exchange() -> None:
    """A Shelly answers everything at once; a Zigbee valve answers with its next message."""
    status = '{"id":{request_id},"src":"{reply_to}","method":"Switch.GetStatus","params":{"id":0}}'
    assert plan_look(SHELLY, "s-1") == (MqttAsk("s-1/rpc", status, RPC),)
    assert plan_look(SWV, "z/v") == (MqttAsk("z/v/get", '{"state":""}', NextMessage("z/v")),)


def test_only_the_sleepy_valve_may_be_judged_by_its_last_message() -> None:
    """Where a device may not answer in time, what it last said can be looked at; nowhere else."""
    assert plan_latest(SWV, "z/v") == (MqttLatest("z/v"),)
    assert plan_latest(SHELLY, "s-1") == ()
    assert plan_latest(XINTAI, "1") == ()


def test_topics_to_follow() -> None:
    """State topics are followed where messages come without being asked for."""
    assert topics_to_follow(SWV, "z/v") == ("z/v",)
    assert topics_to_follow(SHELLY, "s-1") == ()
    assert topics_to_follow(DDS238, "1") == ()


def test_planning_again_costs_nothing() -> None:
    """A turn that plans the same look again gets the same requests."""
    assert plan_look(XINTAI, "9") is plan_look(XINTAI, "9")


def test_what_a_model_cannot_do_is_refused() -> None:
    """A state that the profile has no command for is refused, not approximated."""
    with pytest.raises(Refused, match="no command for armed") as refused:
        plan_writes(SHELLY, SupplyState.ARMED, "s-1")
    assert refused.value.code is Because.NOT_CAPABLE


@pytest.mark.parametrize("address", ["", "0", "248", "-1", "1.5", "01", "one", "１"])  # noqa: RUF001 -- a digit, but not ours
def test_a_unit_id_is_1_to_247(address: str) -> None:
    """Anything else is refused, above all 0: the broadcast that every meter of the line obeys."""
    assert [fault.field for fault in check_address(DDS238, address)] == ["address"]
    with pytest.raises(Refused):
        plan_look(DDS238, address)
    with pytest.raises(Refused):
        plan_writes(DDS238, SupplyState.DISCONNECTED, address)


@pytest.mark.parametrize("address", ["1", "42", "247"])
def test_a_unit_id_in_range_is_accepted(address: str) -> None:
    """Every unit that a line can have is accepted."""
    assert check_address(DDS238, address) == []


@pytest.mark.parametrize(
    "address", ["", "a/+", "#", "tasmotas", "zigbee2mqtt/bridge", "$SYS/x", "/a", "a//b", 'a"b', "a\nb", "{reply_to}"]
)
def test_a_device_topic_names_one_device(address: str) -> None:
    """Wildcards, group names and anything that could leave its place in a payload are refused."""
    assert check_address(SWV, address)
    with pytest.raises(Refused):
        plan_writes(SWV, SupplyState.DISCONNECTED, address)


def test_all_faults_of_an_address_come_together() -> None:
    """An address with several faults shows them all."""
    assert len(check_address(SHELLY, "/tasmotas/#")) == 3


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (ModbusWrite(3, 5, 1, (1,)), "unit 3: 05 00 01 FF 00"),
        (ModbusWrite(3, 5, 1, (0,)), "unit 3: 05 00 01 00 00"),
        (ModbusWrite(3, 15, 2, (1, 0, 1, 1, 0, 0, 0, 0, 1)), "unit 3: 0F 00 02 00 09 02 0D 01"),
        (ModbusWrite(3, 16, 2, (1, 0xABCD)), "unit 3: 10 00 02 00 02 04 00 01 AB CD"),
    ],
)
def test_every_function_is_described_as_its_bytes(write: ModbusWrite, text: str) -> None:
    """Evidence shows the bytes as they go out, without the checksum."""
    assert describe(write) == text
