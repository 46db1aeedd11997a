"""SIGHUP: the gateway reads its files again, takes them over whole or not at all, and goes on."""

import json
import signal
import sqlite3
from contextlib import closing

import pytest

from tests.acceptance.conftest import TOP, Site

pytestmark = pytest.mark.timeout(120)

BUILTIN = TOP / "src" / "meterhold" / "profiles" / "builtin"


def events(site: Site, kind: str) -> list[dict[str, object]]:
    """What the journal says of this kind."""
    with closing(sqlite3.connect(site.folder / "var" / "meterhold.sqlite")) as store:
        return [json.loads(body) for (body,) in store.execute("SELECT body FROM events WHERE kind = ?", (kind,))]


def test_a_reload_takes_sound_files_over_and_refuses_faulty_ones_whole(site: Site) -> None:
    """A new profile and other terms count at once; beside a faulty profile, policy or configuration nothing does."""
    own = site.folder / "config" / "own"
    own.mkdir()
    site.edit("gateway.yaml", lambda document: document.update(profiles="own"))
    gateway = site.serve()
    model = (BUILTIN / "shelly-plus-pro-1pm.yaml").read_text()
    (own / "our-relay.yaml").write_text(model.replace("profile: shelly-plus-pro-1pm", "profile: our-relay"))
    site.edit("gateway.yaml", lambda document: document["terms"].update(unreachable_after_s=60))
    gateway.process.send_signal(signal.SIGHUP)
    assert gateway.says("the configuration was reloaded")
    (taken,) = events(site, "configuration_reloaded")
    assert (taken["profiles"], taken["terms_changed"]) == (["our-relay"], True)

    (own / "our-relay.yaml").write_text("profile: our-relay\nwire: smoke\n")
    site.edit("gateway.yaml", lambda document: document["terms"].update(unreachable_after_s=90))
    gateway.process.send_signal(signal.SIGHUP)
    assert gateway.says("nothing was reloaded")
    (refused,) = events(site, "reload_refused")
    assert "our-relay.yaml" in str(refused["faults"])

    (own / "our-relay.yaml").unlink()
    rules = site.folder / "config" / "policy.yaml"
    sound = rules.read_text()
    rules.write_text("rules: tomorrow\n")
    gateway.process.send_signal(signal.SIGHUP)
    assert gateway.says("policy.yaml")
    rules.write_text(sound)

    site.config.write_text("colour: [blue\n")
    gateway.process.send_signal(signal.SIGHUP)
    assert gateway.says("gateway.yaml")
    assert len(events(site, "configuration_reloaded")) == 1
    assert len(events(site, "reload_refused")) == 3
    assert gateway.stop() == 0
    assert "Traceback" not in gateway.said
