"""Computes the public holidays of a country or a part of one. The only importer of ``holidays``."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import holidays

YEARS = range(2000, 2101)
"""Rules look no further ahead than a year or so: a century is computed in some milliseconds, and never again."""


class UnknownPlace(ValueError):
    """There is no calendar of such a country or subdivision."""


@lru_cache(maxsize=64)
def holidays_of(country: str, subdivision: str | None) -> Mapping[date, str]:
    """All public holidays of these years, by day. Raises ``UnknownPlace``."""
    try:
        days = holidays.country_holidays(country, subdiv=subdivision, years=YEARS)
    except NotImplementedError:
        where = country if subdivision is None else f"{country}, {subdivision}"
        raise UnknownPlace(f"no holidays are known of {where}") from None
    return dict(days)
