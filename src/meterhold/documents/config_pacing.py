"""``terms.mass_restore`` and ``terms.valves_at_once`` of ``gateway.yaml``: what feeders and water mains bear."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from meterhold.documents.config_fields import StrictSection
from meterhold.domain.ramp import DEFAULT_MASS_RESTORE, MassRestore

ValvesAtOnce = Annotated[int, Field(ge=1, le=50)]


class MassRestoreSection(StrictSection):
    """How fast many homes of one feeder or zone come back. Nobody may let them all come at once."""

    above: Annotated[int, Field(ge=1, le=200)] = DEFAULT_MASS_RESTORE.above
    """So many within about a minute come back at once; those beyond are given moments of their own."""
    per_minute: Annotated[int, Field(ge=1, le=600)] = DEFAULT_MASS_RESTORE.per_minute
    """More reconnects than this leave for one area in no minute."""

    @model_validator(mode="after")
    def _above_fits(self) -> Self:
        if self.above > self.per_minute:
            raise ValueError("above must not be more than per_minute: so many come at once")
        return self

    def as_rule(self) -> MassRestore:
        """In the words of the domain."""
        return MassRestore(self.above, self.per_minute)
