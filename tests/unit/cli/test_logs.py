"""Logs hold no secret, whatever is logged by whom."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from meterhold.cli.logs import configure_logs

SECRET = "mh_0a1b2c_Zm9v-YmFy_x"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as JSON lines."""
    written = io.StringIO()
    root = logging.getLogger()
    before = root.handlers, root.level
    configure_logs("info", as_json=True, to=logging.StreamHandler(written))
    yield written
    root.handlers, root.level = before
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, object]]:
    """The lines so far."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_line_is_a_document_with_time_level_and_logger(log: io.StringIO) -> None:
    """Ours and a library's alike."""
    structlog.get_logger("meterhold.engine").info("sweep", due=3)
    logging.getLogger("some.library").warning("odd %s", "thing")
    ours, theirs = lines(log)
    assert (ours["event"], ours["due"], ours["level"], ours["logger"]) == ("sweep", 3, "info", "meterhold.engine")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("odd thing", "warning", "some.library")
    assert str(ours["timestamp"]).endswith("Z")


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "hunter2"},
        {"api_key": SECRET},
        {"headers": {"Authorization": f"Bearer {SECRET}"}},
        {"detail": f"presented {SECRET}"},
        {"detail": "token eyJhbGciOiJFUzI1NiJ9.Zm9vIjoiYmFyIn0.Zm9v-signature was refused"},
        {"detail": "host=db user=kim password=hunter2 dbname=x"},
        {"detail": "-----BEGIN PRIVATE KEY-----\nZm9vYmFy\n-----END PRIVATE KEY-----\n"},
        {"tried": [f"Bearer {SECRET}", "mqtt://gateway:hunter2@broker"]},
        {"nested": {"deeper": {"broker_password": "hunter2"}}},
    ],
)
def test_what_looks_like_a_secret_is_hidden(log: io.StringIO, fields: dict[str, object]) -> None:
    """By its name or by its form, at any depth."""
    structlog.get_logger("x").warning("something", **fields)
    text = log.getvalue()
    assert "[hidden]" in text
    assert "hunter2" not in text
    assert "Zm9v" not in text


def test_a_traceback_hides_secrets_too(log: io.StringIO) -> None:
    """An exception's own words are text like any other."""
    try:
        int(f"cannot use {SECRET}")
    except ValueError:
        structlog.get_logger("x").exception("failed")
    assert "Traceback" in log.getvalue()
    assert "Zm9v" not in log.getvalue()


def test_talkative_libraries_are_heard_from_warnings_on(log: io.StringIO) -> None:
    """Each request of httpx and each packet of paho would drown what matters."""
    logging.getLogger("httpx").info("request")
    logging.getLogger("pymodbus.client").info("frame")
    logging.getLogger("httpx").warning("trouble")
    assert [line["event"] for line in lines(log)] == ["trouble"]
