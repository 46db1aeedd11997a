"""Every fault a simulated meter can have: one table, one small idea a row, settable live and in the fleet file.

Times are simulated seconds. What befalls the world rather than the meter (a changed load, another meter in the
socket, an energy register set back, two units swapped) is an action of the fleet, not a fault.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Model(StrEnum):
    """The meter models that are simulated."""

    DDS238 = "dds238"
    XINTAI = "xintai"
    SHELLY_1PM = "shelly_1pm"
    SWV = "swv"
    LX47LE = "lx47le"
    NEPTUN = "neptun"
    WB_MWAC = "wb_mwac"
    ACTI9 = "acti9"
    ABB_A43 = "abb_a43"
    TASMOTA = "tasmota"
    HA_VALVE = "ha_valve"
    UC511 = "uc511"
    STREGA = "strega"
    DERIVED = "derived"
    """Made from a profile alone: it is what the profile believes, and evidence of nothing."""


class Fc06(StrEnum):
    """How a DDS238 meets a single-register write; which of the first two is right is not known."""

    EXCEPTION = "exception"
    SILENT = "silent"
    ACCEPTED = "accepted"


class Applies(frozenset[Model]):
    """The models for which a fault means something; it stands in the fault's annotation."""

    __slots__ = ()


EVERY = Applies(Model)
MODBUS = Applies({Model.DDS238, Model.XINTAI, Model.LX47LE, Model.NEPTUN, Model.WB_MWAC, Model.ACTI9, Model.ABB_A43})
MQTT = Applies({Model.SHELLY_1PM, Model.SWV, Model.TASMOTA, Model.HA_VALVE, Model.UC511, Model.STREGA})
LORA = Applies({Model.UC511, Model.STREGA})
TASMOTA = Applies({Model.TASMOTA})
UC511 = Applies({Model.UC511})
RELAY = Applies({Model.DDS238, Model.SHELLY_1PM, Model.LX47LE, Model.ACTI9, Model.ABB_A43, Model.TASMOTA})
VALVE = Applies({Model.XINTAI, Model.SWV, Model.NEPTUN, Model.WB_MWAC, Model.HA_VALVE, Model.UC511, Model.STREGA})
BATTERY = Applies({Model.XINTAI, Model.SWV, Model.NEPTUN, Model.UC511, Model.STREGA})
DDS238 = Applies({Model.DDS238})
XINTAI = Applies({Model.XINTAI})
SHELLY = Applies({Model.SHELLY_1PM})
SWV = Applies({Model.SWV})
LX47LE = Applies({Model.LX47LE})
NEPTUN = Applies({Model.NEPTUN})
WB_MWAC = Applies({Model.WB_MWAC})
ACTI9 = Applies({Model.ACTI9})
ABB_A43 = Applies({Model.ABB_A43})
LEAK_GUARD = Applies({Model.NEPTUN, Model.WB_MWAC})
SETTABLE = Applies({Model.LX47LE, Model.SHELLY_1PM, Model.NEPTUN})

NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Byte = Annotated[int, Field(ge=1, le=0xFF)]
TripReason = Annotated[int, Field(ge=1, le=6)]


class Faults(BaseModel):
    """The faults of one meter; none by default."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    # What the mechanism does wrong.
    welded: Annotated[bool, RELAY] = False
    """The contacts stay together: the armature moves and says so, the current stays."""
    set_otherwise: Annotated[bool, SETTABLE] = False
    """Somebody has set it otherwise: half the over-current, on after a power cut, another step of its counters."""
    no_settings: Annotated[bool, LX47LE] = False
    """Another firmware: its settings are answered with exception 02."""
    local_trip: Annotated[bool, RELAY] = False
    """A breaker behind the relay has tripped: no supply, whatever is commanded."""
    load_falls_after_s: Annotated[NotNegative, RELAY] = 0.0
    """The current falls this long after the relay has moved."""
    backfeed_v: Annotated[NotNegative, RELAY] = 0.0
    """The premises feed this voltage back onto the disconnected load side (visible where voltage_at is load)."""
    jam_at: Annotated[Share | None, VALVE] = None
    """The valve cannot pass this position; the motor runs its time and the end is abnormal."""
    leak_m3_h: Annotated[NotNegative, VALVE] = 0.0
    """The seat leaks: shut by its limit switch, and this much still flows where it is asked for."""
    pipe_empty: Annotated[bool, VALVE] = False
    """No water stands in the pipe: no flow, which proves nothing."""
    low_battery: Annotated[bool, BATTERY] = False
    """The battery is nearly empty, and the meter says so beside its state (Neptun: a wireless sensor's battery)."""
    prepaid_empty: Annotated[bool, XINTAI] = False
    """The prepaid balance is 0: the device disconnects by itself, and acknowledges a reconnect without doing it."""
    local_lock: Annotated[bool, LX47LE] = False
    """A padlock at the breaker: a reconnect is acknowledged and not done."""
    trip_reason: Annotated[TripReason | None, LX47LE] = None
    """The breaker has tripped for this reason; in manual mode a reconnect is then acknowledged and not done."""
    leak_alarm: Annotated[bool, LEAK_GUARD] = False
    """A leak sensor is wet: the device shuts its valves, and acknowledges a reconnect without doing it."""
    sensor_lost: Annotated[bool, NEPTUN] = False
    """A wireless leak sensor is lost; where the device is set so, it shuts its valves as with a leak."""
    sensor_lost_after_read: Annotated[bool, NEPTUN] = False
    """A wireless leak sensor is lost, or found again, right after each look at register 0: between read and write."""
    safe_state_after_s: Annotated[Positive | None, WB_MWAC] = None
    """Nobody has asked anything for this long: the module brings its outputs to their safe state by itself."""
    no_product: Annotated[bool, ACTI9] = False
    """Nothing is connected to the channel: its status says so, and orders stay untaken."""
    degraded: Annotated[bool, ACTI9] = False
    """The module lacks its 24 V: its data are invalid, and say so; orders stay untaken."""
    output_claimed: Annotated[bool, ABB_A43] = False
    """The tariff calendar owns the output: a write is acknowledged and the output stays as it was."""
    delay_actuation_s: Annotated[NotNegative, EVERY] = 0.0
    """The command is taken at once and carried out this much later."""
    flips_back_after_s: Annotated[Positive | None, EVERY] = None
    """A timer in the device reverses each command this long after it was carried out."""
    ack_only: Annotated[bool, EVERY] = False
    """A write is acknowledged and nothing follows: neither state nor mechanism changes (SWV: the echo alone)."""
    echo_only: Annotated[bool, EVERY] = False
    """A write is acknowledged and shown as the new state, and the mechanism never moves."""

    # What the wire does wrong.
    silent: Annotated[bool, EVERY] = False
    """The meter hears nothing and answers nothing."""
    drop_write: Annotated[bool, EVERY] = False
    """A write is lost on its way: the meter never hears it, nobody answers."""
    drop_write_reply: Annotated[bool, EVERY] = False
    """A write is carried out and its answer is lost (SWV: the bridge's echo)."""
    late_reply_s: Annotated[NotNegative, EVERY] = 0.0
    """Every answer comes this late."""
    late_write_reply_s: Annotated[NotNegative, EVERY] = 0.0
    """The answer to a write comes this late, perhaps into the next request."""
    duplicate_reply: Annotated[bool, EVERY] = False
    """Every answer comes twice."""
    exception_on_write: Annotated[Byte | None, MODBUS] = None
    """Every write is refused with this Modbus exception code."""
    exception_on_read: Annotated[Byte | None, MODBUS] = None
    """Every read is refused with this Modbus exception code."""
    answers_as_unit: Annotated[Byte | None, MODBUS] = None
    """Answers carry another unit id than the one asked."""
    wrong_function_reply: Annotated[bool, MODBUS] = False
    """A write is carried out and answered as if it had been a read."""
    wrong_echo: Annotated[bool, MODBUS] = False
    """A write is carried out and its echo names the next register."""
    garbled_reply: Annotated[bool, MODBUS] = False
    """Answers are damaged on the line, as when two meters share a unit id."""
    trickle_reply_s: Annotated[NotNegative, MODBUS] = 0.0
    """Answers come one byte at a time with this pause between."""
    hang_up_on_write: Annotated[bool, MODBUS] = False
    """A write is carried out and the connection is closed instead of an answer."""
    fc06: Annotated[Fc06, DDS238] = Fc06.EXCEPTION
    """How the single-register write is met; the DDS238 understands only FC16."""
    no_relay: Annotated[bool, DDS238] = False
    """The model without a relay: its register is answered with exception 02."""
    map_shift: Annotated[Literal[-1, 0, 1], LX47LE] = 0
    """Another firmware: every input register stands this many addresses further on."""
    not_measured: Annotated[bool, ABB_A43] = False
    """Voltage, current and power are marked as not available: all bits set, or the largest number."""
    offline: Annotated[bool, MQTT] = False
    """The device has lost its network: it answers nothing, and its availability says offline."""
    power_lock: Annotated[bool, TASMOTA] = False
    """PowerLock is set in the device: a command is answered with the state as it was."""
    ack_lost: Annotated[bool, LORA] = False
    """A downlink is obeyed and its radio acknowledgement is lost: the network server says acknowledged false."""
    duplicate_downlink: Annotated[bool, UC511] = False
    """A downlink is delivered twice."""
    uplinks_swapped: Annotated[bool, LORA] = False
    """An uplink is published after the one that follows it."""
    error_reply: Annotated[int | None, SHELLY] = None
    """Switch.Set is refused with this error code, such as -103."""
    wrong_id_reply: Annotated[bool, SHELLY] = False
    """Answers carry the id of another request."""
    no_device_report: Annotated[bool, MQTT] = False
    """The device never reports by itself (SWV: nor when asked; only the bridge's echoes are heard)."""
    echo_looks_fresh: Annotated[bool, SWV] = False
    """The bridge's echo carries a new last_seen, as if the device had just spoken."""


NO_FAULTS = Faults()


def misplaced(model: Model, faults: Faults) -> list[str]:
    """The faults set that mean nothing for this model, as messages."""
    return [
        f"fault {name!r} means nothing for a {model}"
        for name in faults.model_fields_set
        if model not in applies_to(name) and getattr(faults, name) != getattr(NO_FAULTS, name)
    ]


def applies_to(name: str) -> Applies:
    """The models that can have the fault of this name."""
    return next(mark for mark in Faults.model_fields[name].metadata if isinstance(mark, Applies))


def described() -> Mapping[str, str]:
    """Each fault's name and meaning, for help texts."""
    return {name: row.description or "" for name, row in Faults.model_fields.items()}
