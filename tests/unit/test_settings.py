"""Settings come from the environment, secrets from there or from files, and no fault repeats one."""

from pathlib import Path

import pytest

from meterhold.documents.config import MqttLink
from meterhold.domain.errors import Malformed
from meterhold.settings import Credentials, LogFormat, credentials_of, read_settings


def link(**fields: str) -> MqttLink:
    """An MQTT link with these fields."""
    return MqttLink.model_validate({"kind": "mqtt", "host": "127.0.0.1", **fields})


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "STORE_URL", "URL", "API_KEY", "API_KEY_FILE", "LOG_LEVEL", "LOG_FORMAT"):
        monkeypatch.delenv(f"METERHOLD_{name}", raising=False)


def test_defaults() -> None:
    """Without any variable the demo configuration and a gateway on this machine are meant."""
    settings = read_settings()
    assert settings.config == Path("config/gateway.yaml")
    assert settings.url == "http://127.0.0.1:8480"
    assert settings.key() is None
    assert settings.log_format is LogFormat.AUTO


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user corrects them in one go, and a secret in a URL is not printed."""
    monkeypatch.setenv("METERHOLD_URL", "ftp://me:geheim@host")
    monkeypatch.setenv("METERHOLD_LOG_LEVEL", "loud")
    with pytest.raises(Malformed) as caught:
        read_settings()
    assert {fault.field for fault in caught.value.faults} == {"METERHOLD_URL", "METERHOLD_LOG_LEVEL"}
    assert "geheim" not in str(caught.value)


def test_the_api_key_comes_from_a_variable_or_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable wins; the file may end with a newline."""
    (tmp_path / "key").write_text("mh_1_fromfile\n")
    monkeypatch.setenv("METERHOLD_API_KEY_FILE", str(tmp_path / "key"))
    assert read_settings().key() == "mh_1_fromfile"
    monkeypatch.setenv("METERHOLD_API_KEY", "mh_1_fromvariable")
    assert read_settings().key() == "mh_1_fromvariable"
    assert "fromvariable" not in repr(read_settings())


def test_a_broker_s_credentials_come_from_variables_or_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The link's name makes the variable's; without either there are none."""
    (tmp_path / "password").write_text("aus der datei\n")
    named = link(password_file=str(tmp_path / "password"))
    assert credentials_of("broker-1", link()) == Credentials()
    assert credentials_of("broker-1", named) == Credentials(None, "aus der datei")
    monkeypatch.setenv("METERHOLD_LINK_BROKER_1_USERNAME", "gateway")
    monkeypatch.setenv("METERHOLD_LINK_BROKER_1_PASSWORD", "aus der umgebung")
    credentials = credentials_of("broker-1", named)
    assert credentials == Credentials("gateway", "aus der umgebung")
    assert "umgebung" not in repr(credentials)


@pytest.mark.parametrize(
    ("content", "rule"), [(None, "No such file or directory"), (b"  \n", "is empty"), (b"\xff\xfe", "not text")]
)
def test_a_secret_file_that_is_no_good_is_named(tmp_path: Path, content: bytes | None, rule: str) -> None:
    """Missing, empty or binary: the place in the configuration and the file are told."""
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Malformed, match=rf"links\.b\.password_file: .*{rule}"):
        credentials_of("b", link(password_file=str(file)))
