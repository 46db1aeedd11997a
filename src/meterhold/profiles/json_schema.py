"""The language as JSON Schema: what editors check a profile with while it is being written."""

import json
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from meterhold.profiles.language.definition import ModbusDefinition, MqttDefinition

_EITHER = Annotated[ModbusDefinition | MqttDefinition, Field(discriminator="wire")]


def profile_json_schema() -> dict[str, Any]:
    """JSON Schema of a profile, of either wire."""
    adapter: TypeAdapter[ModbusDefinition | MqttDefinition] = TypeAdapter(_EITHER)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "meterhold profile",
        **adapter.json_schema(),
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(profile_json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
