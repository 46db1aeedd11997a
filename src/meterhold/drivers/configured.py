"""The driver behind a configured link."""

from random import Random

from meterhold.documents.config import LinkSection, ModbusLink, MqttLink
from meterhold.drivers.links import Link
from meterhold.drivers.modbus import Framing, ModbusLine
from meterhold.drivers.mqtt import BrokerLink, MqttVersion
from meterhold.settings import credentials_of
from meterhold.usecases.ports import Clock


def make_link(name: str, link: LinkSection, clock: Clock, random: Random) -> Link:
    """The driver behind a configured link; it connects when it is started or used."""
    match link:
        case ModbusLink():
            return ModbusLine(
                name,
                host=link.host,
                port=link.port,
                framing=Framing(link.framing),
                timeout_s=link.timeout_s,
                clock=clock,
                gap_s=link.gap_s,
                turnaround_s=link.turnaround_ms / 1000,
                connect_timeout_s=link.connect_timeout_s,
                close_after_use=link.close_after_use,
                echoes_transaction_id=link.echoes_transaction_id,
                quiet_s=link.late_reply_s,
            )
        case MqttLink():
            credentials = credentials_of(name, link)
            return BrokerLink(
                name,
                host=link.host,
                port=link.port,
                client_id=link.client_id,
                topic_prefix=link.topic_prefix,
                clock=clock,
                random=random,
                protocol=MqttVersion(link.protocol),
                username=credentials.username,
                password=credentials.password,
                keepalive_s=link.keepalive_s,
                timeout_s=link.timeout_s,
                width=link.width,
            )
