"""The checks of ``meterhold check``, one a part of the site; a part with faults does not hide another's."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random

from meterhold.bootstrap import profile_folders, site_check
from meterhold.cli.configuration import store_url
from meterhold.cli.exits import fault_line
from meterhold.clock import SteadyClock
from meterhold.documents.config import GatewayDocument, LinkSection, ModbusLink, MqttLink, load_config
from meterhold.documents.policy import load_policy
from meterhold.documents.registry import read_registry
from meterhold.domain.decide import decide
from meterhold.domain.errors import Fault, Malformed, NeverSent, StoreUnavailable
from meterhold.drivers.configured import make_link
from meterhold.drivers.tls import client_context
from meterhold.profiles import Profile, load_profiles
from meterhold.settings import credentials_of
from meterhold.store import StoreInUse, StoreMissing, ThreadExecutor, open_store
from meterhold.usecases.wiring import Check, names_faults, rows_check
from meterhold.web import TokenReader
from meterhold.web.tls import server_context
from meterhold.yaml_text import read_yaml

LINK_WITHIN_S = 5.0
LOOK_EVERY_S = 0.05


class State(StrEnum):
    """What a check found."""

    SOUND = "sound"
    FAULTY = "faulty"
    """A document must be corrected."""
    UNREACHABLE = "unreachable"


Areas = frozenset[str] | None
"""Where meters are; ``None`` where the registry does not say."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    what: str
    state: State
    detail: str = ""


async def check_site(file: Path) -> list[Finding]:
    """Check the configuration and everything that it names."""
    try:
        config = load_config(file)
    except Malformed as error:
        return _faulty(str(file), error.faults) + _in_spite_of_it(file)
    findings = [Finding(str(file), State.SOUND, f"site {config.site.name}, {len(config.links)} links")]
    profiles = _profiles(config, findings)
    areas = _registry(Path(config.meters), site_check(config, profiles), findings)
    _policy(config.policy, findings, areas)
    _secrets(config, findings)
    _http(config, findings)
    findings.append(await _store(store_url(config)))
    if not any(finding.what.startswith("link ") for finding in findings):
        findings += await asyncio.gather(*(_link(name, link) for name, link in config.links.items()))
    return findings


def _in_spite_of_it(file: Path) -> list[Finding]:
    """What else is wrong with the files that a faulty configuration names, as far as it says which they are."""
    try:
        source = read_yaml(file.read_text(encoding="utf-8"), nulls=True).data
    except (OSError, UnicodeDecodeError):
        return []
    named = source if isinstance(source, dict) else {}
    findings: list[Finding] = []
    profiles: Mapping[str, Profile] = {}
    for key in ("profiles", "meters", "policy"):
        name = named.get(key)
        path = (file.resolve().parent / name) if isinstance(name, str) and name else None
        if key == "profiles":
            profiles = _profiles_in([] if path is None else [path], findings)
        elif path is not None and path.exists() and key == "meters":
            _registry(path, rows_check(profiles), findings)
        elif path is not None and path.exists():
            _policy(str(path), findings)
    return [finding for finding in findings if finding.state is not State.SOUND]


def _profiles(config: GatewayDocument, findings: list[Finding]) -> Mapping[str, Profile]:
    profiles = _profiles_in(profile_folders(config), findings)
    findings += _faulty("terms", list(names_faults(config.terms.as_terms(), profiles)))
    return profiles


def _profiles_in(folders: Sequence[Path], findings: list[Finding]) -> Mapping[str, Profile]:
    try:
        profiles = load_profiles(*folders)
    except Malformed as error:
        findings += _faulty("profiles", error.faults)
        # The built-in ones are sound: what uses them can still be checked.
        return load_profiles()
    findings.append(Finding("profiles", State.SOUND, f"{len(profiles)} profiles"))
    return profiles


def _registry(file: Path, check: Check, findings: list[Finding]) -> Areas:
    """Check the registry; return the areas of its meters, as far as they are known."""
    try:
        installations = read_registry(file, check=check)
    except Malformed as error:
        findings += _faulty(str(file), error.faults)
        return None
    findings.append(Finding(str(file), State.SOUND, f"{len(installations)} meters"))
    return frozenset(place.area for place in installations if place.area is not None)


def _http(config: GatewayDocument, findings: list[Finding]) -> None:
    faults: list[Fault] = []
    if config.http.tls is not None:
        try:
            server_context(config.http.tls)
        except Malformed as error:
            faults += error.faults
    if config.http.oidc is not None:
        try:
            TokenReader(config.http.oidc, SteadyClock())
        except Malformed as error:
            faults += error.faults
    face = "plain HTTP" if config.http.tls is None else "TLS"
    issuer = "" if config.http.oidc is None else f", tokens of {config.http.oidc.issuer}"
    findings += _faulty("http", faults) or [Finding("http", State.SOUND, f"{face}{issuer}")]


def _policy(file: str | None, findings: list[Finding], areas: Areas = None) -> None:
    if file is None:
        findings.append(Finding("policy", State.SOUND, "none: only the floor in the code counts"))
        return
    try:
        policy = load_policy(Path(file))
    except Malformed as error:
        findings += _faulty(file, error.faults)
    else:
        told = [f"{len(policy.rules)} rules, version {policy.version}"]
        unknown = {area for rule in policy.rules for area in rule.scope.areas} - (areas or frozenset())
        if areas is not None and unknown:
            # Perhaps a slip of the pen, perhaps meters of next year.
            told.append(f"rules name areas that no meter is in: {', '.join(sorted(unknown))}")
        findings.append(Finding(file, State.SOUND, "; ".join(told)))


def _secrets(config: GatewayDocument, findings: list[Finding]) -> None:
    for name, link in config.links.items():
        faults: list[Fault] = []
        try:
            if isinstance(link, MqttLink):
                credentials_of(name, link)
        except Malformed as error:
            faults += error.faults
        try:
            if link.tls is not None:
                client_context(name, link.tls)
        except Malformed as error:
            faults += error.faults
        findings += _faulty(f"link {name}", faults)


async def _store(url: str) -> Finding:
    try:
        store = open_store(url, executor=ThreadExecutor(), decide=decide, writer="check")
    except StoreMissing:
        return Finding("store", State.SOUND, "is not there yet; `meterhold serve` makes it")
    except StoreInUse as error:
        return Finding("store", State.SOUND, str(error))
    except StoreUnavailable as error:
        return Finding("store", State.UNREACHABLE, str(error))
    await store.close()
    return Finding("store", State.SOUND)


async def _link(name: str, link: LinkSection) -> Finding:
    """Whether something listens there; a broker must also let us in."""
    what, where = f"link {name}", link.where
    match link:
        case ModbusLink():
            failure = await _cannot_connect(name, link)
            if failure is not None:
                return Finding(what, State.UNREACHABLE, failure)
        case MqttLink():
            # Another client_id: the gateway that may be running keeps its connection.
            probe = link.model_copy(update={"client_id": f"{link.client_id}-check"})
            if not await _lets_us_in(name, probe):
                return Finding(what, State.UNREACHABLE, f"{where}: no broker that accepts this gateway")
    return Finding(what, State.SOUND, where)


async def _cannot_connect(name: str, link: ModbusLink) -> str | None:
    """Why a line cannot be connected; nothing is asked of any meter."""
    line = make_link(name, link, SteadyClock(), Random(name))  # noqa: S311 - unused by a line
    try:
        async with asyncio.timeout(LINK_WITHIN_S), line.turn():
            return None
    except NeverSent as error:
        return error.detail
    except TimeoutError:
        return f"{link.where}: no answer in time"
    finally:
        await line.stop()


async def _lets_us_in(name: str, link: MqttLink) -> bool:
    driver = make_link(name, link, SteadyClock(), Random(name))  # noqa: S311 - spreads reconnects
    await driver.start()
    try:
        async with asyncio.timeout(LINK_WITHIN_S):
            while not driver.up:  # noqa: ASYNC110 - a link says when it is up only when asked
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        return False
    finally:
        await driver.stop()
    return True


def _faulty(what: str, faults: Sequence[Fault]) -> list[Finding]:
    return [Finding(what, State.FAULTY, fault_line(f.line, f.field, f.rule).strip()) for f in faults]
