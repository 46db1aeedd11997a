"""Sockets and frames: Modbus encoded by hand, MQTT through aiomqtt."""
