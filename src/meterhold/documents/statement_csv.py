"""A statement for a spreadsheet or a billing import."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from meterhold.documents.statement import Reading, RegisterLine, Segment, Statement, StatementLeg, Switching
from meterhold.domain.words import Moment, Quantity

COLUMNS = (
    "hold_id",
    "order_id",
    "service_point",
    "account_ref",
    "reason",
    "status",
    "meter_id",
    "service",
    "mode",
    "not_chargeable_from",
    "not_chargeable_to",
    "chargeable_because",
    "suspend_outcome",
    "suspend_proof",
    "restore_outcome",
    "restore_proof",
    "serial",
    "off_from",
    "off_to",
    "ended_by",
    "register",
    "unit",
    "at_suspend",
    "at_suspend_quality",
    "at_suspend_time",
    "at_restore",
    "at_restore_quality",
    "at_restore_time",
    "used",
    "quality",
    "fee_suspend",
    "fee_restore",
    "fee_currency",
    "wrongful",
)
Cell = str | None
_NO_STRETCH = 4
_NO_REGISTER = 10


def statement_csv(statement: Statement) -> str:
    """One row for each meter, time off and register, with its value at both ends as far as there is one."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for leg in statement.legs:
        for row in _rows(statement, leg):
            writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _rows(statement: Statement, leg: StatementLeg) -> Iterator[list[Cell]]:
    fees = statement.fees
    last = [
        None if fees is None else fees.suspend,
        None if fees is None else fees.restore,
        None if fees is None else fees.currency,
        "yes" if statement.wrongful else "no",
    ]
    for segment in leg.segments or (None,):
        first = [*_hold(statement), leg.meter_id, leg.service, leg.mode, *_free(leg, segment), *_endings(leg)]
        for line in (_as_read(leg) if segment is None else segment.registers) or (None,):
            yield [*first, *_stretch(segment), *_register(line), *last]


def _as_read(leg: StatementLeg) -> tuple[RegisterLine, ...]:
    """The registers of a leg that was never off: as they were read when that was tried."""
    readings = {(one.name, one.moment): Reading(one.value, one.quality, one.at) for one in leg.registers}
    units = {one.name: one.unit for one in leg.registers}

    def first(name: Quantity, *moments: Moment) -> Reading | None:
        return next((readings[name, moment] for moment in moments if (name, moment) in readings), None)

    return tuple(
        RegisterLine(
            name,
            unit,
            first(name, Moment.AFTER_SUSPEND, Moment.BEFORE_SUSPEND),
            first(name, Moment.BEFORE_RESTORE, Moment.AFTER_RESTORE),
            None,
            None,
        )
        for name, unit in units.items()
    )


def _hold(statement: Statement) -> list[Cell]:
    return [
        statement.hold_id,
        statement.order_id,
        statement.service_point,
        statement.account_ref,
        statement.reason,
        statement.status,
    ]


def _free(leg: StatementLeg, segment: Segment | None) -> list[Cell]:
    """The time without charges that begins in this stretch."""
    for period in leg.not_chargeable:
        within = segment is None or (
            segment.begins.not_before <= period.begins_at
            and (segment.ends is None or period.begins_at <= segment.ends.not_after)
        )
        if within:
            return [_time(period.begins_at), _time(period.ends_at), leg.chargeable_because]
    return [None, None, leg.chargeable_because]


def _endings(leg: StatementLeg) -> list[Cell]:
    return [*_ending(leg.suspended_by), *_ending(leg.restored_by)]


def _ending(switchings: tuple[Switching, ...]) -> list[Cell]:
    return [switchings[-1].outcome, switchings[-1].proof] if switchings else [None, None]


def _stretch(segment: Segment | None) -> list[Cell]:
    if segment is None:
        return [None] * _NO_STRETCH
    ends = None if segment.ends is None else segment.ends.not_after
    return [segment.serial, _time(segment.begins.not_after), _time(ends), segment.ended_by]


def _register(line: RegisterLine | None) -> list[Cell]:
    if line is None:
        return [None] * _NO_REGISTER
    return [line.register, line.unit, *_reading(line.at_start), *_reading(line.at_end), line.used, line.quality]


def _reading(reading: Reading | None) -> list[Cell]:
    return [None, None, None] if reading is None else [reading.value, reading.quality, _time(reading.at)]


def _cell(value: Cell) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in {"=", "+", "@", "\t", "\r"} else text


def _time(moment: datetime | None) -> Cell:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
