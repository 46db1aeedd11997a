"""Settings kept: what of a meter's configuration a profile names, how it is asked for, and how it is written."""

from meterhold.domain.kept_settings import Setting, SettingChanged, changed
from meterhold.profiles import decode_settings, parse_profile, plan_look, plan_settings
from meterhold.profiles.wire import Document, ModbusRead, MqttAsk, Table, Words
from tests.unit.profiles.replies import DDS238, NOW, PROFILES, SHELLY

LX47LE, NEPTUN = PROFILES["lingxun-lx47le-125"], PROFILES["neptun-smart"]
OF_ALL_KINDS = """
profile: of-all-kinds
version: 1
title: A meter
service: electricity
wire: modbus
source: none
tried_on: simulators
line: {max_words: 4, max_hole: 1}
points:
  relay: {table: holding, address: 1, type: u16}
identity: {strength: none}
state:
  - {point: relay, evidence: driver, decode: [{equals: 0, state: disconnected}, {equals: 1, state: connected}]}
settings:
  points:
    name: {table: holding, address: 10, type: ascii, words: 2}
    locked: {table: coil, address: 3, type: bit}
    limit: {table: holding, address: 13, type: f32, unit: kW}
timing: {settle_s: 1, poll_s: 1, travel_s: 3, interlock_recheck_s: 60}
"""


def test_a_look_asks_for_no_settings() -> None:
    """They have reads of their own: what every turn asks stays as it was."""
    asked = {(read.table, read.address) for read in plan_look(LX47LE, "1") if isinstance(read, ModbusRead)}
    assert plan_settings(LX47LE, "1") == (ModbusRead(1, Table.HOLDING, 2, 3),)
    assert not any(table is Table.HOLDING for table, _ in asked)


def test_a_profile_without_settings_asks_nothing() -> None:
    """Nothing is read that nobody named."""
    assert plan_settings(DDS238, "1") == ()
    assert decode_settings(DDS238, []) == ()


def test_registers_are_written_in_their_unit() -> None:
    """Thresholds of the breaker, exact and with their units."""
    (read,) = plan_settings(LX47LE, "1")
    assert isinstance(read, ModbusRead)
    assert decode_settings(LX47LE, [Words(read, (275, 160, 6300), NOW)]) == (
        Setting("over_voltage", "275", "V"),
        Setting("under_voltage", "160", "V"),
        Setting("over_current", "63.00", "A"),
    )


def test_a_message_brings_all_settings() -> None:
    """One correlated question; what has another type than it should is not told."""
    (asked,) = plan_settings(SHELLY, "plug-7")
    assert isinstance(asked, MqttAsk)
    assert (asked.topic, '"Switch.GetConfig"' in asked.payload) == ("plug-7/rpc", True)
    told = {"result": {"initial_state": "restore_last", "auto_on": False, "auto_off": "no"}}
    assert decode_settings(SHELLY, [Document(asked, told, NOW)]) == (
        Setting("initial_state", "restore_last"),
        Setting("auto_on", "false"),
        Setting("auto_off", None),
    )


def test_text_flags_and_floats_can_be_settings() -> None:
    """Each kind has one way to be written, so that two readings can be compared; a silent read gives no value."""
    profile = parse_profile(OF_ALL_KINDS, "of-all-kinds")
    reads = [read for read in plan_settings(profile, "1") if isinstance(read, ModbusRead)]
    assert [(read.table, read.address, read.count) for read in reads] == [
        (Table.COIL, 3, 1),
        (Table.HOLDING, 10, 2),
        (Table.HOLDING, 13, 2),
    ]
    flag, name, limit = reads
    replies = [Words(flag, (1,), NOW), None, Words(limit, (0x3F0C, 0xCCCD), NOW)]
    assert decode_settings(profile, replies) == (
        Setting("name", None),
        Setting("locked", "true"),
        Setting("limit", "0.55", "kW"),
    )
    assert decode_settings(profile, [None, Words(name, (0x4142, 0x4300), NOW), None])[0] == Setting("name", "ABC")


def test_a_water_profile_keeps_what_its_registers_mean() -> None:
    """With another step of its counter the same water makes another register."""
    assert [question for question in plan_settings(NEPTUN, "240") if isinstance(question, ModbusRead)] == [
        ModbusRead(240, Table.HOLDING, 123, 2)
    ]


def test_only_what_was_told_at_both_ends_can_differ() -> None:
    """A value that nobody read is no change."""
    before = (Setting("a", "1", "V"), Setting("b", "2"), Setting("c", None), Setting("gone", "4"))
    after = (Setting("a", "9", "V"), Setting("b", "2"), Setting("c", "3"), Setting("new", "5"), Setting("d", None))
    (one,) = changed(before, after)
    assert one == SettingChanged("a", "1", "9", "V")
    assert str(one) == "a was 1 V and is 9 V"
    assert changed(before, tuple(Setting(setting.name, None) for setting in before)) == ()
