"""The configuration file: what it may say, and what each mistake is answered with."""

from pathlib import Path

import pytest

from meterhold.documents.config import GatewayDocument, ModbusLink, MqttLink, load_config, parse_config
from meterhold.documents.terms import read_terms
from meterhold.domain.errors import Malformed
from meterhold.domain.policy import NO_POLICY
from meterhold.domain.words import Proof

GOOD = """\
schema_version: 1
site:
  name: demo
  time_zone: Europe/Berlin
store:
  url: sqlite:///var/journal.sqlite
meters: meters.csv
links:
  street-1:
    kind: modbus
    host: 127.0.0.1
    port: 5020
    framing: rtu_over_tcp
  broker:
    kind: mqtt
    host: 127.0.0.1
    protocol: "5"
    password_file: secrets/broker
terms:
  required_proof:
    kaifeng-xintai-valve: load_proven
"""


SECRET_RULE = (
    "a secret never stands in this file: name a file that holds it (username_file, password_file)"
    " or set it in the environment"
)


def faults_of(text: str) -> list[tuple[int | None, str, str]]:
    """What a text is answered with: line, field, rule."""
    with pytest.raises(Malformed) as caught:
        parse_config(text)
    return [(fault.line, fault.field, fault.rule) for fault in caught.value.faults]


def test_a_good_file_is_understood() -> None:
    """Sections, defaults and both kinds of link."""
    config = parse_config(GOOD)
    assert config.http.host == "127.0.0.1"
    street, broker = config.links["street-1"], config.links["broker"]
    assert isinstance(street, ModbusLink)
    assert street.framing == "rtu_over_tcp"
    assert isinstance(broker, MqttLink)
    assert (broker.port, broker.protocol) == (1883, "5")
    terms = config.terms.as_terms()
    assert terms.required_proof == {"kaifeng-xintai-valve": Proof.LOAD_PROVEN}
    assert terms.suspend_within_s == 24 * 3600
    assert (terms.billing_proof, terms.billing_proof_of) == (Proof.STATE_READ, {})


def test_charges_stop_only_where_supply_was_seen_off() -> None:
    """The level is read or proven by load, for the site and for single models; a receipt is no level."""
    said = "terms:\n  billing_proof: load_proven\n  billing_proof_of: {neptun-smart: state_read}\n"
    terms = parse_config(GOOD.replace("terms:\n", said)).terms.as_terms()
    assert (terms.billing_proof, terms.billing_proof_of) == (Proof.LOAD_PROVEN, {"neptun-smart": Proof.STATE_READ})
    ((_, field, rule),) = faults_of(GOOD.replace("terms:\n", "terms:\n  billing_proof: acknowledged\n"))
    assert field == "terms.billing_proof"
    assert "must be state_read or load_proven" in rule


def test_relative_paths_count_from_the_file(tmp_path: Path) -> None:
    """Wherever the gateway is started."""
    file = tmp_path / "gateway.yaml"
    file.write_text(GOOD)
    config: GatewayDocument = load_config(file)
    assert config.meters == str(tmp_path / "meters.csv")
    assert config.store.url == f"sqlite:///{tmp_path}/var/journal.sqlite"
    assert config.profiles is None
    broker = config.links["broker"]
    assert isinstance(broker, MqttLink)
    assert broker.password_file == str(tmp_path / "secrets/broker")


def test_a_missing_file_is_a_clear_fault(tmp_path: Path) -> None:
    """The file is named, and why it cannot be read."""
    with pytest.raises(Malformed, match=r"none\.yaml: cannot be read: No such file"):
        load_config(tmp_path / "none.yaml")


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    """Each with its line, its field and its rule."""
    text = """\
schema_version: 2
site:
  name: demo
  time_zone: Mars/Base
  colour: blue
store:
  url: postgresql://gateway:geheim@db/meterhold
http:
  port: 99999
links:
  street-1:
    kind: modbus
    host: 127.0.0.1
    framing: serial
  street-2:
    kind: modbus
    host: 127.0.0.1
  broker:
    kind: mqtt
    host: broker.example
    password: hunter2
  other:
    kind: carrier-pigeon
"""
    assert faults_of(text) == [
        (1, "meters", "is required"),
        (1, "schema_version", "must be 1, not 2"),
        (4, "site.time_zone", "'Mars/Base' is not a time zone; write a name such as Europe/Berlin"),
        (5, "site.colour", "is not a key that this file knows"),
        (7, "store.url", "must be sqlite:///FILE; a URL that holds a password is set as METERHOLD_STORE_URL"),
        (9, "http.port", "must be less than or equal to 65535"),
        (14, "links.street-1.framing", "must be 'tcp' or 'rtu_over_tcp', not 'serial'"),
        (15, "links.street-2", "is the same line as street-1: their requests would collide"),
        (
            21,
            "links.broker.password",
            SECRET_RULE,
        ),
        (22, "links.other", "kind must be one of 'modbus', 'mqtt', not 'carrier-pigeon'"),
    ]


def test_no_fault_repeats_a_secret() -> None:
    """What stands under a key that looks secret is not printed."""
    text = GOOD.replace("password_file: secrets/broker", "password: hunter2")
    assert "hunter2" not in str(faults_of(text))
    assert "geheim" not in str(faults_of(GOOD.replace("sqlite:///var/journal.sqlite", "postgresql://me:geheim@db/x")))


def test_two_links_may_not_share_a_client_id() -> None:
    """The broker would throw one out for the other, for ever."""
    text = GOOD.replace("terms:", "  again:\n    kind: mqtt\n    host: 127.0.0.1\nterms:")
    assert faults_of(text) == [
        (19, "links.again", "has the client_id of broker on the same broker, which would drop one for the other")
    ]


@pytest.mark.parametrize(
    ("was", "written", "field", "rule"),
    [
        (
            "name: demo",
            "name: no",
            "site.name",
            "'no' is read as false by YAML: quote it, or write true or false",
        ),
        (
            "port: 5020",
            "port: 16:00",
            "links.street-1.port",
            "'16:00' is read as the number 960 by YAML: quote it, or write that number",
        ),
        (
            "port: 5020",
            "port: 0502",
            "links.street-1.port",
            "'0502' is read as the number 322 by YAML: quote it, or write that number",
        ),
        ("name: demo", "name: 2026-01-01", "site.name", "'2026-01-01' is read as a date by YAML: quote it"),
        ("port: 5020", "host: 10.0.0.1", "links.street-1.host", "is given twice, first on line 11"),
        (
            "port: 5020",
            "port: 5020\n    off: 1",
            "links.street-1.off",
            "the key 'off' is read as false by YAML: quote it, or write true or false",
        ),
        (
            "name: demo",
            "name: !!python/name:os.system x",
            "site.name",
            "tag python/name:os.system is not part of the language",
        ),
        ("name: demo", "name: &a demo", "site.time_zone", "anchors and aliases are not part of the language"),
        ("street-1:", "1:", "links.1", "the key '1' is not text to YAML: quote it"),
    ],
)
def test_what_yaml_turns_into_something_else_is_a_fault(was: str, written: str, field: str, rule: str) -> None:
    """None of the traps of YAML 1.1 reaches a setting."""
    text = GOOD.replace(was, written)
    if "&a" in written:
        text = text.replace("Europe/Berlin", "*a")
    assert [(name, why) for _, name, why in faults_of(text)] == [(field, rule)]


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ('port: "5020"', "must be a whole number without quotes"),
        ("port: true", "must be a whole number without quotes"),
        ("port:", "must be a whole number without quotes"),
        ("port: 0", "must be greater than or equal to 1"),
        ("timeout_s: .inf", "'.inf' is not a plain decimal number: quote it"),
        ("timeout_s: 1.0e+400", "must be a finite number"),
        ("close_after_use: 1", "must be true or false"),
    ],
)
def test_nothing_is_converted(written: str, rule: str) -> None:
    """A value of another kind is a fault, not a guess."""
    assert [why for _, _, why in faults_of(GOOD.replace("port: 5020", written))] == [rule]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must be a mapping of keys to values"),
        ("- a\n- b\n", "must be a mapping of keys to values"),
        ("a: [1, 2\n", "is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("[" * 5000, "is nested too deeply"),
        (
            "a: \x00\n",
            (
                'is not YAML: unacceptable character #x0000: special characters are not allowed in "<unicode string>",'
                " position 3"
            ),
        ),
    ],
)
def test_what_is_no_configuration_at_all(text: str, rule: str) -> None:
    """Also broken and empty files get one clear sentence."""
    (fault,) = faults_of(text)
    assert fault[2] == rule


def test_billion_laughs_are_not_expanded() -> None:
    """Aliases are refused before anything is built from them."""
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(9))
    assert {rule for _, _, rule in faults_of(bomb)} == {"anchors and aliases are not part of the language"}


def test_the_policy_and_the_forecasts_are_named_and_placed(tmp_path: Path) -> None:
    """Their files count from the configuration's folder, like all others."""
    file = tmp_path / "gateway.yaml"
    more = "policy: rules.yaml\nforecasts: {link: broker, topic: weather/all, file: weather.json}\n"
    file.write_text(GOOD + more, encoding="utf-8")
    config = load_config(file)
    assert config.policy == str(tmp_path / "rules.yaml")
    assert (config.forecasts.link, config.forecasts.topic) == ("broker", "weather/all")
    assert config.forecasts.file == str(tmp_path / "weather.json")
    assert load_config_without_forecasts(tmp_path).policy is None


def load_config_without_forecasts(folder: Path) -> GatewayDocument:
    """The same site without rules."""
    file = folder / "plain.yaml"
    file.write_text(GOOD, encoding="utf-8")
    return load_config(file)


def test_forecasts_come_from_a_broker_that_is_there() -> None:
    """A link that is none, one that is no broker, a topic without a link, a topic that is a pattern."""
    rule = "is not one of the brokers under links"
    assert faults_of(GOOD + "forecasts: {link: nowhere, topic: weather}\n") == [
        (22, "forecasts.link", f"'nowhere' {rule}")
    ]
    assert faults_of(GOOD + "forecasts: {link: street-1, topic: weather}\n") == [
        (22, "forecasts.link", f"'street-1' {rule}")
    ]
    assert faults_of(GOOD + "forecasts: {topic: weather}\n") == [(22, "forecasts", "link and topic belong together")]
    assert faults_of(GOOD + 'forecasts: {link: broker, topic: "weather/#"}\n')[0][1] == "forecasts.topic"


def test_the_terms_of_a_site_hold_its_policy(tmp_path: Path) -> None:
    """A policy with faults is refused with all of them; none at all leaves only the floor."""
    file = tmp_path / "gateway.yaml"
    file.write_text(GOOD + "policy: rules.yaml\n", encoding="utf-8")
    rules = tmp_path / "rules.yaml"
    rules.write_text("schema_version: 1\nversion: mine\n", encoding="utf-8")
    assert read_terms(load_config(file)).policy.version == "mine"
    assert read_terms(load_config_without_forecasts(tmp_path)).policy is NO_POLICY
    rules.write_text("schema_version: 2\n", encoding="utf-8")
    with pytest.raises(Malformed, match=r"rules\.yaml: schema_version"):
        read_terms(load_config(file))
