"""The drivers behind the configured links."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from meterhold.documents.config import LinkSection, ModbusLink, MqttLink
from meterhold.drivers.links import Link, SiteLinks
from meterhold.drivers.modbus import Allowance, Framing, ModbusLine, Parity, Peer, SerialPort, TcpPeer, TlsPeer
from meterhold.drivers.mqtt import BrokerLink, MqttVersion
from meterhold.drivers.shards import shard_names
from meterhold.drivers.tls import client_context
from meterhold.settings import credentials_of
from meterhold.usecases.ports import Clock


def _nobody(_link: str, _topic: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who is told what comes by itself: the configured link and the topic."""

    message: Callable[[str, str], None] = _nobody
    """A state message was taken in."""
    retained_command: Callable[[str, str], None] = _nobody
    """Somebody has left a command at the broker, which repeats it whenever the device connects."""


def make_links(links: Mapping[str, LinkSection], clock: Clock, random: Random, ears: Ears) -> SiteLinks:
    """The drivers of a whole site; they connect when they are started or used."""
    allowances = _allowances([link for link in links.values() if isinstance(link, ModbusLink)])
    drivers: dict[str, dict[str, Link]] = {}
    for name, link in links.items():
        match link:
            case ModbusLink():
                drivers[name] = {name: _line(name, link, clock, allowances.get(link.host or ""))}
            case MqttLink():
                drivers[name] = _shards(name, link, clock, random, ears)
    return SiteLinks(drivers)


def make_link(name: str, link: LinkSection, clock: Clock, random: Random) -> Link:
    """The driver behind one link alone; of a divided broker, one shard."""
    match link:
        case ModbusLink():
            return _line(name, link, clock, None)
        case MqttLink():
            alone = link.model_copy(update={"shards": 1})
            return _shards(name, alone, clock, random, Ears())[name]


def _allowances(links: Sequence[ModbusLink]) -> dict[str, Allowance]:
    """One for each host that several links lead to, or whose limit is said: a meter's profile may know a lower one."""
    hosts = Counter(link.host for link in links if link.host is not None)
    limits = {link.host: link.max_connections for link in links if link.max_connections is not None}
    return {
        host: Allowance(limits.get(host) or number, fixed=host in limits)
        for host, number in hosts.items()
        if number > 1 or host in limits
    }


def _line(name: str, link: ModbusLink, clock: Clock, allowance: Allowance | None) -> ModbusLine:
    return ModbusLine(
        name,
        peer=_peer(name, link),
        timeout_s=link.timeout_s,
        clock=clock,
        gap_s=link.gap_s,
        turnaround_s=link.turnaround_ms / 1000,
        connect_timeout_s=link.connect_timeout_s,
        close_after_use=link.close_after_use,
        allowance=allowance,
        said=frozenset(link.model_fields_set),
        echoes_transaction_id=link.echoes_transaction_id,
        quiet_s=link.late_reply_s,
    )


def _peer(name: str, link: ModbusLink) -> Peer:
    serial = link.serial
    if serial is not None:
        return SerialPort(serial.device, serial.baud, Parity(serial.parity), serial.stop_bits)
    if link.host is None:
        raise AssertionError("the configuration asks for a host or a serial port")
    if link.tls is not None:
        return TlsPeer(link.host, link.port, client_context(name, link.tls), link.tls.server_name)
    return TcpPeer(link.host, link.port, Framing(link.framing))


def _shards(name: str, link: MqttLink, clock: Clock, random: Random, ears: Ears) -> dict[str, Link]:
    credentials = credentials_of(name, link)
    tls = None if link.tls is None else client_context(name, link.tls)
    names = shard_names(name, link.shards)
    made: dict[str, Link] = {}
    for number, shard in enumerate(names):
        # A broker throws out a client for another of its name, and what is said to one shard is not for the others.
        ours = ("", "") if len(names) == 1 else (f"-{number}", f"/{number}")
        made[shard] = BrokerLink(
            shard,
            host=link.host,
            port=link.port,
            client_id=link.client_id + ours[0],
            topic_prefix=link.topic_prefix + ours[1],
            clock=clock,
            random=random,
            protocol=MqttVersion(link.protocol),
            tls=tls,
            server_name=None if link.tls is None else link.tls.server_name,
            username=credentials.username,
            password=credentials.password,
            keepalive_s=link.keepalive_s,
            timeout_s=link.timeout_s,
            width=link.width,
            on_message=partial(ears.message, name),
            on_retained_command=partial(ears.retained_command, name),
        )
    return made
