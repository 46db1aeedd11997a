"""What ``docs/policy.md`` shows is understood, and what is understood stands there."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterhold.documents.policy import parse_policy
from meterhold.documents.policy.conditions import WeatherSection
from meterhold.documents.policy.sections import CONDITIONS, ScopeSection
from meterhold.documents.weather import parse_forecasts
from meterhold.domain.policy import Effect
from meterhold.domain.words import Flag

PAGE = (Path(__file__).parents[4] / "docs" / "policy.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The examples of one language."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", blocks("yaml"), ids=range(len(blocks("yaml"))))
def test_each_example_is_a_policy(text: str) -> None:
    """A whole one, or some rules of one."""
    whole = text if text.startswith("schema_version") else f"schema_version: 1\nrules:\n{text}"
    assert parse_policy(whole).rules


def test_the_forecast_is_one() -> None:
    """In both units, for an area and for everywhere."""
    (text,) = blocks("json")
    assert [forecast.area for forecast in parse_forecasts(text, datetime(2026, 11, 24, tzinfo=UTC))] == [
        "feeder-7",
        "*",
    ]


def test_every_word_of_the_language_is_explained() -> None:
    """Conditions, effects, selectors, weather and flags."""
    words = {*CONDITIONS, *ScopeSection.model_fields, *WeatherSection.model_fields, *Flag, *set(Effect)}
    assert sorted(word for word in words if f"`{word}" not in PAGE) == []
