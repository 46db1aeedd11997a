"""Every command of a site at work, as a dispatcher, a technician and an operator use them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.conftest import Site, make_site

pytestmark = pytest.mark.timeout(120)


def order(order_id: str, **fields: object) -> str:
    """A suspend order as JSON, issued now."""
    document = {
        "schema_version": 1,
        "order_id": order_id,
        "action": "suspend",
        "issued_at": datetime.now(UTC).isoformat(),
        "reason": "vacation",
    }
    return json.dumps(document | fields)


def later(**delta: float) -> str:
    """A moment from now."""
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


def test_a_hold_from_order_to_statement(open_site: Site) -> None:
    """Submit, see it suspended by proof, restore on request, and print what billing needs."""
    suspend = open_site.run("order", "submit", "-", "--wait", "30", stdin=order("C-1", meters=["E-1001"]))
    assert suspend.exit == 0, suspend.out + suspend.err
    assert "done" in suspend.out
    (hold,) = open_site.run("hold", "list", "--status", "suspended", "--meter", "E-1001", "--json").json
    assert (hold["order_id"], hold["proof"]) == ("C-1", "load_proven")
    seen = open_site.run("hold", "show", hold["hold_id"], "--events")
    assert all(word in seen.out for word in ("disconnected", "verified", "OperationMoved", "energy_import_kwh"))
    restore = open_site.run("hold", "restore", hold["hold_id"], "--wait", "30", "--order-id", "C-2", "--json")
    assert restore.exit == 0, restore.out + restore.err
    assert restore.json["result"] == "done"
    assert open_site.run("order", "show", "C-2", "--json").json["order_id"] == "C-2"
    text = open_site.run("hold", "statement", hold["hold_id"]).out
    assert "E-1001" in text
    assert "restored" in text
    assert open_site.run("hold", "statement", hold["hold_id"], "--format", "csv").out.startswith("hold_id,")
    assert open_site.run("hold", "statement", hold["hold_id"], "--format", "json").json["status"] == "restored"


def test_a_statement_is_kept_as_a_page_and_a_wrongful_cut_costs_no_fee(open_site: Site, tmp_path: Path) -> None:
    """The page stands in a file that needs nothing else; marked as wrongful, it says so and charges nothing."""
    fees = {"suspend": "10.00", "restore": "12.50", "currency": "EUR"}
    text = order("C-5", meters=["E-1001"], fees=fees)
    assert open_site.run("order", "submit", "-", "--wait", "30", stdin=text).exit == 0
    (hold,) = open_site.run("hold", "list", "--status", "suspended", "--meter", "E-1001", "--json").json
    assert open_site.run("hold", "restore", hold["hold_id"], "--wait", "30").exit == 0
    marked = open_site.run("hold", "wrongful", hold["hold_id"], "--reason", "the customer had paid")
    assert marked.exit == 0, marked.out + marked.err
    assert "the customer had paid" in marked.out
    page = tmp_path / "statement.html"
    kept = open_site.run("hold", "statement", hold["hold_id"], "--format", "html", "-o", str(page))
    assert (kept.exit, kept.out) == (0, "")
    written = page.read_text(encoding="utf-8")
    assert written.startswith("<!DOCTYPE html>")
    assert all(word in written for word in ("the customer had paid", "suspension 0.00 EUR", "ordered: 10.00"))
    rows = tmp_path / "statement.csv"
    assert open_site.run("hold", "statement", hold["hold_id"], "--format", "csv", "-o", str(rows)).exit == 0
    assert rows.read_bytes().count(b"\r\n") == len(rows.read_text(encoding="utf-8").splitlines())
    again = open_site.run("hold", "wrongful", hold["hold_id"], "--reason", "twice")
    assert (again.exit, "HOLD_STATUS" in again.err) == (1, True)


def test_sending_an_order_again_does_nothing_twice(open_site: Site) -> None:
    """The same content gets the same answer; other content under the same key is refused."""
    text = order("C-10", meters=["E-1002"], starts_at=later(hours=1))
    first = open_site.run("order", "submit", "-", "--json", stdin=text).json
    assert open_site.run("order", "submit", "-", "--json", stdin=text).json == first
    other = open_site.run("order", "submit", "-", stdin=text.replace("vacation", "seasonal"))
    assert other.exit == 1
    assert "DUPLICATE_ORDER" in other.err
    assert open_site.run("hold", "cancel", first["hold_ids"][0]).exit == 0


def test_a_planned_hold_can_be_changed_and_called_off(open_site: Site) -> None:
    """Amend moves and removes dates; cancel ends it; a second cancel comes too late."""
    suspend = order("C-20", meters=["W-1002"], starts_at=later(hours=1), ends_at=later(hours=2))
    (hold_id,) = open_site.run("order", "submit", "-", "--json", stdin=suspend).json["hold_ids"]
    assert open_site.run("hold", "amend", hold_id, "--starts-at", later(hours=3), "--ends-at", "none").exit == 0
    hold = open_site.run("hold", "show", hold_id, "--json").json
    assert hold["ends_at"] is None
    assert open_site.run("hold", "amend", hold_id, "--ends-at", "2030-01-01").exit == 2
    assert open_site.run("hold", "cancel", hold_id).exit == 0
    assert open_site.run("hold", "show", hold_id, "--json").json["status"] == "cancelled"
    again = open_site.run("hold", "cancel", hold_id, "--json")
    assert (again.exit, again.json["result"]) == (1, "too_late")


def test_a_dry_run_stores_nothing(open_site: Site) -> None:
    """It says what would become of the order."""
    dry = open_site.run("order", "dry-run", "-", "--json", stdin=order("C-30", service_point="SP-1002"))
    assert (dry.exit, dry.json["result"]) == (0, "open")
    told = open_site.run("order", "dry-run", "-", stdin=order("C-30", service_point="SP-1002"))
    assert (told.exit, "nothing was stored" in told.out) == (0, True)
    assert open_site.run("order", "show", "C-30").exit == 1


def test_faults_of_an_order_are_told_all_at_once(open_site: Site) -> None:
    """Exit 2, each field with its rule."""
    bad = order("C 40", meters=["E-1001"], starts_at="2026-11-24T08:00:00", priority=12, colour="blue")
    ran = open_site.run("order", "submit", "-", stdin=bad)
    assert ran.exit == 2
    assert ran.out == ""
    assert all(f"  {field}: " in ran.err for field in ("order_id", "starts_at", "priority", "colour"))
    unknown = open_site.run("order", "submit", "-", stdin=order("C-41", meters=["E-9999"]))
    assert (unknown.exit, "E-9999" in unknown.err) == (2, True)
    assert open_site.run("order", "submit", "nowhere.json").exit == 2
    assert open_site.run("order", "submit", "-", "--format", "json", stdin="{").exit == 2


def test_a_batch_has_a_result_a_line(open_site: Site) -> None:
    """NDJSON and CSV; the bad line does not spoil the others."""
    at = later(hours=5)
    lines = [
        order(f"C-5{n}", meters=["E-1002"], starts_at=later(hours=4 + n), ends_at=later(hours=4.5 + n)) for n in (0, 1)
    ]
    file = open_site.folder / "batch.ndjson"
    file.write_text("\n".join([lines[0], '{"schema_version": 1}', lines[1]]) + "\n")
    ran = open_site.run("order", "submit", str(file), "--json")
    assert ran.exit == 2
    assert [row["result"] for row in ran.json] == ["open", None, "open"]
    assert open_site.run("order", "submit", str(file)).out.count("is required") >= 1
    header = "schema_version,order_id,action,issued_at,meters,reason,starts_at\n"
    (open_site.folder / "batch.csv").write_text(f"{header}1,C-60,suspend,{later()},W-1003,seasonal,{at}\n")
    assert open_site.run("order", "submit", "batch.csv").exit == 0
    for row in [*ran.json, *open_site.run("order", "submit", "batch.csv", "--json").json]:
        for hold_id in row["hold_ids"]:
            assert open_site.run("hold", "cancel", hold_id).exit == 0


def test_a_technician_reads_locks_and_unlocks(open_site: Site) -> None:
    """A locked meter is not switched; the lock names its owner and goes when told."""
    read = open_site.run("meter", "read", "W-1001", "--json")
    assert (read.exit, read.json["actual"], read.json["proof"]) == (0, "connected", "load_proven")
    assert "flow_m3_h" in open_site.run("meter", "read", "W-1001").out
    lock = open_site.run("meter", "lock", "W-1001", "--reason", "hands inside", "--for-hours", "2", "--json")
    assert (lock.exit, lock.json["status"]) == (0, "held")
    assert open_site.run("meter", "held", "W-1001", "--wait", "5").exit == 0
    assert "hands inside" in open_site.run("meter", "show", "W-1001").out
    said = ("--state", "connected", "--statement", "valve open by hand", "--seal", "4711")
    stated = open_site.run("meter", "witness", "W-1001", *said)
    assert "connected by tester" in stated.out
    assert "valve open by hand, seal 4711" in stated.out
    assert "tester" in open_site.run("meter", "list").out
    assert open_site.run("meter", "unlock", "W-1001", "--reason", "done").exit == 0
    assert open_site.run("meter", "show", "W-1001", "--json").json["lock"] is None


def test_a_verification_shows_the_bytes_and_writes_nothing(open_site: Site) -> None:
    """Identity, state and what would be written."""
    found = open_site.run("meter", "verify", "W-1001", "--json")
    assert found.exit == 0
    assert found.json["identity"] == {"strength": "serial", "value": "0000002208150042"}
    assert found.json["would_write"]["disconnected"] == ["unit 2: 06 00 1C 00 02"]
    assert open_site.run("meter", "read", "W-1001", "--json").json["actual"] == "connected"


def test_the_inhibit_stops_disconnects(open_site: Site) -> None:
    """On with a reason, shown, and off again."""
    assert "disconnects may leave" in open_site.run("inhibit", "show").out
    assert open_site.run("inhibit", "on").exit == 2
    assert open_site.run("inhibit", "on", "--reason", "storm").exit == 0
    try:
        shown = open_site.run("inhibit", "show", "--json").json
        assert (shown["on"], shown["by"], shown["reason"]) == (True, "admin", "storm")
    finally:
        assert open_site.run("inhibit", "off", "--reason", "over").exit == 0


def test_keys_are_made_listed_and_revoked_over_the_gateway(open_site: Site) -> None:
    """Roles are kept apart: an auditor sends no orders; a revoked key opens nothing."""
    made = open_site.run("key", "create", "auditor", "--role", "auditor", "--json").json
    auditor = Site(open_site.folder, open_site.port, open_site.env | {"METERHOLD_API_KEY": made["key"]})
    assert auditor.run("hold", "list").exit == 0
    refused = auditor.run("order", "submit", "-", stdin=order("C-70", meters=["E-1001"]))
    assert (refused.exit, "FORBIDDEN" in refused.err) == (1, True)
    listed = open_site.run("key", "list")
    assert made["key_id"] in listed.out
    assert made["key"] not in listed.out
    assert open_site.run("key", "revoke", made["key_id"]).exit == 0
    assert "UNAUTHENTICATED" in auditor.run("hold", "list").err
    assert open_site.run("key", "create", "x", "--role", "king").exit == 2


def test_the_store_is_one_process_s(open_site: Site) -> None:
    """What works on the store itself says that the gateway has it, and how to go on."""
    without_key = Site(open_site.folder, open_site.port, {k: v for k, v in open_site.env.items() if "API_KEY" not in k})
    made = without_key.run("key", "create", "x", "--role", "auditor")
    assert made.exit == 3
    assert "in use by another process" in made.err
    assert "METERHOLD_API_KEY" in made.err
    assert "an approver's key is made while it is stopped" in " ".join(made.err.split())
    assert open_site.run("db", "upgrade").exit == 3
    assert open_site.run("serve").exit == 3


def test_a_site_at_work_is_sound(open_site: Site) -> None:
    """Configuration, profiles, registry, store and links; and the journal's chain is whole."""
    checked = open_site.run("check", "--json")
    assert checked.exit == 0, checked.out
    assert {row["state"] for row in checked.json} == {"sound"}
    assert "link line-1" in open_site.run("check").out
    verified = open_site.run("audit", "verify", "--json")
    assert verified.exit == 0
    assert (verified.json["state"], verified.json["checkpoints"]) == ("intact", "sound")


def test_the_registry_is_imported_by_command(open_site: Site, tmp_path: Path) -> None:
    """The whole file or none of it; checked here against profiles and links before anything is sent."""
    rows = (open_site.folder / "config" / "meters.csv").read_text()
    bad = tmp_path / "bad.csv"
    bad.write_text(rows.replace("line-1", "line-9") + "E-1001,SP-1,gas,x,y,z,,,,,,,\n")
    refused = open_site.run("meter", "import", str(bad), "--config", str(open_site.config))
    assert refused.exit == 2
    assert refused.err.count("line-9") == 2
    more = tmp_path / "meters.csv"
    more.write_text(rows + rows.splitlines()[-1].replace("1003", "1004").replace("home-3", "home-4") + "\n")
    taken = open_site.run("meter", "import", str(more), "--config", str(open_site.config), "--json")
    assert taken.json == {"named": 7, "changed": 1, "retired": 0}
    assert open_site.run("meter", "show", "W-1004").exit == 0
    back = open_site.run("meter", "import", "config/meters.csv", "--json")
    assert back.json == {"named": 6, "changed": 0, "retired": 1}


def test_the_rules_are_explained_for_a_meter_and_a_moment(open_site: Site) -> None:
    """On a Saturday for a debt: deferred by the office hours, to Monday; for a holiday nothing stops it."""
    asked = ("policy", "explain", "E-1001", "--at", "2026-11-28T10:00:00+01:00")
    debt = open_site.run(*asked, "--reason", "non_payment", "--json").json
    bites = {stand["rule"] for stand in debt["rules"] if stand["bites"]}
    assert (debt["effect"], bites) == ("defer", {"debt.office-hours"})
    assert debt["next_permitted_at"] == "2026-11-30T07:00:00Z"
    shown = open_site.run(*asked, "--reason", "vacation").out
    assert "permitted" in shown
    assert "it is for non_payment, not for vacation" in shown
    assert open_site.run("policy", "explain", "E-7").exit == 1


def test_a_moratorium_is_raised_and_lifted_by_command(open_site: Site) -> None:
    """In one feeder, with a reason: an order there is deferred until it ends, as a dry run says."""
    until = later(hours=5)
    command = ("policy", "moratorium", "raise", "--area", "feeder-7", "--until", until)
    assert open_site.run(*command).exit == 2
    raised = open_site.run(*command, "--reason", "storm", "--json").json
    try:
        assert "storm" in open_site.run("policy", "moratorium", "list").out
        tried = open_site.run("order", "dry-run", "-", "--json", stdin=order("C-90", meters=["E-1002"])).json
        assert [verdict["code"] for verdict in tried["verdicts"]] == ["MORATORIUM"]
        other = open_site.run("order", "dry-run", "-", "--json", stdin=order("C-91", meters=["E-1003"])).json
        assert other["verdicts"] == []
    finally:
        lifted = open_site.run("policy", "moratorium", "lift", raised["moratorium_id"], "--reason", "over")
        assert lifted.exit == 0, lifted.err
    assert open_site.run("policy", "moratorium", "list", "--json").json == []


def test_what_a_moratorium_held_back_is_switched_once_it_is_lifted(open_site: Site) -> None:
    """A real order to a real line: scheduled and untouched under the moratorium, done and proven after it."""
    command = ("policy", "moratorium", "raise", "--area", "feeder-8", "--until", later(hours=5), "--reason", "storm")
    raised = open_site.run(*command, "--json").json
    sent = open_site.run("order", "submit", "-", "--json", stdin=order("C-92", meters=["E-1003"])).json
    (hold_id,) = sent["hold_ids"]
    held = open_site.run("hold", "show", hold_id, "--json").json
    assert (held["status"], held["deferred_until"]) == ("scheduled", raised["until_at"])
    assert open_site.run("meter", "read", "E-1003", "--json").json["actual"] == "connected"
    assert open_site.run("policy", "moratorium", "lift", raised["moratorium_id"], "--reason", "over").exit == 0
    done = open_site.run("order", "show", "C-92", "--wait", "30", "--json")
    assert (done.exit, done.json["result"]) == (0, "done")
    assert open_site.run("hold", "show", hold_id, "--json").json["proof"] == "load_proven"
    assert open_site.run("hold", "restore", hold_id, "--wait", "30").exit == 0


def test_a_forecast_is_sent_and_listed_by_command(open_site: Site, tmp_path: Path) -> None:
    """Taken once; sent again, it is not newer than itself."""
    now = datetime.now(UTC)
    hours = [{"at": (now + timedelta(hours=n)).isoformat(), "temperature_c": 12.5} for n in range(30)]
    areas = [{"area": "feeder-9", "hours": hours}]
    document = {"schema_version": 1, "issued_at": now.isoformat(), "source": "met office", "areas": areas}
    file = tmp_path / "forecast.json"
    file.write_text(json.dumps(document))
    assert [row["taken"] for row in open_site.run("policy", "forecast", "send", str(file), "--json").json] == [True]
    assert "older than what is known" in open_site.run("policy", "forecast", "send", str(file)).out
    listed = open_site.run("policy", "forecast", "list")
    assert "12.5 C" in listed.out
    assert "met office" in listed.out


def test_check_names_the_faults_of_a_policy(tmp_path: Path) -> None:
    """With their lines, beside all others."""
    site = make_site(tmp_path, 1)
    policy = site.config.with_name("policy.yaml")
    policy.write_text(policy.read_text().replace('from: "08:00"', "from: 16:00").replace("[non_payment]", "[debts]", 1))
    checked = site.run("check", "--json")
    assert checked.exit == 2
    faults = [row["detail"] for row in checked.json if row["what"].endswith("policy.yaml")]
    assert any("16:00" in fault and "960" in fault for fault in faults), faults


def test_without_a_gateway_a_client_says_so(tmp_path: Path) -> None:
    """Exit 3, the address, and the variable that names another."""
    site = make_site(tmp_path, 1)
    for command in (("hold", "list"), ("meter", "read", "E-1"), ("order", "submit", "-")):
        ran = site.run(*command, stdin="{}")
        assert (ran.exit, ran.out) == (3, "")
        assert f"no gateway answers at http://127.0.0.1:{site.port} (METERHOLD_URL)" in ran.err
