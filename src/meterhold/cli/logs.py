"""Logs: JSON for machines, lines for people, secrets in neither. They go to standard error."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import structlog
from structlog.types import EventDict, Processor

HIDDEN = "[hidden]"
_SECRET_KEYS = re.compile(r"password|passphrase|secret|api_?key|authorization|token|digest|credential", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"mh_[A-Za-z0-9-]+_[A-Za-z0-9_-]+"  # an API key
    r"|(?<=Bearer )\S+"
    r"|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a token
    r"|(?<=://)[^/@\s]+:[^/@\s]+(?=@)"  # a user with a password in an address
    r"|(?<=password=)[^\s&;,'\")]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    re.DOTALL,
)
_TALKATIVE = ("pymodbus", "paho", "httpx", "httpcore", "amqtt", "transitions", "apscheduler", "uvicorn", "asyncio")


def configure_logs(level: str, *, as_json: bool, to: logging.Handler | None = None) -> None:
    """Send the logs of this process, libraries included, to standard error or to a handler."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    # Tracebacks become text first, so that nothing in them escapes.
    last: list[Processor] = [structlog.processors.format_exc_info, hide_secrets, renderer]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = to or logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def configure_from_settings() -> None:
    """As the environment wishes."""
    from meterhold.settings import LogFormat, read_settings

    settings = read_settings()
    as_json = settings.log_format is LogFormat.JSON or (
        settings.log_format is LogFormat.AUTO and not sys.stderr.isatty()
    )
    configure_logs(settings.log_level, as_json=as_json)


def only_errors() -> None:
    """For commands that finish by themselves and say what they found."""
    configure_logs("error", as_json=False)


def log_to_file(file: Path) -> None:
    """Keep the screen free: everything goes to a file, as JSON."""
    configure_logs("info", as_json=True, to=logging.FileHandler(file, encoding="utf-8"))


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> EventDict:  # noqa: ANN401 - structlog's
    """Keep whatever looks like a secret out of the log, at any depth."""
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(key: str, value: Any) -> Any:  # noqa: ANN401 - a log entry may carry anything
    if _SECRET_KEYS.search(key):
        return HIDDEN
    if isinstance(value, str):
        return _SECRET_TEXT.sub(HIDDEN, value)
    if isinstance(value, Mapping):
        return {inner: _hidden(str(inner), one) for inner, one in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", one) for one in value]
    return value
