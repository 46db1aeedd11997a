"""What carries words and messages to meters and back. The only importers of pymodbus and paho."""

from meterhold.drivers.links import Link, SiteLinks
from meterhold.drivers.modbus import Framing, ModbusLine, SerialPort, TcpPeer, TlsPeer
from meterhold.drivers.mqtt import BrokerLink, MqttVersion

__all__ = [
    "BrokerLink",
    "Framing",
    "Link",
    "ModbusLine",
    "MqttVersion",
    "SerialPort",
    "SiteLinks",
    "TcpPeer",
    "TlsPeer",
]
