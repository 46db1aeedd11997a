"""What happened to an order."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.order import Order, OrderKey
from meterhold.domain.policy import Verdict
from meterhold.domain.words import Because, OrderResult


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    """An order was recorded and is being carried out."""

    at: datetime
    key: OrderKey
    order: Order
    content_hash: str
    hold_ids: tuple[str, ...]
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """A well-formed order was recorded and will not be carried out."""

    at: datetime
    key: OrderKey
    order: Order
    content_hash: str
    result: OrderResult
    code: Because
    detail: str
    hold_ids: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderAdvanced:
    """One of the holds that an order waits for got where the order wants it."""

    at: datetime
    key: OrderKey
    hold_id: str


@dataclass(frozen=True, slots=True)
class OrderFinished:
    """An order has its result."""

    at: datetime
    key: OrderKey
    hold_id: str
    result: OrderResult
    code: Because | None = None
    detail: str = ""
