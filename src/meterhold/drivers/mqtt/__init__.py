"""MQTT: messages to and from meters. With ``modbus``, the only place that knows a wire library."""

from meterhold.drivers.mqtt.link import BrokerLink
from meterhold.drivers.mqtt.loop import MqttVersion

__all__ = ["BrokerLink", "MqttVersion"]
