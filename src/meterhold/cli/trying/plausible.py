"""What a measured value may be. Outside of this it is rather the profile that is wrong: scale, order or address."""

from collections.abc import Mapping
from decimal import Decimal

from meterhold.domain.words import Quantity

_RANGES: Mapping[Quantity, tuple[str, str]] = {
    Quantity.ENERGY_IMPORT_KWH: ("0", "10000000"),
    Quantity.ENERGY_EXPORT_KWH: ("0", "10000000"),
    Quantity.ENERGY_TOTAL_KWH: ("0", "10000000"),
    Quantity.VOLTAGE_V: ("80", "300"),
    Quantity.CURRENT_A: ("-200", "200"),
    Quantity.POWER_W: ("-100000", "100000"),
    Quantity.FREQUENCY_HZ: ("45", "65"),
    Quantity.VOLUME_M3: ("0", "10000000"),
    Quantity.VOLUME_REVERSE_M3: ("0", "10000000"),
    Quantity.FLOW_M3_H: ("-100", "100"),
    Quantity.PRESSURE_MPA: ("0", "2.5"),
    Quantity.TEMPERATURE_C: ("-40", "90"),
    Quantity.BATTERY_V: ("1.5", "30"),
    Quantity.BATTERY_PERCENT: ("0", "100"),
}
_MARGIN = Decimal("1.2")
_NOISE_W = Decimal(10)


def doubt(quantity: Quantity, value: Decimal) -> str | None:
    """Say why a value can hardly be right, if so."""
    least, most = _RANGES[quantity]
    if Decimal(least) <= value <= Decimal(most):
        return None
    return f"implausible: not within {least} to {most} {quantity.unit}; is the scale, order, type or address right?"


def power_doubt(measured: Mapping[Quantity, Decimal]) -> str | None:
    """Say whether power is more than voltage and current can make, where one phase gives all three."""
    voltage, current, power = (
        measured.get(quantity) for quantity in (Quantity.VOLTAGE_V, Quantity.CURRENT_A, Quantity.POWER_W)
    )
    if voltage is None or current is None or power is None:
        return None
    if abs(power) <= abs(voltage * current) * _MARGIN + _NOISE_W:
        return None
    return f"implausible: {power} W is more than {voltage} V times {current} A; is one of their scales wrong?"
