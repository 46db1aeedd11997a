"""What the environment says: where the configuration is, how to reach a gateway, and every secret."""

import os
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from meterhold.documents.config import MqttLink
from meterhold.domain.errors import Fault, Malformed

PREFIX = "METERHOLD_"


class LogFormat(StrEnum):
    """How logs are written."""

    AUTO = "auto"
    """For people on a terminal, JSON otherwise."""
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """From which level on logs are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(BaseSettings):
    """Settings from the environment; each is ``METERHOLD_`` and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    config: Path = Path("config/gateway.yaml")
    store_url: SecretStr | None = None
    """Overrides the configuration's store; the only place for a URL that holds a password."""
    url: Annotated[str, Field(pattern=r"^https?://[^/@\s]+/?$")] = "http://127.0.0.1:8480"
    """Where the command line finds a running gateway."""
    ca: Path | None = None
    """Who vouches for the gateway at an https address; the system's authorities, if not said."""
    client_certificate: Path | None = None
    """The command line's own certificate with its key in one file, where the gateway wants one."""
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.AUTO

    def key(self) -> str | None:
        """The API key of the command line, from the environment or its file."""
        if self.api_key is not None:
            return self.api_key.get_secret_value()
        return None if self.api_key_file is None else read_secret(str(self.api_key_file), f"{PREFIX}API_KEY_FILE")


def read_settings() -> Settings:
    """Read the environment, or raise ``Malformed`` with every variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [Fault(f"{PREFIX}{str(row['loc'][0]).upper()}", row["msg"]) for row in error.errors(include_url=False)]
        raise Malformed("environment", faults) from None


@dataclass(frozen=True, slots=True)
class Credentials:
    """How the gateway presents itself to a broker."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)


def credentials_of(name: str, link: MqttLink) -> Credentials:
    """A link's credentials: ``METERHOLD_LINK_<NAME>_USERNAME`` and ``_PASSWORD``, or the files that the link names."""
    variable = f"{PREFIX}LINK_{re.sub(r'[^A-Z0-9]', '_', name.upper())}"
    return Credentials(
        _from_environment_or_file(f"{variable}_USERNAME", link.username_file, f"links.{name}.username_file"),
        _from_environment_or_file(f"{variable}_PASSWORD", link.password_file, f"links.{name}.password_file"),
    )


def _from_environment_or_file(variable: str, file: str | None, place: str) -> str | None:
    value = os.environ.get(variable)
    if value:
        return value
    return None if file is None else read_secret(file, place)


def read_secret(file: str, place: str) -> str:
    """The secret that a file holds, without the line's end; the fault never repeats what it read."""
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not text"
        raise Malformed("secrets", [Fault(place, f"cannot read {file}: {reason}")]) from None
    if not secret:
        raise Malformed("secrets", [Fault(place, f"{file} is empty")])
    return secret
