"""The registry's file: every meter as it is written, or every fault with its line."""

from decimal import Decimal
from pathlib import Path

import pytest

from meterhold.documents.registry import read_registry
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.meter import Installation
from meterhold.domain.words import Because, Context, Flag, Service

HEADER = "id,service_point,service,profile,link,address"
FULL = (
    "id,service_point,service,profile,link,address,serial,area,time_zone,rated_load_kw,flags,depends_on,context\n"
    "E-1,SP-1,electricity,relay,line-1,1,,feeder-7,Europe/Berlin,13.80,life_support;fire_service,,production\n"
    "W-1,SP-1,water,valve,line-1,2,0042,,,,,E-1,test\n"
)
MEANT = (
    Installation(
        "E-1",
        "SP-1",
        Service.ELECTRICITY,
        "relay",
        "line-1",
        "1",
        area="feeder-7",
        time_zone="Europe/Berlin",
        rated_load_kw=Decimal("13.80"),
        flags=frozenset({Flag.LIFE_SUPPORT, Flag.FIRE_SERVICE}),
    ),
    Installation(
        "W-1",
        "SP-1",
        Service.WATER,
        "valve",
        "line-1",
        "2",
        serial="0042",
        depends_on=("E-1",),
        context=Context.TEST,
    ),
)


def written(folder: Path, text: str, name: str = "meters.csv") -> Path:
    """Put a file there."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(path: Path) -> list[tuple[int | None, str, str]]:
    """Line, field and rule of everything that is wrong with a file."""
    with pytest.raises(Malformed) as raised:
        read_registry(path)
    assert raised.value.what == str(path)
    return [(fault.line, fault.field, fault.rule) for fault in raised.value.faults]


def test_csv_gives_every_column(tmp_path: Path) -> None:
    """Each column arrives, an empty cell is the default."""
    assert read_registry(written(tmp_path, FULL)) == MEANT


def test_a_spreadsheets_byte_order_mark_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    """What spreadsheets export is read the same."""
    path = tmp_path / "meters.csv"
    path.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert read_registry(path) == MEANT


def test_yaml_says_the_same(tmp_path: Path) -> None:
    """The same meters in YAML, with a unit id and a load as plain numbers."""
    text = """
meters:
  - {id: E-1, service_point: SP-1, service: electricity, profile: relay, link: line-1, address: 1, area: feeder-7,
     time_zone: Europe/Berlin, rated_load_kw: "13.80", flags: [life_support, fire_service]}
  - {id: W-1, service_point: SP-1, service: water, profile: valve, link: line-1, address: 2, serial: "0042",
     depends_on: [E-1], context: test}
"""
    assert read_registry(written(tmp_path, text, "meters.yaml")) == MEANT


def test_all_faults_of_a_csv_come_together(tmp_path: Path) -> None:
    """One run through the file finds everything, in the order of its lines."""
    text = (
        f"{HEADER},colour,rated_load_kw,flags,depends_on,time_zone\n"
        "E-1,SP,electricity,relay,line,1,red,1.2,,,\n"
        "E-1,SP,electricity,relay,line,2,,,,E-9,\n"
        "E-2,SP,gas,relay,line,3,,much,vip,,Mars\n"
        "E-3,SP,water,valve,line,4\n"
        ",SP,water,valve,line,5,,,,,\n"
        "E-5,SP,electricity,relay,line,1,,,,,\n"
    )
    found = faults_of(written(tmp_path, text))
    assert [(line, field) for line, field, _ in found] == [
        (1, "colour"),
        (3, "E-1.id"),
        (3, "E-1.depends_on"),
        (4, "E-2.service"),
        (4, "E-2.time_zone"),
        (4, "E-2.rated_load_kw"),
        (4, "E-2.flags.0"),
        (5, "E-3"),
        (6, "id"),
        (7, "E-5.address"),
    ]
    rules = {field: rule for _, field, rule in found}
    assert rules["E-1.id"] == "stands in line 2 already"
    assert rules["E-2.service"] == "must be one of electricity, water"
    assert rules["E-3"] == "has 6 cells, the header has 11"
    assert rules["E-5.address"] == "is that of E-1 on the same link: a write would switch the other one"


def test_a_faulty_row_does_not_hide_what_else_is_wrong_with_it(tmp_path: Path) -> None:
    """Its wiring is checked as far as the row says it; what it does not say gives no second fault."""
    text = (
        f"{HEADER},rated_load_kw\n"
        "E-1,SP,electricity,relay,line,999,much\n"
        "E-2,SP,gas,relay,line,999,\n"
        ",SP,electricity,relay,line,7,\n"
        "E-4,SP,electricity,relay,,999,\n"
    )

    def check(meter: Installation) -> list[Fault]:
        wrong = [Fault("address", "is no unit id")] if meter.address == "999" else []
        wrong += [Fault("service", "is not what the profile meters")] if meter.meter_id == "E-2" else []
        return wrong + ([Fault("link", "is not configured")] if meter.link == "?" else [])

    with pytest.raises(Malformed) as raised:
        read_registry(written(tmp_path, text), check=check)
    assert [(fault.line, fault.field) for fault in raised.value.faults] == [
        (2, "E-1.rated_load_kw"),
        (2, "E-1.address"),
        (3, "E-2.service"),
        (3, "E-2.address"),
        (4, "id"),
        (5, "E-4.link"),
        (5, "E-4.address"),
    ]


def test_a_number_in_a_cell_is_asked_for_as_a_cell_has_it(tmp_path: Path) -> None:
    """Nobody writes strings into a spreadsheet."""
    text = f"{HEADER},rated_load_kw\nE-1,SP,electricity,relay,line,1,1.5kW\n"
    ((_, _, rule),) = faults_of(written(tmp_path, text))
    assert rule == "must be a decimal number with a point, such as 12.50"


def test_all_faults_of_a_yaml_come_together(tmp_path: Path) -> None:
    """YAML names the line of the entry that is wrong."""
    text = """
meters:
  - {id: E-1, service_point: SP, service: electricity, profile: relay, link: line, address: 1, color: red}
  - {id: E-2, service_point: SP, service: gas, profile: relay, link: line, address: 2}
  - E-3
"""
    found = faults_of(written(tmp_path, text, "meters.yml"))
    assert [(line, field) for line, field, _ in found] == [(3, "E-1.color"), (4, "E-2.service"), (5, "meters.2")]


def test_yaml_does_not_turn_a_serial_into_a_number(tmp_path: Path) -> None:
    """``0042`` without quotes is 34 to YAML: a fault, never another serial."""
    text = "meters:\n  - {id: E-1, service_point: S, service: water, profile: p, link: l, address: 1, serial: 0042}"
    assert faults_of(written(tmp_path, text, "meters.yaml")) == [
        (2, "meters.0.serial", "'0042' is read as the number 34 by YAML: quote it, or write that number")
    ]


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("meters.csv", "", "is empty: the first line names the columns"),
        ("meters.csv", f"{HEADER}\n", "names no meter"),
        ("meters.csv", "id;service\nE-1;water\n", "is a required column"),
        ("meters.csv", f"{HEADER},id\n", "stands there twice"),
        ("meters.csv", f'{HEADER}\n"E-1\n', "is not CSV"),
        ("meters.yaml", "E-1", "must hold one list called meters"),
        ("meters.yaml", "meters: []\nmore: 1", "must hold one list called meters"),
        ("meters.toml", "", "must end in .csv, .yaml or .yml"),
    ],
)
def test_a_file_that_is_no_registry_says_why(tmp_path: Path, name: str, text: str, rule: str) -> None:
    """A registry without meters is a fault as well: taken over, it would retire every meter of the site."""
    assert any(rule in found for _, _, found in faults_of(written(tmp_path, text, name)))


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """Missing, or not text."""
    assert "cannot be read" in faults_of(tmp_path / "none.csv")[0][2]
    path = tmp_path / "latin.csv"
    path.write_bytes(b"id\xff")
    assert "UTF-8" in faults_of(path)[0][2]


def test_what_the_site_knows_is_checked_too(tmp_path: Path) -> None:
    """Faults of the profiles' and links' own check carry the meter, the line and their code."""
    text = f"{HEADER}\nE-1,SP,electricity,toaster,line,1\nE-2,SP,gas,relay,line,2\n"

    def check(place: Installation) -> list[Fault]:
        return [Fault("profile", f"{place.profile} is not known", Because.NOT_CAPABLE)]

    with pytest.raises(Malformed) as raised:
        read_registry(written(tmp_path, text), check=check)
    assert raised.value.faults == (
        Fault("E-1.profile", "toaster is not known", Because.NOT_CAPABLE, line=2),
        Fault("E-2.service", "must be one of electricity, water", line=3),
        Fault("E-2.profile", "relay is not known", Because.NOT_CAPABLE, line=3),
    )
