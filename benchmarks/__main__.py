"""Measure the gateway against what its wire library alone can do: ``python -m benchmarks [PART]``.

Parts: ``engine`` (many orders in flight), ``sequential`` (one at a time), ``floor`` (bare pymodbus alone), ``journal``
(the store alone), ``profile`` (where the engine's time goes), ``fleet`` (2,000 simulated meters in one process).
Without one: engine, sequential and journal.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks import journal
from benchmarks.fleet import print_fleet
from benchmarks.profiled import print_profile
from benchmarks.report import GOALS, as_json, print_ratios, print_rounds
from benchmarks.rounds import Round, engine_rounds, floor_rounds
from benchmarks.site import Load

FLEET = 2000
_FEW = 1000
"""Orders for the journal alone, where it is one part of several."""

PARTS = ("all", "engine", "sequential", "floor", "journal", "profile", "fleet")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, default="all")
    parser.add_argument("--rounds", type=int, default=3, help="how often each side is measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write everything that was measured")
    parser.add_argument("--store", type=Path, default=Path("var"), metavar="FOLDER", help="the disk for the journals")
    arguments = parser.parse_args()
    arguments.store.mkdir(parents=True, exist_ok=True)
    if arguments.part == "profile":
        print_profile(Load(100, 1000), arguments.store)
        return
    if arguments.part == "fleet":
        print_fleet(FLEET, arguments.store)
        return
    rounds = []
    for one in _rounds(arguments.part, arguments.rounds, arguments.store):
        rounds.append(one)
        print(f"{one.side:18}{one.load.devices:5} devices{one.speed.orders_per_s:9,.0f} orders/s", flush=True)
    if rounds:
        print_rounds(rounds)
        print_ratios(rounds)
    if arguments.json is not None:
        arguments.json.write_text(as_json(rounds), encoding="utf-8")
    if arguments.part in {"all", "journal"}:
        print("\nthe journal alone")
        journal.print_speeds(arguments.store, orders=_FEW)


def _rounds(part: str, rounds: int, store: Path) -> Iterator[Round]:
    for load in (goal.load for goal in GOALS):
        many = load.in_flight > 1
        if part == "floor":
            yield from floor_rounds(load, rounds)
        elif part in {"all", "engine" if many else "sequential"}:
            yield from engine_rounds(load, rounds, store)


if __name__ == "__main__":
    main()
