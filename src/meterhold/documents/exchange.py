"""An exchange of meters: as a person records it, and as every face shows it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from meterhold.documents.fields import DecimalText, Moment, Name, Prose, Strict
from meterhold.documents.render import decimal_text
from meterhold.domain.exchange import Exchange
from meterhold.domain.observation import RegisterReading
from meterhold.domain.words import Quality, Quantity

BILLED = frozenset(
    {
        Quantity.ENERGY_IMPORT_KWH,
        Quantity.ENERGY_EXPORT_KWH,
        Quantity.ENERGY_TOTAL_KWH,
        Quantity.VOLUME_M3,
        Quantity.VOLUME_REVERSE_M3,
    }
)
"""What a person can read off a meter and billing counts."""


def _billed(name: Quantity) -> Quantity:
    if name not in BILLED:
        raise ValueError(f"must be a billing register: {', '.join(sorted(BILLED))}")
    return name


class ReadOffDocument(Strict):
    """A register as somebody read it off."""

    name: Annotated[Quantity, AfterValidator(_billed)]
    value: DecimalText


_Registers = Annotated[tuple[ReadOffDocument, ...], Field(max_length=len(BILLED))]


class ExchangeDocument(Strict):
    """A meter was taken off and another one put in its place."""

    at: Moment
    old_serial: Name | None = None
    new_serial: Name | None = None
    final: _Registers = ()
    initial: _Registers = ()
    comment: Prose = ""

    def told_by(self, who: str) -> Exchange:
        """What it says, and who says so."""
        return Exchange(
            at=self.at,
            by=who,
            old_serial=self.old_serial,
            new_serial=self.new_serial,
            final=self._read_off(self.final),
            initial=self._read_off(self.initial),
            comment=self.comment,
        )

    def _read_off(self, registers: tuple[ReadOffDocument, ...]) -> tuple[RegisterReading, ...]:
        return tuple(RegisterReading(one.name, Decimal(one.value), Quality.ACTUAL, self.at) for one in registers)


@dataclass(frozen=True, slots=True)
class ReadOffView:
    """A register as somebody read it off."""

    name: Quantity
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """Which meter went, which came, and what both showed."""

    at: datetime
    by: str
    old_serial: str | None
    new_serial: str | None
    final: tuple[ReadOffView, ...]
    initial: tuple[ReadOffView, ...]
    comment: str


def view_exchange(exchange: Exchange) -> ExchangeView:
    """Show an exchange."""
    return ExchangeView(
        at=exchange.at,
        by=exchange.by,
        old_serial=exchange.old_serial,
        new_serial=exchange.new_serial,
        final=_view_registers(exchange.final),
        initial=_view_registers(exchange.initial),
        comment=exchange.comment,
    )


def _view_registers(registers: tuple[RegisterReading, ...]) -> tuple[ReadOffView, ...]:
    return tuple(ReadOffView(one.quantity, decimal_text(one.value), one.quantity.unit) for one in registers)
