"""Carry out the steps of a command on a link, in their order, each write once.

The intent covers the first write and is good for two seconds. What comes later is covered by what the profile put
before it: a check that must hold, or the time within which it must leave. Whatever is not certain ends the list, so
that there are never two writes whose outcome is not known.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.frame import Frame
from meterhold.domain.words import Because, Proof
from meterhold.profiles import resolve
from meterhold.profiles.wire import Check, MaskedWrite, ModbusWrite, MqttWrite, Pause, Step, Words
from meterhold.usecases.ports import Clock, Turn

Steps = Sequence[Step]


class NotHeld(NeverSent):
    """A check that must hold before the command's first write does not."""


class RefusedHalfWay(MeterRefused):
    """The device took a former write of the command and refuses a later one: what it took may move it still."""


def divided(steps: Steps) -> tuple[Steps, Steps]:
    """Part what comes before the first write, which needs no permission, from the rest."""
    first = next((n for n, step in enumerate(steps) if not isinstance(step, Check | Pause)), len(steps))
    return steps[:first], steps[first:]


async def prepare(steps: Steps, turn: Turn, clock: Clock) -> None:
    """Carry out what comes before the first write.

    Raises ``NotHeld`` for a check that does not hold, ``NoAnswer`` or ``MeterRefused`` where nobody can tell.
    """
    for step in steps:
        match step:
            case Check():
                await _hold(step, turn, clock)
            case Pause():
                await asyncio.sleep(step.s)
            case _:
                raise AssertionError("a write needs a permission first")


async def carry_out(steps: Steps, turn: Turn, clock: Clock, left: list[Frame]) -> Proof:
    """Carry out a command from its first write on; what is known of the last write: ``sent`` or ``acknowledged``.

    ``left`` takes every write that left, whatever came of it.
    Raises ``NeverSent`` or ``MeterRefused`` only of the first write, when nothing has changed; ``RefusedHalfWay`` or
    ``OutcomeUnknown`` of what comes later.
    """
    run = _Run(turn, clock, left)
    for n, step in enumerate(steps, 1):
        try:
            await run.take(step)
        except MeterRefused as failure:
            if not run.wrote:
                raise
            raise RefusedHalfWay(failure.because, f"step {n} was refused: {failure.detail}", failure.code) from failure
        except (NeverSent, NoAnswer) as failure:
            if not run.wrote:
                raise
            raise OutcomeUnknown(failure.because, f"step {n} was not sent: {failure.detail}") from failure
    return run.level


@dataclass(slots=True)
class _Run:
    """A command under way."""

    turn: Turn
    clock: Clock
    left: list[Frame]
    level: Proof = Proof.NONE
    wrote: bool = False
    """A write has left, and was not refused."""
    acknowledged_at: float = 0.0
    """On monotonic time: when the last write had come back."""
    open: bool = False
    """Of the last write only a carrier's receipt is known."""

    async def take(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Check():
                await self._check(step)
            case Pause():
                await asyncio.sleep(step.s)
            case MaskedWrite():
                await self._write(await self._resolve(step))
            case ModbusWrite() | MqttWrite():
                await self._write(step)

    async def _check(self, check: Check) -> None:
        try:
            await _hold(check, self.turn, self.clock)
        except MeterRefused as unread:
            raise NoAnswer(unread.because, f"{check.says}: {unread.detail}") from unread
        self.open = False

    async def _resolve(self, step: MaskedWrite) -> ModbusWrite:
        """Read what is to be kept. While nothing has been written, a read that fails leaves everything as it was."""
        try:
            words = await self.turn.ask(step.read)
        except (NoAnswer, MeterRefused) as failure:
            raise NeverSent(failure.because, f"what is to be kept could not be read: {failure.detail}") from failure
        if not isinstance(words, Words):
            raise NeverSent(Because.COMM_TIMEOUT, "a register was asked for and something else came")
        return resolve(step, words)

    async def _write(self, write: ModbusWrite | MqttWrite) -> None:
        if self.open:
            raise NeverSent(Because.OUTCOME_UNKNOWN, "the write before it is not known to have arrived")
        passed_s = self.clock.monotonic() - self.acknowledged_at
        if write.within_s is not None and self.wrote and passed_s > write.within_s:
            raise NeverSent(
                Because.OUTCOME_UNKNOWN, f"it is good for {write.within_s:g} s and {passed_s:.1f} s have passed"
            )
        try:
            receipt = await self.turn.write(write)
        except (NeverSent, MeterRefused, OutcomeUnknown) as failure:
            self.left += [] if failure.frame is None else [failure.frame]
            raise
        self.left.append(receipt.frame)
        self.wrote = True
        self.acknowledged_at = self.clock.monotonic()
        self.level = receipt.level
        self.open = receipt.level is Proof.SENT


async def _hold(check: Check, turn: Turn, clock: Clock) -> None:
    """Ask until it holds, or until its time is over."""
    until = clock.monotonic() + check.within_s
    while True:
        failure: NeverSent | NoAnswer | MeterRefused
        try:
            if check.holds(await turn.ask(check.question)):
                return
            failure = NotHeld(check.because, f"this must hold and does not: {check.says}")
        except (NoAnswer, MeterRefused) as unread:
            failure = unread
        if clock.monotonic() + check.every_s > until:
            raise failure
        await asyncio.sleep(check.every_s)
