"""The installed program on a site of its own: simulators, a real broker, a gateway, each a process."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.mosquitto import Broker, find_free_port

TOP = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).with_name("meterhold")
READY_WITHIN_S = 30.0
STOP_WITHIN_S = 20.0
ADMIN_S = {("key",), ("originator",), ("inhibit", "on"), ("inhibit", "off"), ("meter", "import"), ("limits", "set")} | {
    ("policy", "moratorium"),
    ("policy", "forecast"),
}
APPROVER_S = {("hold", "decide"), ("hold", "wrongful"), ("approval",)}
"""Which commands are another person's than the desk's, by how they begin."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any document
        """What it printed, as JSON."""
        return json.loads(self.out)


def environment(**variables: str) -> dict[str, str]:
    """The environment without any setting of ours, plus these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("METERHOLD_")}
    return inherited | {"PYTHONUNBUFFERED": "1", **variables}


def run(*arguments: str, cwd: Path, env: Mapping[str, str], stdin: str | None = None, within_s: float = 60.0) -> Ran:
    """Run the program to its end."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@dataclass(slots=True)
class Running:
    """The program as a process that stays until it is told to go."""

    process: subprocess.Popen[bytes]
    said: str = ""

    @classmethod
    def start(
        cls, *arguments: str, cwd: Path, env: Mapping[str, str], ready: str, under: Sequence[str] = ()
    ) -> "Running":
        """Start it, and return once it has said this. ``under``: a command that runs what follows it."""
        running = cls(
            subprocess.Popen(
                [*under, PROGRAM, *arguments],
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
            )
        )
        if not running.says(ready):
            running.kill()
            pytest.fail(f"meterhold {' '.join(arguments)} did not say {ready!r}:\n{running.said}")
        return running

    def says(self, words: str, within_s: float = READY_WITHIN_S) -> bool:
        """Listen until it has said this; false where it ends or stays silent first."""
        pipe = self.process.stdout
        assert pipe is not None
        give_up_at = time.monotonic() + within_s
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while words not in self.said:
                if not selector.select(max(0.0, give_up_at - time.monotonic())):
                    return False
                if not (more := os.read(pipe.fileno(), 65_536)):
                    return False
                self.said += more.decode(errors="replace")
        return True

    def end(self) -> int:
        """Wait for the end, and return the exit code."""
        rest, _ = self.process.communicate(timeout=STOP_WITHIN_S)
        self.said += rest.decode(errors="replace")
        return self.process.returncode

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.end()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.end()


@dataclass(slots=True)
class Site:
    """The demo site on free ports, in a folder of its own."""

    folder: Path
    port: int
    env: dict[str, str]
    keys: dict[str, str] = field(default_factory=dict)
    """By role, where one key cannot have them all."""

    @property
    def config(self) -> Path:
        """Its configuration file."""
        return self.folder / "config" / "gateway.yaml"

    def run(self, *arguments: str, stdin: str | None = None) -> Ran:
        """Run a command on this site."""
        key = self.keys.get(_whose(arguments))
        env = self.env if key is None else self.env | {"METERHOLD_API_KEY": key}
        return run(*arguments, cwd=self.folder, env=env, stdin=stdin)

    def serve(self, under: Sequence[str] = ()) -> Running:
        """Start its gateway."""
        return Running.start("serve", cwd=self.folder, env=self.env, ready="meterhold serves", under=under)

    def simulate(self) -> Running:
        """Start its meters."""
        return Running.start("simulate", cwd=self.folder, env=self.env, ready="ready")

    def make_key(self, *roles: str) -> None:
        """Make the key that its commands use."""
        made = self.run("key", "create", "tester", *(part for role in roles for part in ("--role", role)), "--json")
        assert made.exit == 0, made.err
        self.env["METERHOLD_API_KEY"] = made.json["key"]

    def make_keys(self) -> None:
        """Make a key for the desk (which also goes to meters), one for who decides, and one for who keeps the keys."""
        keys = {}
        for role in ("admin", "approver"):
            made = self.run("key", "create", role, "--role", role, "--role", "auditor", "--json")
            assert made.exit == 0, made.err
            keys[role] = made.json["key"]
        self.make_key("dispatcher", "technician")
        self.keys |= keys

    def edit(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change one of its YAML files."""
        file = self.folder / "config" / name
        document = yaml.safe_load(file.read_text())
        change(document)
        file.write_text(yaml.safe_dump(document, sort_keys=False))


def _whose(arguments: Sequence[str]) -> str:
    """Whose a command is."""
    ways = {tuple(arguments[:1]), tuple(arguments[:2])}
    if ways & ADMIN_S:
        return "admin"
    return "approver" if ways & APPROVER_S else "desk"


def make_site(folder: Path, broker_port: int) -> Site:
    """Copy the demo site and move it to free ports."""
    shutil.copytree(TOP / "config", folder / "config")
    port = find_free_port()
    site = Site(folder, port, environment(METERHOLD_URL=f"http://127.0.0.1:{port}"))
    ports = {name: find_free_port() for name in ("line-1", "home-3")}

    def move_gateway(document: dict[str, Any]) -> None:
        document["http"]["port"] = port
        for name, at in ports.items():
            document["links"][name]["port"] = at
        document["links"]["broker"]["port"] = broker_port

    def move_fleet(document: dict[str, Any]) -> None:
        for name, at in ports.items():
            document["listeners"][name]["port"] = at
        document["brokers"]["site"]["port"] = broker_port

    site.edit("gateway.yaml", move_gateway)
    site.edit("fleet.yaml", move_fleet)
    return site


@pytest.fixture
def site(tmp_path: Path, broker_factory: Callable[[], Broker]) -> Site:
    """A site with a broker, where nothing else runs yet."""
    return make_site(tmp_path, broker_factory().port)


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site at work, shared by the tests of a module: meters are commissioned, a key is set."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "broker").mkdir()
    broker = Broker(folder / "broker")
    broker.start()
    site = make_site(folder, broker.port)
    site.make_keys()
    meters = site.simulate()
    gateway = site.serve()
    for meter_id in ("E-1001", "E-1003"):
        verified = site.run("meter", "verify", meter_id, "--commission")
        assert verified.exit == 0, verified.err
    yield site
    gateway.stop()
    meters.stop()
    broker.stop()
