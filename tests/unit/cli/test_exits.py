"""Errors of the gateway's own parts, as the command line ends with them."""

import pytest

from meterhold.cli.exits import Exit, exit_codes_kept, exit_of
from meterhold.domain.errors import (
    DuplicateOrder,
    Fault,
    Malformed,
    MeterholdError,
    NeverSent,
    NoAnswer,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
)
from meterhold.domain.words import Because


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Malformed("gateway.yaml", [Fault("site", "is required")]), Exit.MALFORMED),
        (Refused(Because.HOLD_STATUS, "too late"), Exit.FAILED),
        (DuplicateOrder("A-1"), Exit.FAILED),
        (StoreUnavailable("disk full"), Exit.UNREACHABLE),
        (NeverSent(Because.DEVICE_OFFLINE, "link down"), Exit.UNREACHABLE),
        (NoAnswer(Because.COMM_TIMEOUT, "silent"), Exit.UNREACHABLE),
        (OutcomeUnknown(Because.OUTCOME_UNKNOWN, "reset"), Exit.UNFINISHED),
        (MeterholdError("anything else"), Exit.FAILED),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: MeterholdError, expected: Exit) -> None:
    """An unknown outcome is never told as a failure."""
    assert exit_of(error) is expected


def test_an_error_is_told_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is for data; all faults are there, each with its line."""
    faults = [Fault("site.name", "is required", line=2), Fault("http.port", "must be less", line=9)]
    with pytest.raises(SystemExit) as ended, exit_codes_kept():
        raise Malformed("gateway.yaml", faults)
    assert ended.value.code == Exit.MALFORMED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "gateway.yaml: 2 faults",
        "  line 2, site.name: is required",
        "  line 9, http.port: must be less",
    ]


def test_a_defect_is_not_hidden() -> None:
    """What is not ours to explain keeps its traceback."""
    with pytest.raises(ZeroDivisionError), exit_codes_kept():
        raise ZeroDivisionError
