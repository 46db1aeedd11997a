"""The kinds of condition that a rule can have; each is one idea in one file."""

from meterhold.domain.policy.conditions.absence import Absence
from meterhold.domain.policy.conditions.dates import Backdated, Length, SameDay
from meterhold.domain.policy.conditions.days import Holidays, Season
from meterhold.domain.policy.conditions.hours import Hours, Window
from meterhold.domain.policy.conditions.left_on import LeftOn
from meterhold.domain.policy.conditions.look import Condition, Look
from meterhold.domain.policy.conditions.notice import Notice
from meterhold.domain.policy.conditions.raised import Raised
from meterhold.domain.policy.conditions.standing import Always, LeastLeft, Protected
from meterhold.domain.policy.conditions.temperature import Comparison, Degrees, Temperature

__all__ = [
    "Absence",
    "Always",
    "Backdated",
    "Comparison",
    "Condition",
    "Degrees",
    "Holidays",
    "Hours",
    "LeastLeft",
    "LeftOn",
    "Length",
    "Look",
    "Notice",
    "Protected",
    "Raised",
    "SameDay",
    "Season",
    "Temperature",
    "Window",
]
