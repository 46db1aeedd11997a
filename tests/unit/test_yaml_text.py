"""The one reader of YAML: plain data, or faults; never a crash, and never another value than the text shows."""

import pytest

from meterhold.yaml_text import read_yaml


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: !!int abc", "'abc' is not a whole number"),
        ("a: !!int ''", "'' is not a whole number"),
        ("a: !!float nan", "'nan' is not a plain decimal number: quote it"),
        ("a: !!set {b}", "tag set is not part of the language"),
        ("a: !!map [1]", "tag map is not part of the language"),
        ("a: " + "9" * 5000, "is read as a number by YAML, and has more than 64 characters: quote it"),
        ("a: 0x" + "f" * 5000, "is read as a number by YAML, and has more than 64 characters: quote it"),
        ("a: 0b" + "1" * 20000, "is read as a number by YAML, and has more than 64 characters: quote it"),
    ],
    ids=["no-int", "nothing-as-int", "no-float", "set", "list-as-map", "decimal", "hexadecimal", "binary"],
)
def test_what_cannot_be_a_value_is_a_fault(text: str, rule: str) -> None:
    """Tags that do not fit, and numbers too long for Python to read or write."""
    read = read_yaml(text)
    assert [(fault.line, fault.field, fault.rule) for fault in read.faults.values()] == [(1, "a", rule)]
    assert read.data == {"a": None}


@pytest.mark.parametrize("text", ["a:", "a: ~", "a: null"])
def test_nothing_is_a_value_only_where_asked_for(text: str) -> None:
    """A forgotten value is a fault unless the file may say nothing."""
    assert [fault.rule for fault in read_yaml(text).faults.values()] == ["has no value"]
    asked = read_yaml(text, nulls=True)
    assert (asked.data, asked.faults) == ({"a": None}, {})


def test_an_empty_text_is_nothing() -> None:
    """As a value that is not there: a fault unless asked for."""
    assert [fault.rule for fault in read_yaml("# nothing\n").faults.values()] == ["is empty"]
    assert read_yaml("# nothing\n", nulls=True).faults == {}


def test_a_number_is_a_key_only_where_asked_for() -> None:
    """A link called ``0x10`` is not called 16."""
    assert [(fault.field, fault.rule) for fault in read_yaml("0x10: a").faults.values()] == [
        ("0x10", "the key '0x10' is not text to YAML: quote it")
    ]
    assert read_yaml("0x10: a", number_keys=True).data == {"16": "a"}


def test_a_part_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    """Items of a list are found by their number."""
    read = read_yaml("a:\n  - b: 1\n  - c: 2\n")
    assert [read.line_of(path) for path in (("a",), ("a", 1), ("a", "1", "c"), ("a", 1, "d"), ("z",))] == [
        1, 3, 3, 3, 1,
    ]  # fmt: skip
