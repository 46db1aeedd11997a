"""``terms.watch`` in ``gateway.yaml``: how held meters are watched."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from meterhold.documents.config_fields import StrictSection
from meterhold.domain.watch import DEFAULT_WATCH, WatchRules

_DAY_S = 86_400.0

Usage = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]


class WatchSection(StrictSection):
    """How often a held meter is looked at, how much of a line that may take, and what is worth an alarm.

    It cannot be switched off: the bounds are those within which a hold can still be vouched for.
    """

    every_s: Annotated[float, Field(ge=1, le=7 * _DAY_S, allow_inf_nan=False)] = DEFAULT_WATCH.every_s
    """Between two looks at one meter."""
    share: Annotated[float, Field(ge=0.001, le=0.5, allow_inf_nan=False)] = DEFAULT_WATCH.share
    """The most of a link's time that the watch takes: 0.05 is one twentieth."""
    usage_threshold_kwh: Usage = float(DEFAULT_WATCH.usage_threshold_kwh)
    """More than this drawn during a hold is worth an alarm."""
    usage_threshold_m3: Usage = float(DEFAULT_WATCH.usage_threshold_m3)
    """The same for water."""
    silent_after_s: Annotated[float, Field(ge=1, le=31 * _DAY_S, allow_inf_nan=False)] = DEFAULT_WATCH.silent_after_s
    """A meter that has not answered for longer is worth an alarm."""
    keep_every_s: Annotated[float, Field(ge=1, le=31 * _DAY_S, allow_inf_nan=False)] = DEFAULT_WATCH.keep_every_s
    """A look that found nothing new is written to the journal no more often than this."""

    def as_rules(self) -> WatchRules:
        """In the words of the domain."""
        return WatchRules(
            self.every_s,
            self.share,
            Decimal(str(self.usage_threshold_kwh)),
            Decimal(str(self.usage_threshold_m3)),
            self.silent_after_s,
            self.keep_every_s,
        )
