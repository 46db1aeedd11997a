"""The registry as JSON: these meters and no others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from meterhold.documents.fields import DecimalText, Name, Phrase, Strict
from meterhold.documents.json_faults import read_document
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.meter import Installation
from meterhold.domain.words import Context, Flag, Service

MOST_REGISTRY_BYTES = 64 * 1024 * 1024


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as Europe/Berlin") from None
    return name


class InstallationDocument(Strict):
    """What the registry says of a meter."""

    meter_id: Name
    service_point: Name
    service: Service
    profile: Name
    link: Name
    address: Phrase
    serial: Name | None = None
    area: Name | None = None
    time_zone: Annotated[Name, AfterValidator(_zone)] = "UTC"
    rated_load_kw: DecimalText | None = None
    flags: tuple[Flag, ...] = ()
    depends_on: tuple[Name, ...] = ()
    proof_from: Name | None = None
    context: Context = Context.PRODUCTION


class RegistryDocument(Strict):
    """All meters of the site."""

    meters: tuple[InstallationDocument, ...]


Check = Callable[[Installation], list[Fault]]
"""Whether a meter fits the site's profiles and links, of which this document knows nothing."""


def parse_registry(text: bytes, check: Check = lambda _: []) -> tuple[Installation, ...]:
    """Read the registry, or raise ``Malformed`` with all faults at once."""
    document = read_document(text, RegistryDocument, "registry", MOST_REGISTRY_BYTES)
    meters = tuple(installation_of(meter) for meter in document.meters)
    faults = [*_between(meters)]
    for at, meter in enumerate(meters):
        faults += [replace(fault, field=f"meters.{at}.{fault.field}") for fault in check(meter)]
    if faults:
        raise Malformed("registry", faults)
    return meters


def _between(meters: Sequence[Installation]) -> Iterator[Fault]:
    """What is wrong between the meters of the list."""
    known = {meter.meter_id for meter in meters}
    seen: set[str] = set()
    for at, meter in enumerate(meters):
        if meter.meter_id in seen:
            yield Fault(f"meters.{at}.meter_id", f"{meter.meter_id!r} is in the list before")
        seen.add(meter.meter_id)
        for other in meter.depends_on:
            if other not in known or other == meter.meter_id:
                yield Fault(f"meters.{at}.depends_on", f"{other!r} is no other meter of this list")
        proof = meter.proof_from
        if proof is not None and (proof not in known or proof == meter.meter_id):
            yield Fault(f"meters.{at}.proof_from", f"{proof!r} is no other meter of this list")


def installation_of(meter: InstallationDocument) -> Installation:
    """What the document says, in the domain's words."""
    return Installation(
        meter_id=meter.meter_id,
        service_point=meter.service_point,
        service=meter.service,
        profile=meter.profile,
        link=meter.link,
        address=meter.address,
        serial=meter.serial,
        area=meter.area,
        time_zone=meter.time_zone,
        rated_load_kw=None if meter.rated_load_kw is None else Decimal(meter.rated_load_kw),
        flags=frozenset(meter.flags),
        depends_on=meter.depends_on,
        proof_from=meter.proof_from,
        context=meter.context,
    )
