"""A statement as lines for people, as wide as a terminal."""

from collections.abc import Iterator
from datetime import datetime

from meterhold.documents.statement import Asked, Reading, Segment, Statement, StatementLeg, Switching


def statement_text(statement: Statement) -> str:
    """Write it down."""
    return "\n".join(_lines(statement)) + "\n"


def _lines(statement: Statement) -> Iterator[str]:
    yield f"Statement of hold {statement.hold_id}"
    yield f"  order            {statement.order_id or '-'} from {statement.sender or '-'}"
    if statement.requested_by:
        yield f"  requested by     {statement.requested_by}"
    if statement.account_ref:
        yield f"  account          {statement.account_ref}"
    yield f"  service point    {statement.service_point}"
    yield f"  reason           {statement.reason}{f': {statement.comment}' if statement.comment else ''}"
    yield f"  status           {statement.status}"
    yield f"  planned from     {_time(statement.planned_from)}"
    yield f"  planned until    {_time(statement.planned_to, 'restored on request')}"
    if statement.restored_on_request_of:
        yield f"  restore asked by {', '.join(statement.restored_on_request_of)}"
    if statement.chargeable_from or any(leg.not_chargeable for leg in statement.legs):
        yield f"  charges resume   {_time(statement.chargeable_from, 'when supply is proven back')}"
    yield from _fees(statement)
    if statement.wrongful:
        mark = statement.wrongful
        yield f"  WRONGFUL         marked {_time(mark.at)} by {mark.by}: {mark.reason}"
    elif statement.wrongful_suspected:
        yield f"  wrongful?        {statement.wrongful_suspected}"
    for leg in statement.legs:
        yield from _leg(leg)
    yield from _people(statement)


def _fees(statement: Statement) -> Iterator[str]:
    fees = statement.fees
    if fees is None:
        return
    yield f"  fees             suspend {fees.suspend} {fees.currency}, restore {fees.restore} {fees.currency}"
    if fees.waived_because:
        yield f"                   {fees.waived_because}"


def _people(statement: Statement) -> Iterator[str]:
    for one in statement.asked:
        yield f"  {_time(one.at)} {_asked(one)}"
    for verdict in statement.verdicts:
        yield f"  rule {verdict.rule} ({verdict.version}): {verdict.effect} {verdict.sentence}".rstrip()
    for approval in statement.approvals:
        by = f" by {approval.decided_by}" if approval.decided_by else ""
        yield (
            f"  approval {approval.approval_id} ({approval.kind}), asked for {approval.asked_by}: "
            f"{approval.status}{by}, set {approval.set_hash}"
        )
    for decision in statement.decisions:
        comment = f": {decision.comment}" if decision.comment else ""
        yield f"  {_time(decision.at)} {decision.by} decided {decision.decision} on {decision.code}{comment}"
    for stop in statement.stops:
        who = f" ({stop.who})" if stop.who else ""
        what = f"{stop.code} {stop.meter_id or ''}".rstrip()
        yield f"  {_time(stop.since)} waited until {_time(stop.until, 'now')} for {what}{who}: {stop.detail}"
    for alarm in statement.alarms:
        known = f", known to {alarm.acknowledged_by}" if alarm.acknowledged_by else ""
        yield f"  {_time(alarm.raised_at)} alarm {alarm.code} {alarm.meter_id or ''}: {alarm.detail}{known}"


def _asked(one: Asked) -> str:
    order = f" (order {one.order_id})" if one.order_id else ""
    requested = f", requested by {one.requested_by}" if one.requested_by else ""
    refused = f": refused because {one.refused_because}" if one.refused_because else ""
    return f"{one.by} asked for {one.action}{order}{requested}{refused}"


def _leg(leg: StatementLeg) -> Iterator[str]:
    limit = f" to {leg.restrict_to}" if leg.restrict_to else ""
    yield f"  {leg.service} meter {leg.meter_id} ({leg.mode}{limit})"
    for period in leg.not_chargeable:
        yield f"    not chargeable {_time(period.begins_at)} until {_time(period.ends_at, 'supply is proven back')}"
    if leg.chargeable_because:
        yield f"    chargeable: {leg.chargeable_because}"
    for switching in (*leg.suspended_by, *leg.restored_by):
        yield from _switching(switching)
    for segment in leg.segments:
        yield from _segment(segment)
    for one in leg.exchanges:
        yield f"    {_time(one.at)} {one.by} exchanged meter {one.old_serial or '-'} for {one.new_serial or '-'}"
    for setting in leg.settings:
        if setting.changed:
            unit = f" {setting.unit}" if setting.unit else ""
            yield f"    setting {setting.name} was {setting.before}{unit} and is {setting.after}{unit}"
    for seen in leg.witnessed:
        seal = f", seal {seen.seal}" if seen.seal else ""
        yield f"    {_time(seen.at)} {seen.by} states {seen.state}: {seen.statement}{seal}"


def _switching(switching: Switching) -> Iterator[str]:
    outcome = switching.outcome or "under way"
    because = f" because {switching.because}" if switching.because else ""
    yield f"    to {switching.target}: {outcome}{because}, proof {switching.proof}, identity {switching.identity}"
    for written in switching.written:
        yield f"      {_time(written.at)} wrote {'; '.join(written.planned)} ({written.answer})"
        for sent in written.sent:
            yield f"        {sent.to}: {sent.sent} -> {sent.answer or 'nothing'}"
    if switching.evidence:
        yield f"      evidence {switching.evidence}"


def _segment(segment: Segment) -> Iterator[str]:
    ends = None if segment.ends is None else segment.ends.not_after
    serial = f", meter {segment.serial}" if segment.serial else ""
    how = segment.ended_by or "lasts"
    yield f"    off {_time(segment.begins.not_after)} until {_time(ends, 'now')} ({how}{serial})"
    for line in segment.registers:
        used = "" if line.used is None else f": {line.used} while held ({line.quality})"
        yield f"      {line.register} {_value(line.at_start)} to {_value(line.at_end)} {line.unit}{used}"


def _value(reading: Reading | None) -> str:
    return "-" if reading is None else reading.value


def _time(moment: datetime | None, otherwise: str = "-") -> str:
    return otherwise if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")
