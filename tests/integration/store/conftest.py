"""Processes that write a store."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
WORKER = Path(__file__).with_name("worker.py")

Start = Callable[[str, str], subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a worker in a mode of its own; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(mode: str, url: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(WORKER), mode, url],
            cwd=TOP,
            env={**os.environ, "PYTHONPATH": str(TOP)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.communicate()


def lines_of(process: subprocess.Popen[str], wanted: int) -> list[list[str]]:
    """The first so many lines that a worker says."""
    assert process.stdout is not None
    said = []
    for _ in range(wanted):
        line = process.stdout.readline()
        if not line:
            _, errors = process.communicate()
            raise AssertionError(f"the worker ended: {errors}")
        said.append(line.split())
    return said
