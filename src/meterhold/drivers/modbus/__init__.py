"""Modbus: words to and from meters. With ``mqtt``, the only place that knows a wire library."""

from meterhold.drivers.modbus.allowance import Allowance
from meterhold.drivers.modbus.framing import Framing
from meterhold.drivers.modbus.line import ModbusLine
from meterhold.drivers.modbus.peers import Parity, Peer, SerialPort, TcpPeer, TlsPeer

__all__ = ["Allowance", "Framing", "ModbusLine", "Parity", "Peer", "SerialPort", "TcpPeer", "TlsPeer"]
