"""The registry's file, CSV or YAML: these meters and no others. The same fields and rules as in the API."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from meterhold.documents.installation import InstallationDocument, installation_of
from meterhold.documents.json_faults import rule_of
from meterhold.documents.registry_rows import Row, rows_of_csv, rows_of_yaml
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.meter import Installation
from meterhold.domain.words import Service

Check = Callable[[Installation], Iterable[Fault]]
"""Says what is wrong with one meter in view of what else the site has: its profiles and links."""

_ROWS = TypeAdapter(tuple[InstallationDocument, ...])

_AT_ONCE = 2_000
"""Rows validated together: fast, and a large registry never stands in memory twice."""

Named = tuple[Row, Installation]
"""A row with what it says."""
Wrong = tuple[Row, str, str]
"""A row, a field of it that is wrong, and the rule that it breaks."""

_STAND_INS = {
    "meter_id": "?",
    "service_point": "?",
    "service": Service.ELECTRICITY.value,
    "profile": "?",
    "link": "?",
    "address": "?",
}
"""Values for what a faulty row does not say; what a check then finds wrong with them is not told."""


def no_check(_: Installation) -> Iterable[Fault]:
    """Nothing else is known."""
    return ()


def read_registry(path: Path, *, check: Check = no_check) -> tuple[Installation, ...]:
    """Read the registry, or raise ``Malformed`` with all faults of the file, each with its line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Malformed(str(path), [Fault("", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise Malformed(str(path), [Fault("", f"is not UTF-8 text: byte {error.start} is wrong")]) from error
    match path.suffix.lower():
        case ".csv":
            rows, faults = rows_of_csv(text)
        case ".yaml" | ".yml":
            rows, faults = rows_of_yaml(text, str(path))
        case _:
            raise Malformed(str(path), [Fault("", "must end in .csv, .yaml or .yml")])
    if not rows and not faults:
        faults = [Fault("", "names no meter")]
    meters: list[Named] = []
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        good, wrong = _validated(some)
        meters += good
        faults += [row.fault(field, rule) for row, field, rule in wrong]
        faults += _checked_in_part(some, wrong, check)
    faults += _clashes(rows, meters)
    faults += _checked(meters, check)
    if faults:
        raise Malformed(str(path), sorted(faults, key=lambda fault: fault.line or 0))
    return tuple(installation for _, installation in meters)


def _validated(rows: Sequence[Row]) -> tuple[list[Named], list[Wrong]]:
    """Turn rows into meters; a row with a fault gives none."""
    try:
        documents = _ROWS.validate_python([row.values for row in rows], strict=False)
    except ValidationError as error:
        faulty: set[int] = set()
        wrong = []
        for found in error.errors(include_url=False):
            at, *place = found["loc"]
            faulty.add(int(at))
            wrong.append((rows[int(at)], ".".join(map(str, place)), rule_of(found)))
        good, _ = _validated([row for at, row in enumerate(rows) if at not in faulty])
        return good, wrong
    return [(row, installation_of(document)) for row, document in zip(rows, documents, strict=True)], []


def _checked_in_part(rows: Sequence[Row], wrong: Sequence[Wrong], check: Check) -> Iterator[Fault]:
    """Check what is sound of faulty rows as well, so that one fault does not hide another until it is mended."""
    fields: dict[int, set[str]] = {}
    for row, field, _ in wrong:
        fields.setdefault(row.line, set()).add(field.partition(".")[0])
    for row in rows:
        spoilt = fields.get(row.line)
        if spoilt is None:
            continue
        sound = {name: value for name, value in row.values.items() if name not in spoilt}
        good, _ = _validated([replace(row, values=_STAND_INS | sound)])
        for fault in _checked([(row, meter) for _, meter in good], check):
            if fault.field.rpartition(".")[2] not in spoilt | (_STAND_INS.keys() - sound.keys()):
                yield fault


def _clashes(rows: Sequence[Row], meters: Sequence[Named]) -> Iterator[Fault]:
    """Find meters that stand there twice, share a place on a wire, or depend on what is not there."""
    named = {row.values.get("meter_id") for row in rows}
    seen: dict[str, Row] = {}
    wired: dict[tuple[str, str, str], str] = {}
    for row, meter in meters:
        if meter.meter_id in seen:
            yield row.fault("id", f"stands in line {seen[meter.meter_id].line} already")
        seen.setdefault(meter.meter_id, row)
        place = (meter.link, meter.address, meter.profile)
        if place in wired:
            yield row.fault(
                "address", f"is that of {wired[place]} on the same link: a write would switch the other one"
            )
        wired[place] = meter.meter_id
        for other in meter.depends_on:
            if other == meter.meter_id or other not in named:
                yield row.fault("depends_on", f"{other!r} is no other meter of this file")
        proof = meter.proof_from
        if proof is not None and (proof == meter.meter_id or proof not in named):
            yield row.fault("proof_from", f"{proof!r} is no other meter of this file")


def _checked(meters: Sequence[Named], check: Check) -> Iterator[Fault]:
    for row, meter in meters:
        for fault in check(meter):
            placed = row.fault(fault.field, fault.rule)
            yield replace(placed, code=fault.code)
