"""Plays a scenario on a running fleet. What happens, and when, depends on the file, the fleet and the seed alone."""

import asyncio
import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from meterhold_simulators.change import Change, apply
from meterhold_simulators.fleet import Fleet
from meterhold_simulators.scenario_file import drawn, matching
from meterhold_simulators.scenario_spec import ScenarioSpec, StepSpec


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One thing that happens to one meter or listener."""

    at_s: float
    """Simulated seconds from the start of the scenario."""
    step: int
    name: str
    round: int
    """How often the step has come before."""
    ends: bool = False
    """It takes the step's faults away again."""


@dataclass(slots=True)
class Scenario:
    """A scenario for a fleet; `events` and what they do are the same each time."""

    spec: ScenarioSpec
    seed: int
    fleet: Fleet
    _due: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find the first event of each step for each of its meters."""
        for number, step in enumerate(self.spec.steps):
            for name in self._names(number, step):
                heapq.heappush(self._due, Event(self._first_s(number, step, name), number, name, 0))

    async def play(self) -> None:
        """Play to the end; a step that repeats without an end never ends."""
        clock = self.fleet.clock
        began_s = clock.now()
        for event in self.events():
            if (left_s := began_s + event.at_s - clock.now()) > 0:
                await asyncio.sleep(left_s / clock.scale)
            self._do(event)

    def events(self) -> Iterator[Event]:
        """All events, in the order of time."""
        while self._due:
            event = heapq.heappop(self._due)
            step = self.spec.steps[event.step]
            if step.every_s is not None and not event.ends:
                again_s = step.from_s + (event.round + 1) * step.every_s
                if step.until_s is None or again_s <= step.until_s:
                    heapq.heappush(self._due, Event(again_s, event.step, event.name, event.round + 1))
            if step.for_s is not None and not event.ends:
                heapq.heappush(
                    self._due, Event(event.at_s + step.for_s, event.step, event.name, event.round, ends=True)
                )
            yield event

    def change(self, event: Event) -> dict[str, Any]:
        """What an event sets at its meter."""
        step = self.spec.steps[event.step]
        values = drawn(step.set, self._dice(event.step, event.name, event.round))
        if event.ends:
            return {"faults": dict.fromkeys(values["faults"])}
        return values

    def _do(self, event: Event) -> None:
        step = self.spec.steps[event.step]
        if step.listeners is not None:
            if step.swap is not None:
                self.fleet.swap_units(event.name, *step.swap)
            if step.hang_up:
                self.fleet.hang_up(event.name)
            self._note(event, {"hang_up": step.hang_up, "swap": step.swap})
            return
        values = self.change(event)
        if values:
            apply(self.fleet, event.name, Change.model_validate(values))
        if step.button and not event.ends:
            self.fleet.press_button(event.name)
            values = {**values, "button": True}
        self._note(event, values)

    def _note(self, event: Event, what: dict[str, Any]) -> None:
        clock = self.fleet.clock
        self.fleet.journal.note(event.name, clock.now(), clock.wall(), json.dumps(what, default=str))

    def _names(self, number: int, step: StepSpec) -> list[str]:
        if step.listeners is not None:
            return matching(step.listener_globs, list(self.fleet.ports))
        names = matching(step.meter_globs, self.fleet.ids)
        if step.share == 1:
            return names
        chosen = set(self._dice(number, "share", 0).sample(names, max(1, round(step.share * len(names)))))
        return [name for name in names if name in chosen]

    def _first_s(self, number: int, step: StepSpec, name: str) -> float:
        if step.at_s is not None:
            return step.at_s
        if step.between is not None:
            return self._dice(number, name, -1).uniform(*step.between)
        return step.from_s

    def _dice(self, step: int, name: str, round_: int) -> Random:
        """Dice of their own for each draw: what one meter gets depends on no other, and on no order."""
        return Random(f"{self.seed}/{step}/{name}/{round_}")
