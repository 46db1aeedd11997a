"""Whether the meters of an order can do what it asks for: said at intake, so that nothing fails at the meter."""

from collections.abc import Iterator, Mapping

from meterhold.domain.commands import Capability
from meterhold.domain.errors import Fault
from meterhold.domain.meter import Meter
from meterhold.domain.order import LegRequest, Limit, Order
from meterhold.domain.words import Action, Because, Mode, OnRestore
from meterhold.profiles import Profile
from meterhold.usecases.ports import Ports


def capability_of(ports: Ports, meter: Meter) -> Capability:
    """What a meter's profile can do; nothing where it is not loaded."""
    profile = ports.profiles.get(meter.installation.profile)
    if profile is None:
        return Capability(can_disconnect=False, can_connect=False, can_restrict=False, can_arm=False)
    return profile.capability


def mode_faults(ports: Ports, order: Order, meters: Mapping[str, Meter]) -> Iterator[Fault]:
    """Check each leg's mode against what its meter can do."""
    if order.action is not Action.SUSPEND:
        return
    for meter in meters.values():
        asked = _asked(order, meter)
        mode, can = asked.mode or order.mode, capability_of(ports, meter)
        missing = (mode is Mode.PHYSICAL and not can.can_disconnect) or (mode is Mode.RESTRICT and not can.can_restrict)
        if missing:
            yield _cannot("mode", meter, f"do {mode}")
        elif mode is Mode.RESTRICT and asked.restrict_to is not None:
            yield from _limit_faults(meter, ports.profiles[meter.installation.profile], asked.restrict_to)


def return_faults(ports: Ports, order: Order, meters: Mapping[str, Meter]) -> Iterator[Fault]:
    """Check how supply is to come back against how a reconnection of each meter may end."""
    for meter in meters.values():
        can = capability_of(ports, meter)
        watched = order.action is Action.SUSPEND and (_asked(order, meter).mode or order.mode) is Mode.MONITOR_ONLY
        if order.on_restore is OnRestore.ARM and not can.can_arm:
            yield _cannot("on_restore", meter, "arm")
        if order.on_restore is OnRestore.CONNECT and not can.can_connect and can.can_arm and not watched:
            yield _cannot(
                "on_restore", meter, "connect by itself: it can only arm, and the customer presses the button"
            )


def _limit_faults(meter: Meter, profile: Profile, asked: Limit) -> Iterator[Fault]:
    allowed = profile.limit
    if allowed is None:
        yield _cannot(
            "legs.restrict_to", meter, f"say what it restricts supply to, so not to {asked.value} {asked.unit}"
        )
    elif asked.unit != allowed.unit or allowed.counts(asked.value) is None:
        can = f"{allowed.at_least} to {allowed.at_most} {allowed.unit}, in steps of {allowed.scale}"
        yield _cannot("legs.restrict_to", meter, f"restrict supply to {asked.value} {asked.unit}: it can to {can}")


def _asked(order: Order, meter: Meter) -> LegRequest:
    for leg in order.legs:
        if leg.meter_id == meter.meter_id or (leg.meter_id is None and leg.service is meter.installation.service):
            return leg
    return LegRequest()


def _cannot(field: str, meter: Meter, what: str) -> Fault:
    return Fault(field, f"{meter.meter_id} ({meter.installation.profile}) cannot {what}", Because.NOT_CAPABLE)
