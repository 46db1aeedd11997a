"""A simulator made from a profile alone. Only the simulator is under test here: it is evidence of nothing else."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from random import Random

import httpx
import pytest
from typer.testing import CliRunner

from meterhold.cli.app import build
from meterhold.cli.derived.body import METER_ID
from meterhold.cli.derived.run import LABEL, LISTENER, derived_fleet, place_of
from meterhold.cli.trying.asking import try_profile
from meterhold.cli.trying.link_text import read_link
from meterhold.clock import SteadyClock
from meterhold.domain.errors import Malformed, MeterRefused
from meterhold.domain.observation import Observation
from meterhold.domain.words import SupplyState
from meterhold.drivers.configured import make_link
from meterhold.profiles import Profile, Wire, example_address, load_profiles, plan_command, resolve
from meterhold.profiles.wire import MaskedWrite, ModbusWrite, MqttWrite, Words
from meterhold_simulators import Fleet
from meterhold_simulators.control import control_app
from meterhold_simulators.journal import Origin
from meterhold_simulators.spec import Framing
from tests.support.mosquitto import Broker

PROFILES = load_profiles()
CODED = {name for name, profile in PROFILES.items() if profile.carrier is not None}


def derived(profile: Profile, broker: Broker, name: str) -> AbstractAsyncContextManager[Fleet]:
    """The simulator, with an MQTT address of this test."""
    spec = place_of(profile, port=0, framing=Framing.MBAP, broker=(broker.host, broker.port))
    return derived_fleet(profile.with_timing(scale=0.01), spec, address_of(profile, name))


def address_of(profile: Profile, name: str) -> str:
    """An address of a meter of the profile."""
    return "1" if profile.wire is Wire.MODBUS else name


def link_to(profile: Profile, fleet: Fleet, broker: Broker, name: str) -> str:
    """Where the simulator is."""
    if profile.wire is Wire.MODBUS:
        return f"modbus://127.0.0.1:{fleet.ports[LISTENER]}?unit=1&gap_ms=0"
    return f"mqtt://{broker.host}:{broker.port}/{name}"


async def looked(profile: Profile, link: str) -> Observation:
    """One look."""
    return (await try_profile(profile, read_link(link, profile), 5)).seen


@pytest.mark.parametrize("name", sorted(PROFILES.keys() - CODED))
async def test_it_obeys_and_shows_what_the_profile_says(name: str, broker: Broker) -> None:
    """Connected with its identity, then disconnected by the profile's own command, without load."""
    profile = PROFILES[name]
    async with derived(profile, broker, f"derived-{name}") as fleet:
        link = link_to(profile, fleet, broker, f"derived-{name}")
        seen = await looked(profile, link)
        assert seen.shown_state is SupplyState.CONNECTED
        assert seen.identity.strength is profile.identity
        assert seen.interlocks == ()
        await command(profile, link, SupplyState.DISCONNECTED)
        await fleet.wait_until(METER_ID, lambda truth: truth.supply == "disconnected")
        seen = await looked(profile, link)
        assert seen.shown_state is SupplyState.DISCONNECTED
        assert seen.load in {False, None}
        assert fleet.journal.origin is Origin.PROFILE
        assert fleet.journal.accepted[METER_ID] >= 1


async def command(profile: Profile, link: str, target: SupplyState) -> None:
    """Send a command's writes, as the gateway would."""
    where = read_link(link, profile)
    driver = make_link("derived-commands", where.section, SteadyClock(), Random(1))
    await driver.start()
    try:
        if profile.wire is Wire.MQTT:
            await driver.wait_up()  # type: ignore[attr-defined]
        async with driver.turn() as turn:
            for step in plan_command(profile, target, where.address):
                if isinstance(step, MaskedWrite):
                    words = await turn.ask(step.read)
                    assert isinstance(words, Words)
                    await turn.write(resolve(step, words))
                elif isinstance(step, ModbusWrite | MqttWrite):
                    await turn.write(step)
    finally:
        await driver.stop()


async def test_a_write_that_no_command_makes_is_refused(broker: Broker) -> None:
    """It is no scratch memory."""
    profile = PROFILES["kaifeng-xintai-valve"]
    async with derived(profile, broker, "") as fleet:
        where = read_link(link_to(profile, fleet, broker, ""), profile)
        line = make_link("line", where.section, SteadyClock(), Random(1))
        async with line.turn() as turn:
            for address, value in ((0x001C, 3), (0x0001, 1)):
                with pytest.raises(MeterRefused):
                    await turn.write(ModbusWrite(1, 6, address, (value,)))
        await line.stop()
        assert fleet.truth(METER_ID).supply == "connected"


async def test_its_journal_says_that_it_is_evidence_of_nothing(broker: Broker) -> None:
    """A referee that reads it over HTTP sees where it comes from."""
    async with derived(PROFILES["kaifeng-xintai-valve"], broker, "") as fleet:
        transport = httpx.ASGITransport(app=control_app(fleet))
        async with httpx.AsyncClient(transport=transport, base_url="http://control") as control:
            assert (await control.get("/journal")).json()["origin"] == "profile"
            assert (await control.get("/healthz")).json()["origin"] == "profile"
    assert "evidence of nothing" in LABEL


@pytest.mark.parametrize("name", sorted(CODED))
async def test_what_data_cannot_say_cannot_be_simulated_from_data(name: str, broker: Broker) -> None:
    """A codec reads frames and makes none: said before anything starts."""
    with pytest.raises(Malformed, match="a codec reads frames"):
        async with derived(PROFILES[name], broker, example_address(PROFILES[name])):
            pass


def test_the_command_refuses_what_cannot_be(tmp_path: Path) -> None:
    """Another framing, and an address that the model cannot have."""
    file = tmp_path / "kaifeng-xintai-valve.yaml"
    from importlib.resources import files

    file.write_text((files("meterhold.profiles") / "builtin" / file.name).read_text(encoding="utf-8"), encoding="utf-8")
    runner = CliRunner()
    assert runner.invoke(build(), ["profile", "simulate", str(file), "--framing", "ascii"]).exit_code == 2
    assert runner.invoke(build(), ["profile", "simulate", str(file), "--address", "0"]).exception is not None
