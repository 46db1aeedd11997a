"""From rounds to ratios, and how people and programs read them."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from statistics import median

from benchmarks.floor import Loop
from benchmarks.measured import Speed
from benchmarks.rounds import Round
from benchmarks.site import Load

_HEAD = f"{'what':42}{'goal':>8}{'median':>9}{'min..max':>16}   reached"


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio that is wanted: of speeds, or of times where one order is under way at a time."""

    load: Load
    what: str
    wanted: float
    at_most: bool
    """Whether less is better."""

    def ratio(self, engine: Speed, floor: Speed) -> float:
        """The engine against the floor."""
        return engine.p50_ms / floor.p50_ms if self.at_most else engine.orders_per_s / floor.orders_per_s

    def reached_by(self, ratio: float) -> bool:
        """Whether a ratio is good enough."""
        return ratio <= self.wanted if self.at_most else ratio >= self.wanted


GOALS = (
    Goal(Load(100, 1000), "engine, 100 devices, 1000 in flight / F(100)", 0.45, at_most=False),
    Goal(Load(10, 1000), "engine, 10 devices, 1000 in flight / F(10)", 0.25, at_most=False),
    Goal(Load(1, 1), "one order at a time, median / F(1) median", 7.0, at_most=True),
)


@dataclass(frozen=True, slots=True)
class Ratio:
    """What a goal came to, against the floor on one event loop: each engine round by the floor round after it."""

    what: str
    wanted: float
    floor: Loop
    ratios: tuple[float, ...]
    median: float
    reached: bool


def ratios_of(goal: Goal, rounds: Sequence[Round]) -> Iterator[Ratio]:
    """Compare the rounds of a goal's load."""
    engine = _speeds(rounds, goal.load, "engine")
    for loop in Loop:
        floor = _speeds(rounds, goal.load, f"floor, {loop}")
        found = tuple(goal.ratio(one, other) for one, other in zip(engine, floor, strict=True))
        if found:
            yield Ratio(goal.what, goal.wanted, loop, found, median(found), goal.reached_by(median(found)))


def print_ratios(rounds: Sequence[Round]) -> None:
    """Print the goals that these rounds say something of; the floor on the gateway's own loop decides."""
    for loop in Loop:
        found = [ratio for goal in GOALS for ratio in ratios_of(goal, rounds) if ratio.floor is loop]
        if not found:
            return
        print(f"\nagainst bare pymodbus on {loop}")
        print(_HEAD)
        for ratio in found:
            spread = f"{min(ratio.ratios):.3g}..{max(ratio.ratios):.3g}"
            print(
                f"{ratio.what:46}{ratio.wanted:4g}{ratio.median:9.3g}{spread:>16}   {'yes' if ratio.reached else 'no'}"
            )


def print_rounds(rounds: Sequence[Round]) -> None:
    """Print the medians of each side."""
    print(
        f"\n{'side':18}{'devices':>8}{'in flight':>10}{'orders/s':>10}{'p50 ms':>9}{'p99 ms':>9}"
        f"{'cpu us':>8}{'sim us':>8}"
    )
    for (load, side), group in groupby(sorted(rounds, key=_place), key=_place):
        same = list(group)

        def middle(value: Callable[[Round], float], same: Sequence[Round] = same) -> float:
            return median(map(value, same))

        print(
            f"{side:18}{load[0]:8}{load[1]:10}"
            f"{middle(lambda one: one.speed.orders_per_s):10,.0f}"
            f"{middle(lambda one: one.speed.p50_ms):9.2f}"
            f"{middle(lambda one: one.speed.p99_ms):9.2f}"
            f"{middle(lambda one: one.speed.cpu_us_per_order):8.0f}"
            f"{middle(lambda one: one.simulators_cpu_us_per_order):8.0f}"
        )


def as_json(rounds: Sequence[Round]) -> str:
    """Everything that was measured."""
    ratios = [asdict(ratio) for goal in GOALS for ratio in ratios_of(goal, rounds)]
    return json.dumps({"ratios": ratios, "rounds": [asdict(one) for one in rounds]}, indent=1)


def _place(one: Round) -> tuple[tuple[int, int], str]:
    return (one.load.devices, one.load.in_flight), one.side


def _speeds(rounds: Sequence[Round], load: Load, side: str) -> list[Speed]:
    return [one.speed for one in rounds if one.load == load and one.side == side]
