"""A real mosquitto for tests: its own folder, its own port, started and stopped at will."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

HOST = "127.0.0.1"
START_TRIES = 200
PAUSE_BETWEEN_TRIES_S = 0.05
STOP_WITHIN_S = 10.0


class BrokerDidNotStartError(RuntimeError):
    """mosquitto ended, or never listened; the message carries its log."""


def find_free_port() -> int:
    """Return a TCP port of the loopback address that nothing listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def find_mosquitto() -> str:
    """Return the path of mosquitto, or fail the test with what to do."""
    # Debian keeps daemons in sbin, which an ordinary user's PATH lacks.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])
    found = shutil.which("mosquitto", path=path)
    if found is None:
        pytest.fail("mosquitto is missing: run make services", pytrace=False)
    return found


@dataclass(slots=True)
class Broker:
    """One mosquitto on a port of its own; it keeps port and folder when it is started again."""

    folder: Path
    persistence: bool = False
    extra_config: tuple[str, ...] = ()
    anonymous: bool = True
    host: str = HOST
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """The broker's address as a URL."""
        return f"mqtt://{self.host}:{self.port}"

    @property
    def log(self) -> str:
        """All that the broker has written to its log so far."""
        path = self.folder / "mosquitto.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the broker and return once it accepts connections."""
        if self.running:
            return
        binary = find_mosquitto()
        # Another process may take a port between finding and binding it; a port that was in use once is kept.
        tries = 1 if self.port else 5
        for remaining in reversed(range(tries)):
            port = self.port or find_free_port()
            try:
                self._launch(binary, port)
            except BrokerDidNotStartError:
                if not remaining:
                    raise
            else:
                self.port = port
                return

    def stop(self) -> None:
        """Ask the broker to end (it then saves what it persists) and wait until it has."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the broker at once, as a power cut would."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop the broker and start it again on the same port."""
        self.stop()
        self.start()

    def _config(self, port: int) -> Iterable[str]:
        # Also under root: without this line mosquitto changes to a user who may not enter the test's folder.
        if os.geteuid() == 0:
            yield "user root"
        yield f"listener {port} {self.host}"
        if self.anonymous:
            yield "allow_anonymous true"
        yield "set_tcp_nodelay true"
        yield f"log_dest file {self.folder / 'mosquitto.log'}"
        if self.persistence:
            yield "persistence true"
            yield f"persistence_location {self.folder}/"
            yield "autosave_interval 1"
            yield "autosave_on_changes true"
        yield from self.extra_config

    def _launch(self, binary: str, port: int) -> None:
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join(self._config(port)) + "\n")
        process = subprocess.Popen(
            [binary, "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(START_TRIES):
            try:
                # The pause between tries is a wait for the process's end: a broker that gave up is noticed at once.
                process.wait(PAUSE_BETWEEN_TRIES_S)
            except subprocess.TimeoutExpired:
                if _accepts(self.host, port):
                    self._process = process
                    return
            else:
                raise BrokerDidNotStartError(f"mosquitto ended with {process.returncode}:\n{self.log}")
        process.kill()
        process.wait()
        raise BrokerDidNotStartError(f"mosquitto does not listen on port {port}:\n{self.log}")


class BrokerFactory(Protocol):
    """Start one more broker; it is stopped when the test ends."""

    def __call__(
        self, *extra_config: str, persistence: bool = False, anonymous: bool = True, start: bool = True
    ) -> Broker:
        """Start a broker whose configuration also holds the given lines."""
        ...


def _accepts(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except OSError:
        return False
    return True
