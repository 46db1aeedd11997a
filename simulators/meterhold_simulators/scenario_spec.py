"""What a scenario file may say: steps in time, each for some meters or listeners. Unknown keys are errors."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from meterhold_simulators.faults import NotNegative, Positive
from meterhold_simulators.spec_base import Strict, Unit

Glob = Annotated[str, Field(min_length=1, max_length=128)]
Globs = Annotated[tuple[Glob, ...], Field(min_length=1)]

SET_KEYS = ("load_w", "load_a", "voltage_v", "demand_m3_h", "register", "serial", "faults", "times")


class Between(Strict):
    """A number that is drawn for each meter each time."""

    between: tuple[float, float]

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        if self.between[0] > self.between[1]:
            raise ValueError(f"nothing is between {self.between[0]:g} and {self.between[1]:g}")
        return self


class OneOf(Strict):
    """A value that is drawn for each meter each time."""

    one_of: Annotated[tuple[Any, ...], Field(min_length=1)]


class StepSpec(Strict):
    """One thing that happens, once or again and again, to some meters or listeners. Times are simulated seconds."""

    at_s: NotNegative | None = None
    """Once, then."""
    every_s: Positive | None = None
    """Again and again."""
    from_s: NotNegative = 0.0
    until_s: NotNegative | None = None
    between: tuple[NotNegative, NotNegative] | None = None
    """Once for each meter, at a moment that is drawn for it."""

    meters: Globs | Glob | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Only so many of them, drawn once for the whole scenario."""
    listeners: Globs | Glob | None = None

    set: dict[Literal["load_w", "load_a", "voltage_v", "demand_m3_h", "register", "serial", "faults", "times"], Any] = (
        Field(default_factory=dict)
    )
    """As over the control port. A number may be `{between: [0, 3000]}`, a value `{one_of: [...]}`."""
    for_s: Positive | None = None
    """The faults that are set are taken away again after so long."""
    button: bool = False
    """Somebody presses the button at the meter."""
    hang_up: bool = False
    """Every connection to the listener is dropped."""
    swap: tuple[Unit, Unit] | None = None
    """Two meters of the listener exchange their unit ids."""

    @property
    def meter_globs(self) -> tuple[str, ...]:
        """The meters it is for."""
        return (self.meters,) if isinstance(self.meters, str) else self.meters or ()

    @property
    def listener_globs(self) -> tuple[str, ...]:
        """The listeners it is for."""
        return (self.listeners,) if isinstance(self.listeners, str) else self.listeners or ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        faults = []
        if sum(one is not None for one in (self.at_s, self.every_s, self.between)) != 1:
            faults.append("needs exactly one of at_s, every_s, between")
        if self.between is not None and self.between[0] > self.between[1]:
            faults.append(f"nothing is between {self.between[0]:g} and {self.between[1]:g}")
        if self.every_s is None and ("from_s" in self.model_fields_set or self.until_s is not None):
            faults.append("from_s and until_s go with every_s")
        if (self.meters is None) is (self.listeners is None):
            faults.append("needs exactly one of meters, listeners")
        if self.meters is not None and not (self.set or self.button):
            faults.append("does nothing: needs set or button")
        if self.meters is not None and (self.hang_up or self.swap):
            faults.append("hang_up and swap are for listeners")
        if self.listeners is not None and not (self.hang_up or self.swap):
            faults.append("does nothing: needs hang_up or swap")
        if self.listeners is not None and (self.set or self.button):
            faults.append("set and button are for meters")
        if self.for_s is not None and "faults" not in self.set:
            faults.append("for_s needs faults to take away again")
        if faults:
            raise ValueError("; ".join(faults))
        return self


class ScenarioSpec(Strict):
    """A whole scenario."""

    time_scale: Positive | None = None
    """Instead of the fleet's."""
    seed: int = 0
    steps: Annotated[tuple[StepSpec, ...], Field(min_length=1)]
