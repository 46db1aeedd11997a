"""What no waiting changes: whom a meter protects, what is forbidden altogether, how little may be left of supply."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions.look import Look
from meterhold.domain.words import Because, Flag, Mode


@dataclass(frozen=True, slots=True)
class Protected:
    """Bites where the meter bears one of these flags."""

    flags: frozenset[Flag]

    @property
    def code(self) -> Because:
        """Who is protected."""
        return Because.FIRE_SERVICE if self.flags == {Flag.FIRE_SERVICE} else Because.PROTECTED_CUSTOMER

    def look(self, _case: Case, leg: Premises, _at: datetime) -> Look:
        """Compare the flags."""
        found = ", ".join(sorted(self.flags & leg.flags))
        if found:
            return Look(bites=True, sentence=f"{leg.meter_id} is flagged {found}", facts={"flags": found})
        return Look(bites=False, sentence=f"{leg.meter_id} bears none of these flags")

    def free_after(self, _case: Case, _leg: Premises, _at: datetime) -> datetime | None:
        """Waiting changes no flag."""
        return None


@dataclass(frozen=True, slots=True)
class Always:
    """Bites wherever the rule applies."""

    code: Because = Because.POLICY_FORBIDS

    def look(self, case: Case, leg: Premises, _at: datetime) -> Look:
        """There is nothing to compare."""
        sentence = f"the rule covers every {case.reason} order of this kind for {leg.service}, mode {leg.mode}"
        return Look(bites=True, sentence=sentence)

    def free_after(self, _case: Case, _leg: Premises, _at: datetime) -> datetime | None:
        """Waiting does not help."""
        return None


@dataclass(frozen=True, slots=True)
class LeastLeft:
    """Bites where a restriction leaves less than so much, or says it in another unit."""

    value: Decimal
    unit: str
    code: Because = Because.POLICY_FORBIDS

    def look(self, _case: Case, leg: Premises, _at: datetime) -> Look:
        """Compare what is to be left."""
        facts = {"least": f"{self.value:f} {self.unit}"}
        if leg.mode is not Mode.RESTRICT or leg.restrict_to is None:
            return Look(bites=False, sentence="nothing is restricted", facts=facts)
        value, unit = leg.restrict_to
        facts["asked"] = f"{value:f} {unit}"
        if unit.lower() != self.unit.lower():
            sentence = f"{facts['asked']} cannot be compared with the {facts['least']} that must be left"
            return Look(bites=True, sentence=sentence, facts=facts)
        sentence = f"{facts['asked']} is to be left; it must be {facts['least']} at least"
        return Look(bites=value < self.value, sentence=sentence, facts=facts)

    def free_after(self, _case: Case, _leg: Premises, _at: datetime) -> datetime | None:
        """Waiting leaves no more."""
        return None
