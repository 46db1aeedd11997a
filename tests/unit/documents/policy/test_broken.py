"""Broken policies get every fault at once, each with its line and the rule it breaks."""

from pathlib import Path

import pytest

from meterhold.documents.policy import load_policy, parse_policy
from meterhold.domain.errors import Malformed
from meterhold.domain.policy import Effect
from meterhold.domain.policy.conditions import Length, Season, Temperature
from meterhold.domain.policy.local import Span

BROKEN = Path(__file__).parents[3] / "policies" / "broken"

RULE = """\
schema_version: 1
rules:
  - id: rule
    source: a test
    effect: warn
    """


@pytest.mark.parametrize("file", sorted(BROKEN.glob("*.yaml")), ids=lambda file: file.stem)
def test_says_all_that_is_wrong(file: Path) -> None:
    """A broken policy is refused with exactly the messages that stand beside it."""
    with pytest.raises(Malformed) as refused:
        parse_policy(file.read_text(encoding="utf-8"), file.name)
    said = [f"{fault.line}: {fault.field}: {fault.rule}" for fault in refused.value.faults]
    assert said == file.with_suffix(".expected").read_text(encoding="utf-8").splitlines()


def test_each_expectation_has_its_file() -> None:
    """No expectation is left behind by a fixture that went away."""
    assert {file.stem for file in BROKEN.glob("*.expected")} == {file.stem for file in BROKEN.glob("*.yaml")}


def test_a_file_that_is_not_there_is_a_fault_and_no_crash(tmp_path: Path) -> None:
    """It is named like any other."""
    with pytest.raises(Malformed, match="cannot be read"):
        load_policy(tmp_path / "policy.yaml")


def test_the_version_is_the_file_s_own_or_follows_its_content() -> None:
    """Whoever changes a rule changes the version; whoever changes a comment does not."""
    first = parse_policy(RULE + "always: true\n").version
    assert parse_policy("# a comment\n" + RULE + "always: true\n").version == first
    assert parse_policy(RULE + 'inspect_after: "3 months"\n').version != first
    assert parse_policy('version: "2026-11"\n' + RULE + "always: true\n").version == "2026-11"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1 year", Span(months=12)),
        ("2 months", Span(months=2)),
        ("6 weeks", Span(days=42)),
        ("90 days", Span(days=90)),
    ],
)
def test_lengths_are_written_in_words(text: str, span: Span) -> None:
    """Days, weeks, months and years."""
    (rule,) = parse_policy(RULE + f"length: {{longest: {text}}}\n").rules
    assert rule.condition == Length(None, span)


def test_conditions_are_built_as_they_are_written() -> None:
    """A season, and a temperature in the unit of its source."""
    (season,) = parse_policy(RULE + 'dates: {from: "11-15", to: "04-30"}\n').rules
    assert season.condition == Season((11, 15), (4, 30))
    (weather,) = parse_policy(RULE + 'weather: {below: "-5.5 F", ahead_h: 3, if_stale: allow}\n').rules
    assert isinstance(weather.condition, Temperature)
    assert str(weather.condition.limits[0][1]) == "-5.5 F"
    assert weather.condition.if_stale is Effect.ALLOW


def test_calendars_add_days_and_take_others_away() -> None:
    """What a site keeps, and what it does not."""
    text = """
calendars:
  ours: {country: US, subdivision: VA, also: {"2026-12-24": Christmas Eve}, never: ["2026-10-12"]}
"""
    (rule,) = parse_policy(RULE + "holidays: {calendar: ours}\n" + text).rules
    days = {day.isoformat(): name for day, name in rule.condition.calendar.days.items()}  # type: ignore[attr-defined]
    assert days["2026-12-24"] == "Christmas Eve"
    assert days["2026-12-25"] == "Christmas Day"
    assert "2026-10-12" not in days
