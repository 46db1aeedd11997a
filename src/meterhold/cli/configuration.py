"""The configuration that a command works on."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterhold.documents.config import GatewayDocument


def configuration_file(wanted: Path | None) -> Path:
    """The file of ``--config``, or of ``METERHOLD_CONFIG``."""
    from meterhold.settings import read_settings

    return wanted or read_settings().config


def configured(wanted: Path | None) -> "GatewayDocument":
    """The configuration in that file."""
    from meterhold.documents.config import load_config

    return load_config(configuration_file(wanted))


def store_url(config: "GatewayDocument") -> str:
    """Where the store is: the environment's word, else the configuration's."""
    from meterhold.settings import read_settings

    from_environment = read_settings().store_url
    return config.store.url if from_environment is None else from_environment.get_secret_value()
