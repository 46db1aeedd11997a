"""The billing statement of a hold, and its three renderings. It states what is on record and charges nothing itself."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from meterhold.documents.hold import RegisterView, VerdictView, WindowView
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import (
    Because,
    Decision,
    Identity,
    Mode,
    Outcome,
    Proof,
    Quality,
    Quantity,
    Reason,
    Service,
    SupplyState,
)


@dataclass(frozen=True, slots=True)
class Written:
    """What was to be written, when the permission was given, and what became of it."""

    at: datetime
    writes: tuple[str, ...]
    answer: str
    """``acknowledged``, ``refused``, ``lost``, ``sent`` or ``never_sent``."""


@dataclass(frozen=True, slots=True)
class Switching:
    """The work at one meter to bring it to a supply state, and how it ended."""

    operation_id: str
    target: SupplyState
    outcome: Outcome | None
    because: Because | None
    proof: Proof
    identity: Identity
    evidence: str
    """The points that the last look rested on."""
    written: tuple[Written, ...]
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What went through a register while supply was held."""

    register: Quantity
    unit: str
    since: str
    until: str
    used: str
    quality: Quality
    """The weaker one of both ends."""
    measured_from: datetime
    measured_to: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """A time that is not to be charged; without an end while supply is off."""

    begins_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatementLeg:
    """One meter's part."""

    meter_id: str
    service: Service
    mode: Mode
    suspended_at: WindowView | None
    restored_at: WindowView | None
    suspended_by: tuple[Switching, ...]
    restored_by: tuple[Switching, ...]
    registers: tuple[RegisterView, ...]
    usage: tuple[Usage, ...]
    not_chargeable: Period | None
    chargeable_because: str | None
    """Why there is no period free of charges, or why it ends before the restore."""


@dataclass(frozen=True, slots=True)
class FeesLine:
    """What the utility charges for switching."""

    suspend: str
    restore: str
    currency: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided on an attention item."""

    at: datetime
    by: str
    code: Because
    meter_id: str | None
    decision: Decision


@dataclass(frozen=True, slots=True)
class Statement:
    """A hold for billing and for a dispute: who asked for what, why, and what really happened, with the evidence."""

    hold_id: str
    order_id: str | None
    sender: str | None
    requested_by: str | None
    restored_on_request_of: tuple[str, ...]
    reason: Reason
    account_ref: str | None
    payment_ref: str | None
    service_point: str
    status: HoldStatus
    asked_at: datetime
    planned_from: datetime
    planned_to: datetime | None
    chargeable_from: datetime | None
    ended_at: datetime | None
    legs: tuple[StatementLeg, ...]
    fees: FeesLine | None
    verdicts: tuple[VerdictView, ...]
    decisions: tuple[Decided, ...]


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
    "register",
    "unit",
    "at_suspend",
    "at_restore",
    "used",
    "quality",
)


def statement_csv(statement: Statement) -> str:
    """One row for each meter and register, for a spreadsheet or a billing import."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for leg in statement.legs:
        suspended, restored = _last(leg.suspended_by), _last(leg.restored_by)
        free = leg.not_chargeable
        common: list[str | None] = [
            statement.hold_id,
            statement.order_id,
            statement.service_point,
            statement.account_ref,
            statement.reason,
            statement.status,
            leg.meter_id,
            leg.service,
            leg.mode,
            None if free is None else _exact(free.begins_at),
            None if free is None or free.ends_at is None else _exact(free.ends_at),
            leg.chargeable_because,
            *_ending(suspended),
            *_ending(restored),
        ]
        for line in leg.usage or (None,):
            ends = [line.register, line.unit, line.since, line.until, line.used, line.quality] if line else [""] * 6
            writer.writerow([_cell(value) for value in [*common, *ends]])
    return out.getvalue()


def statement_text(statement: Statement) -> str:
    """Lines for people, as wide as a terminal."""
    return "\n".join(_lines(statement)) + "\n"


def _lines(statement: Statement) -> Iterator[str]:
    yield f"Statement of hold {statement.hold_id}"
    yield f"  order            {statement.order_id or '-'} from {statement.sender or '-'}"
    if statement.requested_by:
        yield f"  requested by     {statement.requested_by}"
    if statement.account_ref:
        yield f"  account          {statement.account_ref}"
    yield f"  service point    {statement.service_point}"
    yield f"  reason           {statement.reason}"
    yield f"  status           {statement.status}"
    yield f"  planned from     {_time(statement.planned_from)}"
    yield f"  planned until    {_time(statement.planned_to, 'restored on request')}"
    if statement.restored_on_request_of:
        yield f"  restore asked by {', '.join(statement.restored_on_request_of)}"
    if statement.chargeable_from or any(leg.not_chargeable for leg in statement.legs):
        yield f"  charges resume   {_time(statement.chargeable_from, 'when supply is proven back')}"
    if statement.fees:
        fees = statement.fees
        yield f"  fees             suspend {fees.suspend} {fees.currency}, restore {fees.restore} {fees.currency}"
    for leg in statement.legs:
        yield from _leg_lines(leg)
    for verdict in statement.verdicts:
        yield f"  rule {verdict.rule} ({verdict.version}): {verdict.effect} {verdict.sentence}".rstrip()
    for one in statement.decisions:
        yield f"  {_time(one.at)} {one.by} decided {one.decision} on {one.code}"


def _leg_lines(leg: StatementLeg) -> Iterator[str]:
    yield f"  {leg.service} meter {leg.meter_id} ({leg.mode})"
    if leg.not_chargeable:
        yield (
            f"    not chargeable {_time(leg.not_chargeable.begins_at)} until "
            f"{_time(leg.not_chargeable.ends_at, 'supply is proven back')}"
        )
    else:
        yield f"    chargeable: {leg.chargeable_because}"
    for switching in (*leg.suspended_by, *leg.restored_by):
        outcome = switching.outcome or "under way"
        because = f" because {switching.because}" if switching.because else ""
        yield f"    to {switching.target}: {outcome}{because}, proof {switching.proof}, identity {switching.identity}"
        for written in switching.written:
            yield f"      {_time(written.at)} wrote {'; '.join(written.writes)} ({written.answer})"
        if switching.evidence:
            yield f"      evidence {switching.evidence}"
    for line in leg.usage:
        yield f"    {line.register} {line.since} to {line.until} {line.unit}: {line.used} while held ({line.quality})"


def _last(switchings: tuple[Switching, ...]) -> Switching | None:
    return switchings[-1] if switchings else None


def _ending(switching: Switching | None) -> tuple[str | None, str | None]:
    return (None, None) if switching is None else (switching.outcome, switching.proof)


def _cell(value: str | None) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in {"=", "+", "@", "\t", "\r"} else text


def _exact(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _time(moment: datetime | None, otherwise: str = "-") -> str:
    return otherwise if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")
