"""The registry's file, checked on this side and sent as the API takes it."""

from pathlib import Path
from typing import Any

from meterhold.bootstrap import profile_folders, site_check
from meterhold.cli.configuration import configured
from meterhold.documents.registry import read_registry
from meterhold.documents.render import decimal_text
from meterhold.domain.meter import Installation
from meterhold.profiles import load_profiles


def installations_of(file: Path, config: Path | None) -> tuple[Installation, ...]:
    """Read a registry; with a configuration, check it against the site's profiles and links as well."""
    if config is None:
        return read_registry(file)
    site = configured(config)
    return read_registry(file, check=site_check(site, load_profiles(*profile_folders(site))))


def installation_document(place: Installation) -> dict[str, Any]:
    """One meter as the API takes it."""
    return {
        "meter_id": place.meter_id,
        "service_point": place.service_point,
        "service": place.service,
        "profile": place.profile,
        "link": place.link,
        "address": place.address,
        "serial": place.serial,
        "area": place.area,
        "time_zone": place.time_zone,
        "rated_load_kw": None if place.rated_load_kw is None else decimal_text(place.rated_load_kw),
        "flags": sorted(place.flags),
        "depends_on": list(place.depends_on),
        "proof_from": place.proof_from,
        "context": place.context,
    }
