"""Sending a caller's orders on, one or many, within what the caller's role is for."""

from meterhold.documents.order import ParsedOrder
from meterhold.domain.errors import Refused
from meterhold.domain.order import Order
from meterhold.domain.roles import Role
from meterhold.domain.words import Action, Because
from meterhold.usecases.ports import Ports
from meterhold.usecases.signatures import check_signature
from meterhold.usecases.submit import Answer, dry_run, submit_order
from meterhold.web.authentication import Caller


async def send(ports: Ports, caller: Caller, parsed: ParsedOrder, document: str | None = None) -> Answer:
    """Record an order durably and say what becomes of it."""
    _permit(caller, parsed.order)
    return await submit_order(
        ports,
        parsed.order,
        caller.name,
        parsed.content_hash,
        may_approve=caller.has(Role.APPROVER),
        document=document,
        scope=caller.scope,
        signed=await check_signature(ports, caller.name, parsed),
    )


async def try_out(ports: Ports, caller: Caller, parsed: ParsedOrder) -> Answer:
    """Say what would become of an order now. Nothing is stored."""
    _permit(caller, parsed.order)
    may_approve = caller.has(Role.APPROVER)
    return await dry_run(ports, parsed.order, caller.name, may_approve=may_approve, scope=caller.scope)


def _permit(caller: Caller, order: Order) -> None:
    """Let an approver bring supply back, and nothing else: who decides on a disconnection must not ask for it."""
    if order.action is not Action.RESTORE and not caller.has(Role.DISPATCHER):
        raise Refused(Because.FORBIDDEN, f"{order.action} needs the role dispatcher; an approver may send restore")
