"""`order sign` and `key create --limit`: what a user types becomes what the gateway checks."""

import json
from pathlib import Path

import pytest

from meterhold.cli.durations import seconds_of
from meterhold.cli.keys import limits_of, scope_of
from meterhold.cli.signing import sign_lines
from meterhold.documents.order import parse_order
from meterhold.documents.signing import fits, signed_bytes
from meterhold.domain.errors import Malformed
from meterhold.domain.scope import Scope
from tests.support.signing import private_key, private_pem, public_hex

ORDER = {
    "schema_version": 1,
    "order_id": "WO-1",
    "action": "cancel",
    "issued_at": "2026-11-24T12:00:00Z",
    "hold_id": "H-1",
}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A private key in a file."""
    file = tmp_path / "cis.pem"
    file.write_bytes(private_pem(private_key(7)))
    return file


@pytest.mark.parametrize("indent", [None, 2])
def test_one_order_is_signed_however_it_is_laid_out(key: Path, indent: int | None) -> None:
    """On one line or on many; the result is a line, and it fits."""
    content = json.dumps(ORDER, indent=indent).encode()
    (line,) = sign_lines(content, key, "cis-1", "cis", 17, "1h")
    parsed = parse_order(line)
    assert parsed.signature is not None
    assert (parsed.signature.key_id, parsed.signature.counter) == ("cis-1", 17)
    assert fits(public_hex(private_key(7)), parsed.signature.value, signed_bytes(parsed.document, "cis"))


def test_lines_are_signed_with_counters_that_go_up(key: Path) -> None:
    """Ready to be sent as a batch."""
    content = "\n".join(json.dumps(ORDER | {"order_id": f"WO-{n}"}) for n in range(3)).encode()
    signed = [parse_order(line).signature for line in sign_lines(content, key, "cis-1", "cis", 5, "30m")]
    assert [one.counter for one in signed if one is not None] == [5, 6, 7]


@pytest.mark.parametrize("content", [b"", b"{", b'{"order_id": "WO-1"}', b'{"a": 1}\n{"b": 2}\n'])
def test_an_order_with_faults_is_not_signed(key: Path, content: bytes) -> None:
    """What the gateway would refuse is not worth a counter."""
    with pytest.raises(Malformed):
        list(sign_lines(content, key, "cis-1", "cis", 1, "1h"))


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The file, and why."""
    with pytest.raises(Malformed, match=r"none\.pem: cannot be read: No such file"):
        list(sign_lines(json.dumps(ORDER).encode(), tmp_path / "none.pem", "cis-1", "cis", 1, "1h"))


@pytest.mark.parametrize(
    ("typed", "seconds"), [("0", 0), ("90", 90), ("90s", 90), ("30m", 1800), ("24h", 86_400), ("7d", 604_800)]
)
def test_a_duration_is_read_as_it_is_typed(typed: str, seconds: float) -> None:
    """Seconds where no unit is said."""
    assert seconds_of(typed, "overlap") == seconds


@pytest.mark.parametrize("typed", ["", "soon", "-1", "1.5h", "1 h", "1w", "99999999d"])
def test_what_is_no_duration_is_refused(typed: str) -> None:
    """With the option that it was given for."""
    with pytest.raises(Malformed, match="overlap: must be a number"):
        seconds_of(typed, "overlap")


def test_limits_are_read_as_they_are_typed_and_shown_again() -> None:
    """Several of a kind; an endpoint may hold spaces and equals signs."""
    typed = ["area=north", "area=south", "action=restore", "only=GET /metrics"]
    scope = scope_of(typed)
    assert scope == Scope(actions=("restore",), areas=("north", "south"), only=("GET /metrics",))
    shown = {"actions": ["restore"], "contexts": [], "areas": ["north", "south"], "only": ["GET /metrics"]}
    assert list(limits_of({"scope": shown})) == [
        "action restore",
        "area north",
        "area south",
        "only GET /metrics",
    ]


@pytest.mark.parametrize("typed", ["area", "area=", "colour=blue", ""])
def test_what_is_no_limit_is_refused(typed: str) -> None:
    """All kinds are named."""
    with pytest.raises(Malformed, match=r"action=\.\.\., context=\.\.\., area=\.\.\., only="):
        scope_of([typed])
