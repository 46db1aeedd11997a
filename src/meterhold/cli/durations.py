"""Durations as one types them: ``90s``, ``30m``, ``24h``, ``7d``."""

import re

from meterhold.domain.errors import Fault, Malformed

_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds_of(duration: str, option: str) -> float:
    """Read a duration; ``option`` is what it was given for."""
    match = re.fullmatch(r"(\d{1,7})([smhd]?)", duration)
    if match is None:
        raise Malformed("duration", [Fault(option, "must be a number with s, m, h or d, such as 24h")])
    return int(match[1]) * _UNITS_S[match[2]]
