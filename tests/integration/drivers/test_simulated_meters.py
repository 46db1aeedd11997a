"""The four shipped profiles through the drivers, against simulators that share no code with them.

The simulators' journal is the referee: whatever happens on the wire, one write of ours is one write there.
"""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from meterhold.clock import SteadyClock
from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.words import Identity, Proof, SupplyState
from meterhold.drivers import BrokerLink, Framing, ModbusLine, SiteLinks, TcpPeer
from meterhold.profiles import Profile, decode_look, follows, load_profiles, plan_look, plan_writes
from meterhold.profiles.wire import Reply
from meterhold_simulators import Fleet, Supply, Truth, parse_fleet
from tests.support.mosquitto import Broker, BrokerFactory

FLEET = {
    "brokers": {"site": {}},
    "listeners": {"rtu": {"framing": "rtu"}, "tcp": {"framing": "mbap"}},
    "bridges": {"zigbee": {"broker": "site"}},
    "meters": [
        {"id": "dds-rtu", "model": "dds238", "listener": "rtu", "unit": 1, "load_w": 900, "energy_kwh": 71.33},
        {"id": "dds-tcp", "model": "dds238", "listener": "tcp", "unit": 1, "load_w": 900, "energy_kwh": 71.33},
        {"id": "xintai", "model": "xintai", "listener": "rtu", "unit": 2, "serial": "2208150042", "demand_m3_h": 0.4}
        | {"travel_s": 0.05},
        {"id": "shelly", "model": "shelly_1pm", "broker": "site", "mac": "A8032ABE54DC", "load_w": 860},
        {"id": "swv", "model": "swv", "bridge": "zigbee", "name": "garden", "ieee": "0x00124b0029f1a002"}
        | {"demand_m3_h": 0.4, "travel_s": 0.05, "report_after_s": 0.01, "flow_report_after_s": 0.02},
    ],
}
METERS = {
    "dds-rtu": ("hiking-dds238-2-zn-sr", "rtu", "1"),
    "dds-tcp": ("hiking-dds238-2-zn-sr", "tcp", "1"),
    "xintai": ("kaifeng-xintai-valve", "rtu", "2"),
    "shelly": ("shelly-plus-pro-1pm", "broker", "shellypro1pm-a8032abe54dc"),
    "swv": ("z2m-sonoff-swv", "broker", "zigbee2mqtt/garden"),
}
ALL = pytest.mark.parametrize("meter_id", list(METERS))


def _is(wanted: Supply, now: Truth) -> bool:
    return now.supply is wanted


@dataclass
class Site:
    """A fleet and the links to it."""

    fleet: Fleet
    links: SiteLinks
    profiles: dict[str, Profile]

    async def look(self, meter_id: str) -> Sequence[Reply]:
        """Read a meter in a turn of its own."""
        profile, link, address = METERS[meter_id]
        async with self.links.turn(link) as turn:
            return [await turn.ask(question) for question in plan_look(self.profiles[profile], address)]

    async def command(self, meter_id: str, target: SupplyState) -> Proof:
        """Write once, in a turn of its own."""
        profile, link, address = METERS[meter_id]
        (write,) = plan_writes(self.profiles[profile], target, address)
        async with self.links.turn(link) as turn:
            return (await turn.write(write)).level

    def accepted(self, meter_id: str) -> int:
        """How many writes reached the meter."""
        return self.fleet.journal.accepted[meter_id]


@asynccontextmanager
async def simulated(broker: Broker, timeout_s: float = 5.0, gap_s: float = 0.002) -> AsyncIterator[Site]:
    """Run the fleet and connect the links."""
    clock = SteadyClock()
    spec = parse_fleet(FLEET).with_broker(broker.host, broker.port)
    profiles = dict(load_profiles())
    async with Fleet.start(spec) as fleet:
        lines = {
            name: ModbusLine(
                name,
                peer=TcpPeer("127.0.0.1", fleet.ports[name], framing),
                timeout_s=timeout_s,
                gap_s=gap_s,
                clock=clock,
            )
            for name, framing in {"rtu": Framing.RTU_OVER_TCP, "tcp": Framing.TCP}.items()
        }
        link = BrokerLink(
            "broker",
            host=broker.host,
            port=broker.port,
            client_id="gateway",
            topic_prefix="gateway/replies",
            clock=clock,
            random=random.Random(1),
            timeout_s=timeout_s,
        )
        links = SiteLinks({**lines, "broker": link})
        for profile, name, address in METERS.values():
            if name == "broker":
                link.follow(follows(profiles[profile], address))
        await links.start()
        await link.wait_up()
        yield Site(fleet, links, profiles)
        await links.stop()


@ALL
async def test_each_meter_is_switched_off_and_on_with_one_write_each(
    broker_factory: BrokerFactory, meter_id: str
) -> None:
    """The relay or valve moves, the meter shows it, and the referee counted one write a direction."""
    async with simulated(broker_factory()) as site:
        profile = site.profiles[METERS[meter_id][0]]
        for number, (target, truth) in enumerate(
            [(SupplyState.DISCONNECTED, Supply.DISCONNECTED), (SupplyState.CONNECTED, Supply.CONNECTED)], start=1
        ):
            level = await site.command(meter_id, target)
            assert level is (Proof.SENT if meter_id == "swv" else Proof.ACKNOWLEDGED)
            await site.fleet.wait_until(meter_id, partial(_is, truth))
            replies = await site.look(meter_id)
            seen = decode_look(profile, replies, replies[-1].at)
            assert target in {seen.state, seen.echo_state}
            assert site.accepted(meter_id) == number


@ALL
async def test_a_look_knows_the_meter_as_well_as_its_model_allows(broker_factory: BrokerFactory, meter_id: str) -> None:
    """The serial or device id comes with the same replies as the state."""
    expected = {"xintai": Identity.SERIAL, "shelly": Identity.DEVICE_ID, "swv": Identity.DEVICE_ID}
    async with simulated(broker_factory()) as site:
        profile = site.profiles[METERS[meter_id][0]]
        replies = await site.look(meter_id)
        seen = decode_look(profile, replies, replies[-1].at)
        assert seen.identity.strength is expected.get(meter_id, Identity.FINGERPRINT)


@ALL
@pytest.mark.parametrize("fault", ["silent", "drop_write", "drop_write_reply"])
async def test_silence_leaves_the_outcome_unknown_and_at_most_one_write(
    broker_factory: BrokerFactory, meter_id: str, fault: str
) -> None:
    """Whether the write was lost or its answer, we do not know, and we do not repeat it."""
    async with simulated(broker_factory(), timeout_s=0.3) as site:
        await site.look(meter_id)
        site.fleet.set_fault(meter_id, fault)
        if meter_id == "swv":
            # Nothing is correlated here: the broker's receipt is all there is.
            assert await site.command(meter_id, SupplyState.DISCONNECTED) is Proof.SENT
        else:
            with pytest.raises(OutcomeUnknown):
                await site.command(meter_id, SupplyState.DISCONNECTED)
        site.fleet.clear_faults(meter_id)
        await site.look(meter_id)
        assert site.accepted(meter_id) <= 1


@pytest.mark.parametrize("meter_id", ["dds-rtu", "dds-tcp", "xintai"])
async def test_a_late_echo_of_a_real_line_never_shows_a_false_state(
    broker_factory: BrokerFactory, meter_id: str
) -> None:
    """The write's answer comes after its time-out; the next look takes nothing from it and tells the truth."""
    async with simulated(broker_factory(), timeout_s=0.2) as site:
        site.fleet.set_fault(meter_id, "late_write_reply_s", 0.3)
        with pytest.raises(OutcomeUnknown):
            await site.command(meter_id, SupplyState.DISCONNECTED)
        truth = await site.fleet.wait_until(meter_id, lambda now: now.supply is not Supply.MOVING)
        replies = await site.look(meter_id)
        seen = decode_look(site.profiles[METERS[meter_id][0]], replies, replies[-1].at)
        shown = seen.state if seen.state is not SupplyState.UNKNOWN else seen.echo_state
        assert shown is not None
        assert shown.value == truth.supply.value
        assert site.accepted(meter_id) == 1


@pytest.mark.parametrize("meter_id", ["dds-rtu", "dds-tcp", "xintai"])
@pytest.mark.parametrize("fault", ["wrong_function_reply", "wrong_echo", "garbled_reply", "hang_up_on_write"])
async def test_a_wrong_answer_to_a_write_proves_nothing(
    broker_factory: BrokerFactory, meter_id: str, fault: str
) -> None:
    """The write may have been carried out; the answer does not say so."""
    async with simulated(broker_factory(), timeout_s=0.2) as site:
        await site.look(meter_id)
        site.fleet.set_fault(meter_id, fault)
        with pytest.raises(OutcomeUnknown):
            await site.command(meter_id, SupplyState.DISCONNECTED)
        assert site.accepted(meter_id) <= 1


@pytest.mark.parametrize("meter_id", ["dds-rtu", "xintai"])
async def test_a_doubled_reply_does_not_put_a_line_out_of_step(broker_factory: BrokerFactory, meter_id: str) -> None:
    """Every answer comes twice; each look still gets its own."""
    async with simulated(broker_factory(), gap_s=0.02) as site:
        site.fleet.set_fault(meter_id, "duplicate_reply")
        for _ in range(3):
            await site.look(meter_id)
        assert await site.command(meter_id, SupplyState.DISCONNECTED) is Proof.ACKNOWLEDGED
        await site.look(meter_id)
        assert site.accepted(meter_id) == 1


async def test_a_reply_that_trickles_in_has_one_deadline_for_all_of_it(broker_factory: BrokerFactory) -> None:
    """Single bytes do not keep a request alive for ever."""
    async with simulated(broker_factory(), timeout_s=0.3) as site:
        site.fleet.set_fault("dds-tcp", "trickle_reply_s", 0.2)
        with pytest.raises(NoAnswer):
            await site.look("dds-tcp")


async def test_a_neighbours_answer_is_no_answer(broker_factory: BrokerFactory) -> None:
    """Unit 9 answers in unit 1's place."""
    async with simulated(broker_factory(), timeout_s=0.2) as site:
        site.fleet.set_fault("dds-tcp", "answers_as_unit", 9)
        with pytest.raises(NoAnswer):
            await site.look("dds-tcp")


async def test_a_shellys_refusal_and_a_strangers_reply(broker_factory: BrokerFactory) -> None:
    """Its error is a certain no; a reply with another id is nobody's."""
    async with simulated(broker_factory(), timeout_s=0.3) as site:
        site.fleet.set_fault("shelly", "error_reply", -103)
        with pytest.raises(MeterRefused) as refused:
            await site.command("shelly", SupplyState.DISCONNECTED)
        assert refused.value.code == -103
        site.fleet.clear_faults("shelly")
        site.fleet.set_fault("shelly", "wrong_id_reply")
        with pytest.raises(OutcomeUnknown):
            await site.command("shelly", SupplyState.DISCONNECTED)


async def test_a_line_that_hangs_up_is_connected_again(broker_factory: BrokerFactory) -> None:
    """An idle connection that the far end closed costs nothing."""
    async with simulated(broker_factory()) as site:
        await site.look("dds-tcp")
        site.fleet.hang_up("tcp")
        for _ in range(5):
            try:
                await site.look("dds-tcp")
            except (NeverSent, NoAnswer):
                continue
            break
        else:
            pytest.fail("the line did not come back")
