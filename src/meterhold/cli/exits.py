"""What the process ends with, and how errors are told. The one place where the command line translates errors."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import typer

from meterhold.domain.errors import Malformed, MeterholdError, OutcomeUnknown, Refused, StoreUnavailable, WireError
from meterhold.domain.words import Because


class Exit(IntEnum):
    """Documented exit codes."""

    DONE = 0
    FAILED = 1
    """Refused, or ended without success."""
    MALFORMED = 2
    """Wrong usage, or a document with faults."""
    UNREACHABLE = 3
    """The gateway, its store or a link cannot be reached."""
    UNFINISHED = 4
    """Not finished when the waiting ended, or in doubt."""
    INTERRUPTED = 130


class Unreachable(MeterholdError):
    """Something that a command needs does not answer."""


class GatewayUnreachable(Unreachable):
    """No gateway answers at the address."""


class GatewaySaidNo(MeterholdError):
    """The gateway answered with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        """Keep the status for the exit code and the problem for people."""
        self.status = status
        self.problem = problem
        super().__init__(self._sentence())

    @property
    def code(self) -> str:
        """The code from the closed list."""
        return str(self.problem.get("code", ""))

    @property
    def faults(self) -> Sequence[Mapping[str, Any]]:
        """What is wrong with the document that was sent."""
        faults = self.problem.get("faults")
        return faults if isinstance(faults, list) else ()

    def _sentence(self) -> str:
        said = self.problem.get("detail") or self.problem.get("title") or f"HTTP status {self.status}"
        return f"{self.code}: {said}" if self.code and self.code not in str(said) else str(said)

    @property
    def exit(self) -> Exit:
        """Whether to correct the document, the wish or the network."""
        if self.faults or self.status in {400, 413, 415, 422}:
            return Exit.MALFORMED
        if self.code == Because.OUTCOME_UNKNOWN:
            return Exit.UNFINISHED
        return Exit.UNREACHABLE if self.status in {502, 503, 504} else Exit.FAILED


@contextmanager
def exit_codes_kept() -> Iterator[None]:
    """Tell what went wrong on standard error and end with its exit code."""
    try:
        yield
    except MeterholdError as error:
        for line in told(error):
            typer.echo(line, err=True)
        sys.exit(exit_of(error))


def exit_of(error: MeterholdError) -> Exit:
    """The exit code of an error."""
    match error:
        case GatewaySaidNo():
            return error.exit
        case Malformed():
            return Exit.MALFORMED
        case OutcomeUnknown():
            return Exit.UNFINISHED
        case Unreachable() | StoreUnavailable() | WireError():
            return Exit.UNREACHABLE
        case Refused() | _:
            return Exit.FAILED


def told(error: MeterholdError) -> Iterator[str]:
    """An error as lines for people: one sentence, then each fault on a line of its own."""
    match error:
        case Malformed():
            yield f"{error.what}: {_count(len(error.faults))}"
            for fault in error.faults:
                yield fault_line(fault.line, fault.field, fault.rule)
        case GatewaySaidNo():
            yield f"refused: {error}"
            for row in error.faults:
                yield fault_line(row.get("line"), str(row.get("field", "")), str(row.get("rule", "")))
        case _:
            yield f"error: {error}"


def fault_line(line: int | None, field: str, rule: str) -> str:
    """One fault."""
    where = ", ".join(part for part in ("" if line is None else f"line {line}", field) if part)
    return f"  {where}: {rule}" if where else f"  {rule}"


def _count(faults: int) -> str:
    return "1 fault" if faults == 1 else f"{faults} faults"
