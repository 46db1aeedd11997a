"""What the demo shows: a live table on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from meterhold.cli.console import add_row, table
from meterhold.cli.show.hold import coloured

Holds = Sequence[Mapping[str, Any]]
Truths = Mapping[str, str]
"""What is physically so at each meter, as the simulators know it and the gateway must find out."""


class Screen(Protocol):
    """Where the demo shows what goes on."""

    def say(self, text: str) -> None:
        """A step of the demo."""

    def show(self, holds: Holds, truths: Truths) -> None:
        """Holds and meters as they are now."""

    def close(self) -> None:
        """Nothing moves any more."""


def screen_for(console: Console, seconds: Callable[[], float]) -> Screen:
    """A live table where there is a terminal, lines where there is none. ``seconds`` since the demo's beginning."""
    return LiveScreen(console, seconds) if console.is_terminal else LineScreen(console, seconds)


class LineScreen:
    """One line for each change."""

    def __init__(self, console: Console, seconds: Callable[[], float]) -> None:
        self._console = console
        self._seconds = seconds
        self._seen: dict[str, str] = {}

    def say(self, text: str) -> None:
        """Print a step."""
        self._console.print(Text(f"{self._seconds():5.1f} s  {text}"))

    def show(self, holds: Holds, truths: Truths) -> None:
        """Print what changed since the last time."""
        for name, words in _facts(holds, truths):
            before = self._seen.get(name)
            if words != before:
                self._seen[name] = words
                self.say(f"{name}: {words}")

    def close(self) -> None:
        """Nothing to do."""


class LiveScreen:
    """A table that moves; steps scroll above it."""

    def __init__(self, console: Console, seconds: Callable[[], float]) -> None:
        self._live = Live(console=console, refresh_per_second=8, transient=False)
        self._seconds = seconds
        self._live.start()

    def say(self, text: str) -> None:
        """Print a step above the table."""
        self._live.console.print(Text(f"{self._seconds():5.1f} s  {text}"))

    def show(self, holds: Holds, truths: Truths) -> None:
        """Draw the table anew."""
        self._live.update(_picture(holds, truths, self._seconds()))

    def close(self) -> None:
        """Leave the last picture standing."""
        self._live.stop()


def _facts(holds: Holds, truths: Truths) -> Iterator[tuple[str, str]]:
    for hold in holds:
        proof = "" if hold["proof"] == "none" else f" ({hold['proof']})"
        yield f"hold {hold['order_id']} at {hold['service_point']}", f"{hold['status']}{proof}"
        for leg in hold["legs"]:
            yield f"  leg {leg['meter_id']}", _leg(leg)
        for item in hold["attention"]:
            yield (
                f"  attention {hold['order_id']} #{item['n']}",
                f"{item['code']} waits for {item['who']}: {item['detail']}",
            )
    for meter_id, truth in truths.items():
        yield f"  meter {meter_id}", f"physically {truth}"


def _leg(leg: Mapping[str, Any]) -> str:
    intended = "nothing intended" if leg["intended"] is None else f"intended {leg['intended']}"
    words = f"{intended}, actual {leg['actual']}, proof {leg['proof']}"
    outcome = f": {leg['outcome']}" if leg["outcome"] else ""
    return words + outcome + (f" because {leg['because']}" if leg["because"] else "")


def _picture(holds: Holds, truths: Truths, seconds: float) -> RenderableType:
    made: Table = table("hold", "status", "meter", "intended", "actual", "proof", "outcome", "in truth")
    for hold in holds:
        for n, leg in enumerate(hold["legs"]):
            head = (hold["order_id"], coloured(hold["status"])) if n == 0 else (" ", " ")
            add_row(
                made,
                *head,
                f"{leg['meter_id']} {leg['service']}",
                leg["intended"],
                coloured(leg["actual"]),
                leg["proof"],
                " ".join(str(part) for part in (leg["outcome"], leg["because"]) if part),
                coloured(truths.get(leg["meter_id"])),
            )
        for item in hold["attention"]:
            add_row(made, " ", Text(f"attention: {item['code']}", style="red"), item["meter_id"], item["detail"])
    return Group(made, Text(f"{seconds:.0f} s", style="dim"))
