"""Modbus: words to and from meters. With ``mqtt``, the only place that knows a wire library."""

from meterhold.drivers.modbus.framing import Framing
from meterhold.drivers.modbus.line import ModbusLine

__all__ = ["Framing", "ModbusLine"]
