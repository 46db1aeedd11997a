"""One service off while another stays on: without electricity there is no heating, and water that is on freezes."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions.look import Look
from meterhold.domain.policy.conditions.temperature import Temperature
from meterhold.domain.words import Because, Service


@dataclass(frozen=True, slots=True)
class LeftOn:
    """Bites where the weather condition does and a meter of the other service stays on at the same service point."""

    service: Service
    weather: Temperature
    code: Because = Because.POLICY_WEATHER

    def look(self, case: Case, leg: Premises, at: datetime) -> Look:
        """Look at the other meters first, then at the weather."""
        on = ", ".join(other.meter_id for other in case.left_on if other.service is self.service)
        if not on:
            return Look(bites=False, sentence=f"no {self.service} meter of the service point stays on")
        look = self.weather.look(case, leg, at)
        return Look(
            look.bites, f"{self.service} stays on at {on}; {look.sentence}", {**look.facts, "on": on}, look.effect
        )

    def free_after(self, case: Case, leg: Premises, at: datetime) -> datetime | None:
        """When the weather permits it."""
        return self.weather.free_after(case, leg, at)
