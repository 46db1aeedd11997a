"""The watch over meters that are held: how it is kept, and what it remembers of each meter."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhold.domain.words import Because, Moment


@dataclass(frozen=True, slots=True)
class WatchRules:
    """How the site wants its held meters watched."""

    every_s: float = 3600.0
    """Between two looks at one meter."""
    share: float = 0.05
    """The most of a link's time that the watch takes."""
    usage_threshold_kwh: Decimal = Decimal(1)
    """More than this drawn at a held electricity meter is worth an alarm."""
    usage_threshold_m3: Decimal = Decimal("0.1")
    """The same of a water meter."""
    silent_after_s: float = 4 * 3600.0
    """A meter that has not answered for longer is silent."""
    keep_every_s: float = 24 * 3600.0
    """A look that found nothing new is kept no more often than this."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that is wrong and was said: it is not said again before it has been seen well."""

    code: Because
    hold_id: str | None
    level: Decimal | None = None
    """How much it was when it was said, where it can grow: it is said again once it has doubled."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A look that a hold is to have for its registers, although nothing is switched then."""

    hold_id: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class Watch:
    """What the watch remembers of one meter."""

    looked_at: datetime | None = None
    """When it was last seen, as far as that was kept."""
    silent_since: datetime | None = None
    """It has not answered since: when it last did."""
    frozen_since: datetime | None = None
    """Every look since showed the supply side alive and the register where it was."""
    standing: tuple[Matter, ...] = ()
    """What is wrong, and was said."""
    owed: tuple[Owed, ...] = ()

    def matter(self, code: Because, hold_id: str | None) -> Matter | None:
        """What was said of a cause."""
        return next((one for one in self.standing if (one.code, one.hold_id) == (code, hold_id)), None)


UNWATCHED = Watch()
"""What is remembered of a meter before its first hold."""

DEFAULT_WATCH = WatchRules()
"""How meters are watched where the site says nothing: there is no site without a watch."""
