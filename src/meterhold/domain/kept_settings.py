"""What a meter is set to: read before a suspension and after its restore, because the hold should change none of it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a meter's configuration as it was read."""

    name: str
    """As the profile calls it."""
    value: str | None
    """``None`` where the meter did not tell."""
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """A setting that was one thing before and is another after."""

    name: str
    before: str
    after: str
    unit: str | None = None

    def __str__(self) -> str:
        """One clause for people."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.name} was {self.before}{unit} and is {self.after}{unit}"


def changed(before: Sequence[Setting], after: Sequence[Setting]) -> tuple[SettingChanged, ...]:
    """What differs. What was not told at one end is no difference: nobody knows."""
    then = {setting.name: setting for setting in before}
    return tuple(
        SettingChanged(now.name, was.value, now.value, now.unit)
        for now in after
        if (was := then.get(now.name)) is not None
        and was.value is not None
        and now.value is not None
        and was.value != now.value
    )
