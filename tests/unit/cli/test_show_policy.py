"""Rules, forecasts and moratoria on a screen."""

from rich.console import Console, RenderableType

from meterhold.cli.show.policy import explanation_view, forecasts_table, moratoria_table, taken_table

ANSWER = {
    "asked": {
        "meter": "E-1",
        "action": "suspend",
        "reason": "non_payment",
        "mode": "physical",
        "at": "2026-11-28T10:00Z",
    },
    "version": "2026-11",
    "effect": "defer",
    "next_permitted_at": "2026-11-30T08:00Z",
    "verdicts": [],
    "rules": [
        {"rule": "frost", "source": "a statute", "effect": "refuse", "bites": False, "sentence": "it is for water"},
        {"rule": "office", "source": "a tariff", "effect": "defer", "bites": True, "sentence": "it is Saturday"},
    ],
}


def shown(view: RenderableType) -> str:
    """A view as plain text."""
    console = Console(width=160, highlight=False)
    with console.capture() as captured:
        console.print(view)
    return captured.get()


def test_what_bites_stands_first_and_the_next_moment_is_said() -> None:
    """In words; a rule that does not bite says why."""
    text = shown(explanation_view(ANSWER))
    assert "deferred" in text
    assert "2026-11-30T08:00Z" in text
    assert text.index("it is Saturday") < text.index("it is for water")


def test_where_waiting_does_not_help_that_is_said() -> None:
    """Instead of a moment."""
    assert "waiting does not help" in shown(explanation_view({**ANSWER, "next_permitted_at": None, "effect": "refuse"}))


def test_moratoria_and_forecasts_are_one_line_each() -> None:
    """A moratorium without areas is for everywhere; a forecast shows its coldest and warmest hour."""
    raised = {"moratorium_id": "M-1", "areas": [], "from_at": "a", "until_at": "b", "reason": "storm", "by": "desk"}
    assert "everywhere" in shown(moratoria_table([raised]))
    hours = [{"at": "t", "temperature_c": value} for value in ("4", "-10", "9")]
    forecast = {"area": "*", "issued_at": "i", "source": "met office", "hours": hours}
    text = shown(forecasts_table([forecast]))
    assert "-10 C" in text
    assert "9 C" in text
    assert "older than what is known" in shown(taken_table([{"area": "*", "taken": False, "issued_at": "i"}]))
