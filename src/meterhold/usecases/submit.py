"""Take an order in: resolve whom it means, check what it asks for against the registry, and let the journal decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meterhold.domain.commands import SubmitOrder
from meterhold.domain.decide import decide
from meterhold.domain.decide.foreseen import stops_of
from meterhold.domain.decide.signatures import refusal
from meterhold.domain.draft import Draft, World
from meterhold.domain.errors import DuplicateOrder, Fault, Malformed, NoRoom, Refused
from meterhold.domain.events import SignatureRefused
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Meter
from meterhold.domain.order import Order, OrderKey, OrderRecord
from meterhold.domain.replacing import replace
from meterhold.domain.scope import EVERYTHING, Scope
from meterhold.domain.signature import Signed, flaw_in
from meterhold.domain.words import Action, Because, OrderResult
from meterhold.usecases.capable import capability_of, mode_faults, return_faults
from meterhold.usecases.ports import Ports
from meterhold.usecases.room import RoomState


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an order at intake."""

    record: OrderRecord
    replay: bool
    """It had been sent before, with the same content."""


async def submit_order(
    ports: Ports,
    order: Order,
    sender: str,
    content_hash: str,
    *,
    may_approve: bool = False,
    document: str | None = None,
    scope: Scope = EVERYTHING,
    signed: Signed | None = None,
) -> Answer:
    """Record an order durably and say what becomes of it.

    ``document``: the name of the set that it came with, where that is so large that it waits for a second person.
    ``scope``: what the sender's key is limited to. ``signed``: the signature that came with it.
    Raises ``Malformed`` with all faults at once, ``Refused`` (``DuplicateOrder``), or ``StoreUnavailable``
    (``NoRoom``); then nothing of the order was stored.
    """
    key = OrderKey(sender, order.order_id)
    if (beyond := scope.beyond_order(order)) is not None:
        raise Refused(Because.FORBIDDEN, beyond)
    if order.action is Action.SUSPEND and ports.room.state is RoomState.TIGHT and not await ports.queries.order(key):
        raise NoRoom
    try:
        command = await _command(ports, order, key, content_hash, may_approve=may_approve, scope=scope)
        command = replace(command, document=document, signed=signed)
    except Malformed:
        # An order that was good when it first came is answered as it was then, whatever has changed since.
        known = await ports.queries.order(key)
        if known is None or await _flaw(ports, order, sender, signed) is not None:
            raise
        if known.content_hash != content_hash:
            raise DuplicateOrder(order.order_id) from None
        return Answer(known, replay=True)
    draft = await ports.journal.submit(command)
    for event in draft.events:
        if isinstance(event, SignatureRefused):
            raise refusal(event.detail)
    record = draft.order(key)
    return Answer(record, replay=not draft.events)


async def _flaw(ports: Ports, order: Order, sender: str, signed: Signed | None) -> str | None:
    """What is wrong with the signature of an order that is known already."""
    return flaw_in(signed, await ports.queries.originator(sender), order, ports.clock.now(), known=True)


async def dry_run(
    ports: Ports, order: Order, sender: str, *, may_approve: bool = False, scope: Scope = EVERYTHING
) -> Answer:
    """Say what would become of an order now, if it is signed where it must be. Nothing is stored."""
    key = OrderKey(sender, order.order_id)
    if (beyond := scope.beyond_order(order)) is not None:
        raise Refused(Because.FORBIDDEN, beyond)
    command = await _command(ports, order, key, "dry-run", may_approve=may_approve, scope=scope)
    meter_ids = command.meter_ids + command.beside
    world = World(meters=dict(await ports.queries.meters(meter_ids)), site=await ports.queries.site())
    hold_ids = {*command.hold_ids, *(hold_id for meter in world.meters.values() for hold_id in meter.open_holds)}
    for hold_id in hold_ids:
        await _read_hold(ports, world, hold_id)
    await _read_counts(ports, world, sender)
    return Answer(_foreseen(ports, decide(world, command), key), replay=False)


def _foreseen(ports: Ports, draft: Draft, key: OrderKey) -> OrderRecord:
    """An order that would be carried out, with what would keep it waiting now."""
    record = draft.order(key)
    stops = stops_of(draft, record, clock_trusted=ports.clock.trusted()) if record.result is OrderResult.OPEN else ()
    if not stops:
        return record
    detail = "; ".join(sentence for _, sentence in stops)
    return replace(record, code=stops[0][0], detail=f"it would wait: {detail}")


async def _read_counts(ports: Ports, world: World, sender: str) -> None:
    originator = await ports.queries.originator(sender)
    # A question is not signed.
    world.originators[sender] = replace(originator, keys=())
    for approval_id in originator.approvals.values():
        approval = await ports.queries.approval(approval_id)
        if approval is not None:
            world.approvals[approval_id] = approval
    world.tallies |= {tally.scope: tally for tally in await ports.queries.tallies()}


async def _read_hold(ports: Ports, world: World, hold_id: str) -> None:
    hold = await ports.queries.hold(hold_id)
    if hold is None:
        return
    world.holds[hold_id] = hold
    world.meters |= await ports.queries.meters([leg.meter_id for leg in hold.legs])
    for key in (hold.suspend_key, *hold.restore_keys):
        record = None if key is None else await ports.queries.order(key)
        if record is not None:
            world.orders[record.key] = record


async def _command(
    ports: Ports, order: Order, key: OrderKey, content_hash: str, *, may_approve: bool, scope: Scope
) -> SubmitOrder:
    hold = await _named_hold(ports, order, key)
    meter_ids, faults = await _whom(ports, order, hold)
    meters = await ports.queries.meters(meter_ids)
    for meter in meters.values():
        if (beyond := scope.beyond_meter(meter.installation)) is not None:
            raise Refused(Because.FORBIDDEN, beyond)
    faults += mode_faults(ports, order, meters)
    if order.action in {Action.SUSPEND, Action.RESTORE}:
        faults += _context_faults(order, meters)
    faults += return_faults(ports, order, meters)
    if faults:
        raise Malformed(f"order {order.order_id}", faults)
    hold_ids = (hold.hold_id,) if hold is not None else ()
    return SubmitOrder(
        at=ports.clock.now(),
        key=key,
        order=order,
        content_hash=content_hash,
        meter_ids=meter_ids,
        hold_ids=(ports.ids.new(),) if order.action is Action.SUSPEND else hold_ids,
        spare_hold_id=ports.ids.new() if order.action is Action.RESTORE and hold is None else None,
        capabilities={meter_id: capability_of(ports, meter) for meter_id, meter in meters.items()},
        terms=ports.terms,
        may_approve=may_approve,
        beside=await _beside(ports, order, meters),
    )


async def _beside(ports: Ports, order: Order, meters: Mapping[str, Meter]) -> tuple[str, ...]:
    """The other meters of the service points, where a rule looks at them."""
    if order.action is not Action.SUSPEND or not ports.terms.policy.looks_beside:
        return ()
    places = dict.fromkeys(meter.installation.service_point for meter in meters.values())
    found = [meter_id for place in places for meter_id in await ports.queries.meters_at(place)]
    return tuple(meter_id for meter_id in found if meter_id not in meters)


async def _named_hold(ports: Ports, order: Order, key: OrderKey) -> Hold | None:
    """Find the hold that the order names, by itself or by the suspend order of the same sender."""
    hold_id = order.hold_id
    field, what = "hold_id", order.hold_id
    if hold_id is None and order.suspend_order_id is not None:
        field, what = "suspend_order_id", order.suspend_order_id
        record = await ports.queries.order(OrderKey(key.sender, order.suspend_order_id))
        hold_id = record.hold_ids[0] if record is not None and record.hold_ids else None
    hold = None if hold_id is None else await ports.queries.hold(hold_id)
    if what is not None and hold is None:
        raise Malformed(f"order {order.order_id}", [Fault(field, f"there is no hold {what!r}", Because.UNKNOWN_HOLD)])
    return hold


async def _whom(ports: Ports, order: Order, hold: Hold | None) -> tuple[tuple[str, ...], list[Fault]]:
    """Resolve the meters that an order means, and say which of them do not exist."""
    faults: list[Fault] = []
    if hold is not None:
        return tuple(leg.meter_id for leg in hold.legs), faults
    meter_ids: Sequence[str] = order.meters
    if order.service_point is not None:
        meter_ids = await ports.queries.meters_at(order.service_point)
        if not meter_ids:
            rule = f"no meter is registered at {order.service_point!r}"
            faults.append(Fault("service_point", rule, Because.UNKNOWN_METER))
    known = await ports.queries.meters(meter_ids)
    faults += [
        Fault(f"meters.{n}", f"there is no meter {meter_id!r}", Because.UNKNOWN_METER)
        for n, meter_id in enumerate(meter_ids)
        if meter_id not in known or known[meter_id].retired
    ]
    faults += [
        Fault(f"legs.{n}.meter_id", f"{leg.meter_id!r} is not one of the order's meters", Because.UNKNOWN_METER)
        for n, leg in enumerate(order.legs)
        if leg.meter_id is not None and leg.meter_id not in meter_ids
    ]
    services = {meter.installation.service for meter in known.values()}
    faults += [
        Fault(f"legs.{n}.service", f"none of the order's meters meters {leg.service}", Because.UNKNOWN_METER)
        for n, leg in enumerate(order.legs)
        if leg.meter_id is None and leg.service is not None and leg.service not in services
    ]
    return tuple(meter_ids), faults


def _context_faults(order: Order, meters: Mapping[str, Meter]) -> list[Fault]:
    """Keep test orders away from production meters, and the other way round."""
    return [
        Fault("context", f"{meter.meter_id} is a {meter.installation.context} meter", Because.CONTEXT)
        for meter in meters.values()
        if meter.installation.context is not order.context
    ]
