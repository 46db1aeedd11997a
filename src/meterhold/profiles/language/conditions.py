"""Tests on the value of a point: which one, and what it takes to fit the point.

``equals``, ``mask`` with ``value``, and ``contains`` look at the raw value as it came over the wire; ``above``,
``below``, ``between`` and ``near`` look at the scaled one, in the unit of the point.
"""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from meterhold.profiles.language.base import Kind, Part, PointName, Scalar, kind_of

_NUMERIC = frozenset({Kind.WHOLE, Kind.REAL})


class Condition(Part):
    """Exactly one test on a value."""

    equals: Scalar | None = None
    """The raw value is exactly this."""
    mask: int | None = Field(default=None, ge=1)
    """All these bits are set; with ``value``, the bits under the mask are exactly that."""
    value: int | None = Field(default=None, ge=0)
    """What the bits under ``mask`` must be."""
    above: Decimal | None = None
    """The scaled value is more than this."""
    below: Decimal | None = None
    """The scaled value is less than this."""
    between: tuple[Decimal, Decimal] | None = None
    """The scaled value is in this range, ends included."""
    near: Decimal | None = None
    """The scaled value is this, give or take ``tolerance``: positions are rarely exact."""
    tolerance: Annotated[Decimal, Field(gt=0)] | None = None
    contains: str | None = None
    """The list holds this text."""

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        tests = [self.equals, self.mask, self.above, self.below, self.between, self.near, self.contains]
        if sum(test is not None for test in tests) != 1:
            raise ValueError("needs exactly one test of equals, mask, above, below, between, near, contains")
        if (self.near is None) is not (self.tolerance is None):
            raise ValueError("near and tolerance go together")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError(f"nothing is between {self.between[0]} and {self.between[1]}")
        if self.value is not None and self.mask is None:
            raise ValueError("value needs a mask")
        if self.mask is not None and self.value is not None and self.value & ~self.mask:
            raise ValueError(f"value {self.value:#x} has bits outside mask {self.mask:#x}: it can never match")
        return self

    @property
    def limits(self) -> tuple[Decimal, Decimal] | None:
        """The range in which the scaled value must be, ends included, for ``between`` and ``near``."""
        if self.near is not None and self.tolerance is not None:
            return self.near - self.tolerance, self.near + self.tolerance
        return self.between

    def says(self) -> str:
        """The test as a reader says it."""
        if self.equals is not None:
            return f"equals {self.equals!r}"
        if self.mask is not None:
            bits = self.mask if self.value is None else self.value
            return f"has {bits:#06x} under mask {self.mask:#06x}"
        if self.above is not None:
            return f"is above {self.above}"
        if self.below is not None:
            return f"is below {self.below}"
        if self.limits is not None:
            return f"is between {self.limits[0]} and {self.limits[1]}"
        return f"contains {self.contains!r}"

    def misfit(self, kind: Kind) -> str | None:
        """Say why this test cannot be made on a point of this kind, if so."""
        if self.equals is not None:
            fits = kind_of(self.equals) is kind
            return None if fits else f"equals {self.equals!r} can never match a point that is {kind}"
        if self.mask is not None and kind is not Kind.WHOLE:
            return f"mask needs a whole number, not a point that is {kind}"
        if (self.above is not None or self.below is not None) and kind not in _NUMERIC:
            return f"above and below need a number, not a point that is {kind}"
        if self.limits is not None and kind not in _NUMERIC:
            return f"between and near need a number, not a point that is {kind}"
        if self.contains is not None and kind is not Kind.LIST:
            return f"contains needs a list, not a point that is {kind}"
        return None


class PointCondition(Condition):
    """A test on a named point."""

    point: PointName
