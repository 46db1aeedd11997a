"""What is typed of an exchange becomes the document that the gateway reads."""

import pytest
import typer

from meterhold.cli.exchange import exchange_body
from meterhold.documents.exchange import ExchangeDocument
from meterhold.documents.json_faults import read_document
from meterhold.documents.render import render


def test_what_was_typed_is_a_document() -> None:
    """Registers by name and value, the moment as it was given, serials only where there are some."""
    body = exchange_body(
        None, "4712", ["energy_import_kwh=1234.5"], ["energy_import_kwh = 0"], at="2026-11-24T11:58:00Z", comment=""
    )
    assert "old_serial" not in body
    told = read_document(render(body), ExchangeDocument, "exchange").told_by("ada")
    assert (told.by, told.new_serial, told.at.hour) == ("ada", "4712", 11)
    assert [str(one.value) for one in (*told.final, *told.initial)] == ["1234.5", "0"]


def test_an_exchange_is_now_unless_it_is_said_when() -> None:
    """With its offset: a naive time names no moment."""
    body = exchange_body("4711", "4712", [], [], at=None, comment="")
    told = read_document(render(body), ExchangeDocument, "exchange").told_by("ada")
    assert told.old_serial == "4711"


def test_a_register_without_a_value_is_a_fault_of_the_command_line() -> None:
    """The message shows what is expected."""
    with pytest.raises(typer.BadParameter, match="NAME=VALUE"):
        exchange_body(None, "4712", ["1234.5"], [], at=None, comment="")
