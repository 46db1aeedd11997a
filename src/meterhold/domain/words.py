"""The closed vocabularies of the trade, as the orders, the journal and every face spell them."""

from enum import StrEnum


class Service(StrEnum):
    """What a meter meters."""

    ELECTRICITY = "electricity"
    WATER = "water"


class SupplyState(StrEnum):
    """The state of supply at a meter. Never open or close: they mean opposite things for a relay and a valve."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    ARMED = "armed"
    """Ready for reconnection: the customer presses the button. The contacts are still apart."""
    RESTRICTED = "restricted"
    MOVING = "moving"
    FAULT = "fault"
    UNKNOWN = "unknown"


OFF_STATES = frozenset({SupplyState.DISCONNECTED, SupplyState.ARMED, SupplyState.RESTRICTED})
"""States in which a suspension is physically in force."""


class Proof(StrEnum):
    """How strongly an actual state is known, weakest first."""

    NONE = "none"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    STATE_READ = "state_read"
    LOAD_PROVEN = "load_proven"

    @property
    def rank(self) -> int:
        """Position on the scale; higher is stronger."""
        return _PROOF_RANK[self]


_PROOF_RANK = {level: rank for rank, level in enumerate(Proof)}


class Evidence(StrEnum):
    """What kind of thing a point tells."""

    ECHO = "echo"
    """May be only the command repeated."""
    DRIVER = "driver"
    """A limit switch, a contact position, what the device believes of its own actuator."""
    LOAD = "load"
    """Measured on the customer's side of the switch."""


class Identity(StrEnum):
    """How strongly a look knows which meter answered, weakest first."""

    NONE = "none"
    FINGERPRINT = "fingerprint"
    DEVICE_ID = "device_id"
    SERIAL = "serial"

    @property
    def rank(self) -> int:
        """Position on the scale; higher is stronger."""
        return _IDENTITY_RANK[self]


_IDENTITY_RANK = {level: rank for rank, level in enumerate(Identity)}


class Mode(StrEnum):
    """What a leg does to supply."""

    PHYSICAL = "physical"
    RESTRICT = "restrict"
    MONITOR_ONLY = "monitor_only"


class Reason(StrEnum):
    """Why a hold was asked for. Rules are keyed on it."""

    VACATION = "vacation"
    RELOCATION = "relocation"
    FINANCIAL_HARDSHIP = "financial_hardship"
    SEASONAL = "seasonal"
    CUSTOMER_REQUEST = "customer_request"
    NON_PAYMENT = "non_payment"
    SAFETY = "safety"
    METER_WORK = "meter_work"
    TEST = "test"


STACKING_REASONS = frozenset({Reason.SAFETY, Reason.METER_WORK})
"""Holds for these reasons may lie over another hold, and keep its restore from connecting."""


class Action(StrEnum):
    """What an order asks for."""

    SUSPEND = "suspend"
    RESTORE = "restore"
    AMEND = "amend"
    CANCEL = "cancel"
    CLOSE = "close"


class OrderResult(StrEnum):
    """What became of an order."""

    OPEN = "open"
    DONE = "done"
    REJECTED = "rejected"
    TOO_LATE = "too_late"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


class OnRestore(StrEnum):
    """How supply comes back."""

    CONNECT = "connect"
    ARM = "arm"


class OnPartial(StrEnum):
    """What to do when only some legs could be suspended."""

    KEEP = "keep"
    REVERSE = "reverse"


class Context(StrEnum):
    """Which meters an order may reach."""

    PRODUCTION = "production"
    TEST = "test"


class Flag(StrEnum):
    """What protects a service point."""

    LIFE_SUPPORT = "life_support"
    MEDICAL = "medical"
    FIRE_SERVICE = "fire_service"
    MASTER_METERED = "master_metered"


class Outcome(StrEnum):
    """How an operation ended."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    ARMED = "armed"
    CONTRADICTED = "contradicted"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    IDENTITY_MISMATCH = "identity_mismatch"
    REFUSED_BY_DEVICE = "refused_by_device"
    UNREACHABLE = "unreachable"
    UNRESOLVED = "unresolved"
    REVERTED = "reverted"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Because(StrEnum):
    """Causes and refusal codes: the one closed list that every face uses."""

    UNKNOWN_METER = "UNKNOWN_METER"
    UNKNOWN_HOLD = "UNKNOWN_HOLD"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    METER_MISMATCH = "METER_MISMATCH"
    NOT_COMMISSIONED = "NOT_COMMISSIONED"
    NOT_CAPABLE = "NOT_CAPABLE"
    ALREADY_IN_STATE = "ALREADY_IN_STATE"
    DUPLICATE_ORDER = "DUPLICATE_ORDER"
    CONFLICTING_ORDER = "CONFLICTING_ORDER"
    HOLD_STATUS = "HOLD_STATUS"
    MALFORMED = "MALFORMED"
    CONTEXT = "CONTEXT"
    POLICY_WEATHER = "POLICY_WEATHER"
    POLICY_CALENDAR = "POLICY_CALENDAR"
    POLICY_HOURS = "POLICY_HOURS"
    POLICY_NOTICE = "POLICY_NOTICE"
    PROTECTED_CUSTOMER = "PROTECTED_CUSTOMER"
    FIRE_SERVICE = "FIRE_SERVICE"
    TECHNICIAN_LOCK = "TECHNICIAN_LOCK"
    INHIBITED = "INHIBITED"
    CLOCK = "CLOCK"
    LOCAL_CONTROL = "LOCAL_CONTROL"
    LOAD_SIDE_VOLTAGE = "LOAD_SIDE_VOLTAGE"
    LOAD_TOO_HIGH = "LOAD_TOO_HIGH"
    LEAK_ON_RESTORE = "LEAK_ON_RESTORE"
    BATTERY_LOW = "BATTERY_LOW"
    TEMPERATURE = "TEMPERATURE"
    NO_MOVEMENT = "NO_MOVEMENT"
    INTERMEDIATE_POSITION = "INTERMEDIATE_POSITION"
    VERIFY_MISMATCH = "VERIFY_MISMATCH"
    NO_EVIDENCE = "NO_EVIDENCE"
    COMM_TIMEOUT = "COMM_TIMEOUT"
    DEVICE_OFFLINE = "DEVICE_OFFLINE"
    DEVICE_REFUSED = "DEVICE_REFUSED"
    BUS_BUSY = "BUS_BUSY"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    BULK = "BULK"
    """Many at once: they wait for a second person together."""
    BULK_LIMIT = "BULK_LIMIT"
    EXPIRED = "EXPIRED"
    BACKDATED = "BACKDATED"
    HELD_BY = "HELD_BY"
    FOUND_OFF = "FOUND_OFF"
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"
    WELDED = "WELDED"
    LEAKING = "LEAKING"
    EMPTY_PIPE = "EMPTY_PIPE"
    TRIPPED = "TRIPPED"
    POISONED = "POISONED"
    RETAINED_COMMAND = "RETAINED_COMMAND"
    PACED = "PACED"
    VALVES_MOVING = "VALVES_MOVING"
    WITNESS_CONTRADICTED = "WITNESS_CONTRADICTED"
    MORATORIUM = "MORATORIUM"
    POLICY_LENGTH = "POLICY_LENGTH"
    POLICY_FORBIDS = "POLICY_FORBIDS"
    POLICY_APPROVAL = "POLICY_APPROVAL"
    INSPECTION_DUE = "INSPECTION_DUE"
    LOAD_CAP = "LOAD_CAP"
    SIGNATURE = "SIGNATURE"
    NAME_TAKEN = "NAME_TAKEN"
    ISSUER_UNAVAILABLE = "ISSUER_UNAVAILABLE"
    SUPPLY_BACK = "SUPPLY_BACK"
    STATE_DRIFT = "STATE_DRIFT"
    USAGE_WHILE_HELD = "USAGE_WHILE_HELD"
    REGISTER_BACKWARDS = "REGISTER_BACKWARDS"
    METER_REPLACED = "METER_REPLACED"
    ARMED = "ARMED"
    DEVICE_SILENT = "DEVICE_SILENT"
    SETTINGS_CHANGED = "SETTINGS_CHANGED"
    LOCK_REVIEW = "LOCK_REVIEW"
    CHECKPOINTS_UNUSABLE = "CHECKPOINTS_UNUSABLE"
    STORE_NEARLY_FULL = "STORE_NEARLY_FULL"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"


class Decision(StrEnum):
    """What a person may decide on an attention item."""

    RETRY = "retry"
    ACCEPT_AS_IS = "accept_as_is"
    FIELD_VISIT = "field_visit"
    RESTORE = "restore"


class Quality(StrEnum):
    """How good a register value is."""

    ACTUAL = "actual"
    UNDATED = "undated"
    """The device gave no sign of when it measured this: it may be a cached value."""


class Moment(StrEnum):
    """Which end of a hold a register belongs to."""

    BEFORE_SUSPEND = "before_suspend"
    AFTER_SUSPEND = "after_suspend"
    BEFORE_RESTORE = "before_restore"
    AFTER_RESTORE = "after_restore"


class Quantity(StrEnum):
    """What a point measures; the unit is in the name, so a map cannot disagree with a screen."""

    ENERGY_IMPORT_KWH = "energy_import_kwh"
    ENERGY_EXPORT_KWH = "energy_export_kwh"
    ENERGY_TOTAL_KWH = "energy_total_kwh"
    VOLTAGE_V = "voltage_v"
    CURRENT_A = "current_a"
    POWER_W = "power_w"
    FREQUENCY_HZ = "frequency_hz"
    VOLUME_M3 = "volume_m3"
    VOLUME_REVERSE_M3 = "volume_reverse_m3"
    FLOW_M3_H = "flow_m3_h"
    PRESSURE_MPA = "pressure_mpa"
    TEMPERATURE_C = "temperature_c"
    BATTERY_V = "battery_v"
    BATTERY_PERCENT = "battery_percent"

    @property
    def unit(self) -> str:
        """The unit as billing writes it."""
        return _UNITS[self]


_UNITS = {
    Quantity.ENERGY_IMPORT_KWH: "kWh",
    Quantity.ENERGY_EXPORT_KWH: "kWh",
    Quantity.ENERGY_TOTAL_KWH: "kWh",
    Quantity.VOLTAGE_V: "V",
    Quantity.CURRENT_A: "A",
    Quantity.POWER_W: "W",
    Quantity.FREQUENCY_HZ: "Hz",
    Quantity.VOLUME_M3: "m3",
    Quantity.VOLUME_REVERSE_M3: "m3",
    Quantity.FLOW_M3_H: "m3/h",
    Quantity.PRESSURE_MPA: "MPa",
    Quantity.TEMPERATURE_C: "degC",
    Quantity.BATTERY_V: "V",
    Quantity.BATTERY_PERCENT: "%",
}
