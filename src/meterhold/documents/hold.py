"""A hold and an order as every face shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from meterhold.documents.alarm import AlarmView, view_alarm
from meterhold.documents.exchange import ExchangeView, view_exchange
from meterhold.documents.lock import LockView, show_lock
from meterhold.documents.render import decimal_text
from meterhold.documents.witness import WitnessView, view_witness
from meterhold.domain.alarm import Alarm
from meterhold.domain.hold import Attention, Hold, Leg, Register, Window
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import OrderRecord
from meterhold.domain.policy import Effect, Verdict
from meterhold.domain.words import (
    Action,
    Because,
    Decision,
    Identity,
    Mode,
    Moment,
    OnRestore,
    OrderResult,
    Outcome,
    Proof,
    Quality,
    Quantity,
    Reason,
    Service,
    SupplyState,
)


@dataclass(frozen=True, slots=True)
class RegisterView:
    """A billing register at one end of a hold."""

    name: Quantity
    value: str
    unit: str
    quality: Quality
    moment: Moment
    at: datetime


@dataclass(frozen=True, slots=True)
class WindowView:
    """A moment that is known to lie between two others."""

    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class LegView:
    """One meter's part in a hold."""

    meter_id: str
    service: Service
    mode: Mode
    intended: SupplyState | None
    actual: SupplyState
    proof: Proof
    identity: Identity
    outcome: Outcome | None
    because: Because | None
    suspended_at: WindowView | None
    restored_at: WindowView | None
    registers: tuple[RegisterView, ...]
    found_off: bool
    held_by: str | None
    handed_to: str | None
    """The hold that keeps the meter off after this one was over."""
    waits_until: datetime | None
    exchanges: tuple[ExchangeView, ...]
    """The meter was replaced during the hold: what it showed before belongs to the old one."""
    lock: LockView | None
    witnessed: tuple[WitnessView, ...]
    inspect_from: datetime | None
    """From when on its supply comes back only after an inspection."""


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What one rule said, and the facts that it saw."""

    rule: str
    version: str
    effect: Effect
    code: Because | None
    sentence: str
    facts: dict[str, str]
    at: datetime
    until: datetime | None
    """Of a deferral: the next permitted moment."""


@dataclass(frozen=True, slots=True)
class AttentionView:
    """Something that waits for a named person's decision."""

    n: int
    code: Because
    meter_id: str | None
    since: datetime
    who: str
    decisions: tuple[Decision, ...]
    detail: str
    witnessed: tuple[WitnessView, ...]
    """What people at the meter stated, for who decides."""


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold."""

    hold_id: str
    order_id: str | None
    status: HoldStatus
    proof: Proof
    reason: Reason
    starts_at: datetime
    ends_at: datetime | None
    chargeable_from: datetime | None
    legs: tuple[LegView, ...]
    verdicts: tuple[VerdictView, ...]
    attention: tuple[AttentionView, ...]
    service_point: str
    not_after: datetime
    restore_by: datetime | None
    on_restore: OnRestore
    opened_at: datetime
    ended_at: datetime | None
    wrongful: str | None
    """Why a person found that supply should never have been cut."""
    alarms: tuple[AlarmView, ...]
    """Those at its meters that nobody has acknowledged."""
    deferred_until: datetime | None
    waits_for: tuple[str, ...]
    """Approvals without which it does not begin."""


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order and what became of it."""

    order_id: str
    sender: str
    action: Action
    result: OrderResult
    code: Because | None
    detail: str
    hold_ids: tuple[str, ...]
    verdicts: tuple[VerdictView, ...]
    received_at: datetime
    finished_at: datetime | None
    approval_id: str | None
    """What a second person is, or was, asked to grant because of it."""


def view_hold(hold: Hold, alarms: Sequence[Alarm] = ()) -> HoldView:
    """Show a hold. Of its attention list only what still waits: the rest is history, which its events tell."""
    key = hold.suspend_key or next(iter(hold.restore_keys), None)
    return HoldView(
        hold_id=hold.hold_id,
        order_id=None if key is None else key.order_id,
        status=hold.status,
        proof=hold.proof,
        reason=hold.reason,
        starts_at=hold.starts_at,
        ends_at=hold.ends_at,
        chargeable_from=hold.chargeable_from,
        legs=tuple(_leg(leg) for leg in hold.legs),
        verdicts=tuple(view_verdict(verdict) for verdict in hold.verdicts),
        attention=tuple(_attention(hold, item) for item in hold.attention if item.waiting),
        service_point=hold.service_point,
        not_after=hold.not_after,
        restore_by=hold.restore_by,
        on_restore=hold.on_restore,
        opened_at=hold.opened_at,
        ended_at=hold.ended_at,
        wrongful=None if hold.wrongful is None else hold.wrongful.reason,
        alarms=tuple(map(view_alarm, alarms)),
        deferred_until=hold.deferred_until,
        waits_for=() if hold.final else hold.waits_for,
    )


def view_order(record: OrderRecord) -> OrderView:
    """Show an order and what became of it."""
    return OrderView(
        order_id=record.key.order_id,
        sender=record.key.sender,
        action=record.order.action,
        result=record.result,
        code=record.code,
        detail=record.detail,
        hold_ids=record.hold_ids,
        verdicts=tuple(view_verdict(verdict) for verdict in record.verdicts),
        received_at=record.received_at,
        finished_at=record.finished_at,
        approval_id=record.approval_id,
    )


def view_verdict(verdict: Verdict) -> VerdictView:
    """Show what one rule said."""
    return VerdictView(
        verdict.rule,
        verdict.version,
        verdict.effect,
        verdict.code,
        verdict.sentence,
        dict(verdict.facts),
        verdict.at,
        verdict.until,
    )


def view_register(register: Register) -> RegisterView:
    """Show a billing register."""
    return RegisterView(
        register.name, decimal_text(register.value), register.unit, register.quality, register.moment, register.at
    )


def view_window(window: Window | None) -> WindowView | None:
    """Show between which moments something happened."""
    return None if window is None else WindowView(window.not_before, window.not_after)


def _leg(leg: Leg) -> LegView:
    return LegView(
        meter_id=leg.meter_id,
        service=leg.service,
        mode=leg.mode,
        intended=leg.intended,
        actual=leg.actual,
        proof=leg.proof,
        identity=leg.identity,
        outcome=leg.outcome,
        because=leg.because,
        suspended_at=view_window(leg.suspended_at),
        restored_at=view_window(leg.restored_at),
        registers=tuple(view_register(register) for register in leg.registers),
        found_off=leg.found_off,
        held_by=leg.held_by,
        handed_to=leg.handed_to,
        waits_until=leg.waits_until,
        exchanges=tuple(view_exchange(exchange) for exchange in leg.exchanges),
        lock=show_lock(leg.lock),
        witnessed=tuple(map(view_witness, leg.witnessed)),
        inspect_from=leg.inspect_from,
    )


def _attention(hold: Hold, item: Attention) -> AttentionView:
    witnessed = tuple(view_witness(one) for leg in hold.legs if leg.meter_id == item.meter_id for one in leg.witnessed)
    return AttentionView(item.n, item.code, item.meter_id, item.since, item.who, item.decisions, item.detail, witnessed)
