"""A batch is read line by line: a bad line is told what is wrong with it, and spoils no other."""

import json
from typing import Any

from meterhold.documents.batch import COLUMNS, MalformedLine, read_csv, read_ndjson
from meterhold.documents.order import ParsedOrder, parse_order
from meterhold.documents.order_document import OrderDocument
from meterhold.domain.errors import Fault, Malformed

ORDER: dict[str, Any] = {
    "schema_version": 1,
    "order_id": "WO-1",
    "action": "suspend",
    "issued_at": "2026-11-24T10:00:00Z",
    "meters": ["E-1", "W-1"],
    "legs": [{"service": "water", "mode": "monitor_only"}],
    "reason": "vacation",
    "vacant_verified": True,
    "priority": 7,
    "fees": {"suspend": "1.00", "restore": "2.00", "currency": "EUR"},
}
HEADER = (
    "schema_version,order_id,action,issued_at,meters,legs,reason,vacant_verified,priority,"
    "fees.suspend,fees.restore,fees.currency,comment"
)
ROW = (
    '1,WO-1,suspend,2026-11-24T10:00:00Z,E-1;W-1,"[{""service"":""water"",""mode"":""monitor_only""}]",'
    "vacation,true,7,1.00,2.00,EUR,"
)


def faults_of(line: ParsedOrder | Malformed) -> list[Fault]:
    """What is wrong with a line."""
    assert isinstance(line, Malformed)
    return list(line.faults)


def test_ndjson_counts_lines_and_passes_over_empty_ones() -> None:
    """Each order comes with the number of its line; a fault names the line too."""
    body = b"\n".join([json.dumps(ORDER).encode(), b"", b"{nonsense", b'{"order_id": 1}', b""])
    lines = dict(read_ndjson(body))
    assert list(lines) == [1, 3, 4]
    assert lines[1] == parse_order(ORDER)
    assert {fault.line for fault in faults_of(lines[3])} == {3}
    assert ("order_id", "must be a string", 4) in {(f.field, f.rule, f.line) for f in faults_of(lines[4])}


def test_csv_says_the_same_as_json() -> None:
    """An order has the same content, and so the same hash, from a row as from JSON."""
    ((number, line),) = read_csv(f"\ufeff{HEADER}\r\n{ROW}\r\n".encode())
    assert number == 2
    assert line == parse_order(ORDER)


def test_csv_knows_every_field_of_an_order() -> None:
    """Whatever JSON can say has a column, but for a signature: what was signed is a line of JSON."""
    assert {name.partition(".")[0] for name in COLUMNS} == set(OrderDocument.model_fields) - {"signature"}


def test_a_line_with_faults_keeps_its_name() -> None:
    """Its sender finds it by that, in JSON and in CSV; a name that could be no order's is not repeated."""
    faulty = [
        json.dumps(ORDER | changes).encode() for changes in ({"priority": 99}, {"order_id": "WO 1"}, {"order_id": 7})
    ]
    names = [line.order_id for _, line in read_ndjson(b"\n".join(faulty)) if isinstance(line, MalformedLine)]
    assert names == ["WO-1", None, None]
    row = f"{HEADER}\n{ROW}\n".replace(",7,", ",99,").encode()
    ((_, line),) = read_csv(row)
    assert isinstance(line, MalformedLine)
    assert line.order_id == "WO-1"
    ((_, bare),) = read_ndjson(b"[1]")
    assert not isinstance(bare, ParsedOrder)


def test_a_cell_that_does_not_fit_is_a_fault_of_its_field() -> None:
    """A cell is judged by the same rules as a JSON value, and named by its column and line."""
    row = "1,WO-1,suspend,2026-11-24T10:00:00,E-1;,[nonsense,vacation,yes,high,1.00,2.00,EUR,"
    ((_, line),) = read_csv(f"{HEADER}\n{row}\n".encode())
    assert {(fault.field, fault.line) for fault in faults_of(line)} == {
        ("issued_at", 2),
        ("meters.1", 2),
        ("legs", 2),
        ("vacant_verified", 2),
        ("priority", 2),
    }


def test_an_empty_cell_is_left_out_and_null_is_null() -> None:
    """A CSV amendment can take an end date away, and can leave it alone."""
    header = "schema_version,order_id,action,issued_at,hold_id,ends_at,priority"
    rows = "1,A,amend,2026-11-24T10:00:00Z,H-1,null,\n1,B,amend,2026-11-24T10:00:00Z,H-1,,3"
    (_, first), (_, second) = read_csv(f"{header}\n{rows}".encode())
    assert isinstance(first, ParsedOrder)
    assert isinstance(second, ParsedOrder)
    assert "ends_at" in first.order.given
    assert "ends_at" not in second.order.given


def test_a_bad_header_is_all_there_is_to_say() -> None:
    """Without knowing the columns no row is guessed at."""
    ((number, line),) = read_csv(b"order_id,colour,order_id\n1,2,3\n")
    assert number == 1
    assert [(fault.field, fault.rule, fault.line) for fault in faults_of(line)] == [
        ("colour", "is not a column of an order", 1),
        ("order_id", "is a column twice", 1),
    ]
    ((_, empty),) = read_csv(b"")
    assert faults_of(empty)[0].rule == "needs a header that names the columns"


def test_a_row_of_another_length_is_refused() -> None:
    """A missing cell shifts the others: such a row means nothing."""
    ((_, line),) = read_csv(b"schema_version,order_id\n1\n")
    assert faults_of(line) == [Fault("", "has 1 cells, but the header has 2 columns", line=2)]


def test_text_that_is_no_csv_ends_the_batch_with_a_fault() -> None:
    """What was read before stands; where the text breaks, the answer says so."""
    lines = list(read_csv(f'{HEADER}\n{ROW}\n1,"WO'.encode()))
    assert isinstance(lines[0][1], ParsedOrder)
    assert faults_of(lines[1][1])[0].rule.startswith("is not CSV from here on")
    ((_, latin),) = read_csv("order_id\nä\n".encode("latin-1"))
    assert faults_of(latin)[0].rule == "must be UTF-8"
