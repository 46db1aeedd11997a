"""Settings kept: what of a meter's configuration is read at both ends of a hold, so that a change is reported.

They are no part of a look and nothing rests on them: an error in reading them never stops a switching.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from meterhold.profiles.language.base import Kind, Part, PointName, Text
from meterhold.profiles.language.points import ModbusPoint, MqttPoint, PointBase
from meterhold.profiles.language.questions import MqttQuestion


def _refuse_foreign(point: PointBase, *names: str) -> None:
    """Refuse what a point of a look may have and a setting may not."""
    given = [name for name in names if name in point.model_fields_set]
    if given:
        raise ValueError(f"a setting has no {', '.join(given)}")


def _refuse_unit_without_number(kind: Kind, unit: str | None) -> None:
    if unit is not None and kind not in {Kind.WHOLE, Kind.REAL}:
        raise ValueError(f"a unit needs a number, not a setting that is {kind}")


class ModbusSetting(ModbusPoint):
    """A setting in a Modbus table."""

    unit: Text | None = None
    """For people; ``scale`` must bring the raw value to it."""

    @model_validator(mode="after")
    def _is_a_setting(self) -> Self:
        _refuse_foreign(self, "quantity")
        _refuse_unit_without_number(self.kind, self.unit)
        return self


class MqttSetting(MqttPoint):
    """A setting in the answer to the settings' own question."""

    unit: Text | None = None
    """For people; ``scale`` must bring the raw value to it."""

    @model_validator(mode="after")
    def _is_a_setting(self) -> Self:
        _refuse_foreign(self, "quantity", "question", "report", "cached", "topic_level")
        _refuse_unit_without_number(self.kind, self.unit)
        return self


class ModbusSettings(Part):
    """The settings that a Modbus meter lets us read."""

    points: Annotated[dict[PointName, ModbusSetting], Field(min_length=1)]


class MqttSettings(Part):
    """The settings that an MQTT meter tells when it is asked."""

    question: MqttQuestion
    points: Annotated[dict[PointName, MqttSetting], Field(min_length=1)]

    @model_validator(mode="after")
    def _asked_plainly(self) -> Self:
        if self.question.decode is not None or self.question.or_latest:
            raise ValueError("settings are asked for now and in plain JSON: neither decode nor or_latest fits")
        return self
