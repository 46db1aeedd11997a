"""Commissioning: a full dry run at a meter, and a person's word that this address is this meter."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhold.domain.commands import CommissionMeter
from meterhold.domain.errors import Fault, UnknownThing
from meterhold.domain.meter import Commissioning, Meter
from meterhold.domain.observation import IdentitySeen, Observation
from meterhold.domain.words import Because, Identity, SupplyState
from meterhold.profiles import Profile, show_command
from meterhold.usecases.looking import link_of, look, profile_of
from meterhold.usecases.ports import Ports


@dataclass(frozen=True, slots=True)
class Verification:
    """What a dry run found."""

    meter_id: str
    profile: str
    identity: IdentitySeen
    expected_serial: str | None
    observation: Observation
    would_write: Mapping[str, tuple[str, ...]]
    """For each supply state that can be commanded, the writes byte for byte."""
    faults: tuple[Fault, ...]
    commissioned: bool


async def verify_meter(ports: Ports, meter_id: str, by: str, *, commission: bool) -> Verification:
    """Look at everything that a switching would look at, and record the commissioning when nothing is wrong."""
    meter = await ports.queries.meter(meter_id)
    if meter is None:
        raise UnknownThing(Because.UNKNOWN_METER, f"there is no meter {meter_id!r}")
    profile = profile_of(ports, meter)
    async with ports.links.turn(link_of(ports, meter)) as turn:
        seen = await look(ports, turn, meter, profile, None)
    faults = _faults(meter, profile, seen)
    if commission and not faults:
        baseline = seen.registers[0] if seen.registers else None
        record = Commissioning(by, ports.clock.now(), baseline, meter.wiring)
        await ports.journal.submit(CommissionMeter(ports.clock.now(), meter_id, record, seen.identity.strength))
    return Verification(
        meter_id=meter_id,
        profile=profile.name,
        identity=seen.identity,
        expected_serial=meter.installation.serial,
        observation=seen,
        would_write=_would_write(meter, profile),
        faults=faults,
        commissioned=commission and not faults,
    )


def _would_write(meter: Meter, profile: Profile) -> dict[str, tuple[str, ...]]:
    can = profile.capability
    targets = {
        SupplyState.DISCONNECTED: can.can_disconnect,
        SupplyState.CONNECTED: can.can_connect,
        SupplyState.RESTRICTED: can.can_restrict,
        SupplyState.ARMED: can.can_arm,
    }
    address = meter.installation.address
    return {target: show_command(profile, target, address) for target, possible in targets.items() if possible}


def _faults(meter: Meter, profile: Profile, seen: Observation) -> tuple[Fault, ...]:
    faults = []
    expected, strength = meter.installation.serial, profile.identity
    if seen.identity.strength.rank < strength.rank:
        faults.append(Fault("identity", f"the meter did not give its {strength}", Because.METER_MISMATCH))
    elif strength.rank >= Identity.DEVICE_ID.rank and expected is not None:
        value = seen.identity.value or ""
        if value.strip().casefold() != expected.strip().casefold():
            rule = f"{value!r} answered where the registry expects {expected!r}"
            faults.append(Fault("serial", rule, Because.METER_MISMATCH))
    if seen.state is SupplyState.UNKNOWN and seen.echo_state is SupplyState.UNKNOWN:
        faults.append(Fault("state", "no point of the profile gave a supply state", Because.NO_EVIDENCE))
    if seen.supply_healthy is False:
        faults.append(
            Fault("supply", "the supply side is not healthy: is this the right profile?", Because.NO_EVIDENCE)
        )
    return tuple(faults)
