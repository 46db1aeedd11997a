"""The shipped examples say what their sources say: each quoted value is tried from both of its sides."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from meterhold.documents.policy import load_policy
from meterhold.domain.policy import Case, Effect, Premises, inspections_from, judge
from meterhold.domain.words import Flag, Mode, Reason, Service
from tests.unit.domain.policy.cases import HOUR, Field, at, case, forecast, home

CONFIG = Path(__file__).parents[4] / "config"
EXAMPLES = CONFIG / "policy-examples"
NY, CHICAGO, ADELAIDE, BRISBANE = "America/New_York", "America/Chicago", "Australia/Adelaide", "Australia/Brisbane"
DEFER, REFUSE, APPROVAL, WARN, ALLOW = (
    Effect.DEFER,
    Effect.REFUSE,
    Effect.NEEDS_APPROVAL,
    Effect.WARN,
    Effect.ALLOW,
)


def fahrenheit(value: float) -> float:
    """In the unit of forecasts."""
    return float((Decimal(str(value)) - 32) * 5 / 9)


def nothing(_: datetime) -> Field:
    """The order says no more, and no weather is known."""
    return {}


def mild(now: datetime, **others: float) -> Field:
    """A forecast of 15 C for a week; ``h30=20`` says 20 F after thirty hours."""
    celsius = [15.0] * 24 * 7
    for name, value in others.items():
        celsius[int(name.removeprefix("h"))] = fahrenheit(value)
    return {"*": forecast(now, *celsius)}


def water(**fields: Field) -> Premises:
    """A water meter."""
    return home(**{"meter_id": "W-1", "service": Service.WATER} | fields)


@dataclass(frozen=True)
class Said:
    """What a source says, and a situation in which the example must agree."""

    file: str
    rule: str
    quoted: str
    effect: Effect
    now: datetime
    leg: Premises = field(default_factory=home)
    told: Callable[[datetime], Field] = nothing
    until: datetime | None = None

    @property
    def case(self) -> Case:
        """The situation."""
        return replace(case(now=self.now, legs=(self.leg,)), **self.told(self.now))


TUESDAY = at("2026-03-03 10:00", NY)
R1_VA = "R1 VA: forecast low <=32 F within 24 h after the scheduled disconnection (electric, gas; non-payment)"
R1_MD = "R1 MD: forecast at 06:00 <=32 F or >=95 F in next 72 h"
R1_COLD = "R1: IA <20 F, DE <=20 F, KS <35 F"
R2_VA = "R2 VA >=92 F electric and water/wastewater"
R2_SA = "R2 SA (Australia): 3 days mean >=28 C"
R3 = "R3: MA 11/15-4/30; IL 12/1-3/31 (older list); AZ 6/1-10/15; AU 20-31 December"
R4 = "R4 NERR: weekends, public holidays, Fridays, eves, before 8 am and after 3 pm"
R4_VA = "R4: no Friday/weekend/holiday/eve: VA (non-payment)"
R5 = "R5: DNP received by 14:00 on the requested day, else done by 08:00 next retail business day"
R5_PAST = 'R5: "backdated orders will be rejected"'
R7 = "R7: retailer must not arrange de-energisation of a life-support premises"
R8 = "R8 Cyprus 2025: notify 24 h ahead + human approval that the site is non-critical, else the command fails"
R8_QLD = "R8: QLD water: 5 then 10 business days"
R10 = "R10 Andrews IN: min 2, max 5 months; owner/representative present at off and on"
R11 = "R11 We Energies: no winter disconnection unless premise verified vacant"
R12 = "R12 Ontario ESA: off > 6 months -> inspection before reconnection"
R17 = "R17 QLD: provider cannot disconnect for debt, only restrict, floor 10 L/min, not for special-needs premises"
R20 = "R20: turning off electricity for a winter vacation also stops heating and so freezes the pipes"
R29 = "R29: IL 280.140: 10-day notice to everyone"


def weather(**fahrenheits: float) -> Callable[[datetime], Field]:
    """Mild, but for these hours."""
    return lambda now: {"forecasts": mild(now, **fahrenheits)}


def asked(**fields: Field) -> Callable[[datetime], Field]:
    """What the order says, on a mild day."""
    return lambda now: {"forecasts": mild(now), **fields}


def restricted(value: str) -> Premises:
    """Water that is only restricted."""
    return water(mode=Mode.RESTRICT, restrict_to=(Decimal(value), "l/min"), time_zone=BRISBANE)


SITUATIONS = [
    Said("virginia", "va.cold", R1_VA, DEFER, TUESDAY, told=weather(h23=32)),
    Said("virginia", "va.cold", R1_VA, ALLOW, TUESDAY, told=weather(h23=32.1)),
    Said("virginia", "va.cold", R1_VA, ALLOW, TUESDAY, told=weather(h25=20)),
    Said("virginia", "va.heat", R2_VA, DEFER, TUESDAY, told=weather(h5=92)),
    Said("virginia", "va.heat", R2_VA, ALLOW, TUESDAY, told=weather(h5=91.9)),
    Said("virginia", "va.heat-water", R2_VA, DEFER, TUESDAY, water(), weather(h5=92)),
    Said(
        "virginia",
        "va.heat-water",
        R2_VA,
        DEFER,
        TUESDAY,
        water(),
        lambda now: {"forecasts": mild(now, h5=92), "reason": Reason.VACATION},
    ),
    Said(
        "virginia",
        "va.cold",
        R1_VA,
        ALLOW,
        TUESDAY,
        told=lambda now: {"forecasts": mild(now, h5=20), "reason": Reason.VACATION},
    ),
    Said("virginia", "va.days", R4_VA, ALLOW, at("2026-03-05 23:00", NY), home(time_zone=NY), asked()),
    Said(
        "virginia",
        "va.days",
        R4_VA,
        DEFER,
        at("2026-03-06 10:00", NY),
        home(time_zone=NY),
        asked(),
        at("2026-03-09 00:00", NY),
    ),
    Said("virginia", "va.holidays", R4_VA, DEFER, at("2026-11-25 10:00", NY), home(time_zone=NY), asked()),
    Said("virginia", "va.holidays", R4_VA, DEFER, at("2026-11-26 10:00", NY), home(time_zone=NY), asked()),
    Said("virginia", "va.holidays", R4_VA, ALLOW, at("2026-11-24 10:00", NY), home(time_zone=NY), asked()),
    Said("maryland", "md.weather", R1_MD, REFUSE, TUESDAY, told=weather(h71=32)),
    Said("maryland", "md.weather", R1_MD, REFUSE, TUESDAY, told=weather(h71=95)),
    Said("maryland", "md.weather", R1_MD, ALLOW, TUESDAY, told=weather(h71=94.9, h5=32.1, h73=10)),
    Said("cold-limits", "ia.cold", R1_COLD, ALLOW, TUESDAY, home(area="iowa"), weather(h5=20)),
    Said("cold-limits", "ia.cold", R1_COLD, DEFER, TUESDAY, home(area="iowa"), weather(h5=19.9)),
    Said("cold-limits", "de.cold", R1_COLD, DEFER, TUESDAY, home(area="delaware"), weather(h5=20)),
    Said("cold-limits", "ks.cold", R1_COLD, ALLOW, TUESDAY, home(area="kansas"), weather(h5=35)),
    Said("cold-limits", "ks.cold", R1_COLD, DEFER, TUESDAY, home(area="kansas"), weather(h5=34.9)),
    Said("seasons", "ma.winter", R3, DEFER, at("2026-11-15 12:00"), home(area="massachusetts")),
    Said(
        "seasons",
        "ma.winter",
        R3,
        DEFER,
        at("2027-04-30 12:00"),
        home(area="massachusetts"),
        nothing,
        at("2027-05-01 00:00"),
    ),
    Said("seasons", "ma.winter", R3, ALLOW, at("2027-05-01 12:00"), home(area="massachusetts")),
    Said("seasons", "il.winter", R3, DEFER, at("2026-12-01 12:00"), home(area="illinois")),
    Said("seasons", "il.winter", R3, ALLOW, at("2027-04-01 12:00"), home(area="illinois")),
    Said("seasons", "az.summer", R3, DEFER, at("2026-06-01 12:00"), home(area="arizona")),
    Said("seasons", "az.summer", R3, ALLOW, at("2026-10-16 12:00"), home(area="arizona")),
    Said("seasons", "wi.winter", R11, REFUSE, at("2027-01-15 12:00"), home(area="wisconsin")),
    Said(
        "seasons", "wi.winter", R11, ALLOW, at("2027-01-15 12:00"), home(area="wisconsin"), asked(vacant_verified=True)
    ),
    Said("australia", "nerr.hours", R4, DEFER, at("2026-03-03 07:59", ADELAIDE), home(time_zone=ADELAIDE), asked()),
    Said("australia", "nerr.hours", R4, ALLOW, at("2026-03-03 08:00", ADELAIDE), home(time_zone=ADELAIDE), asked()),
    Said("australia", "nerr.hours", R4, DEFER, at("2026-03-03 15:00", ADELAIDE), home(time_zone=ADELAIDE), asked()),
    Said("australia", "nerr.hours", R4, DEFER, at("2026-03-06 10:00", ADELAIDE), home(time_zone=ADELAIDE), asked()),
    Said("australia", "nerr.holidays", R4, DEFER, at("2026-01-26 10:00", ADELAIDE), home(time_zone=ADELAIDE), asked()),
    Said("australia", "nerr.holidays", R4, DEFER, at("2026-12-24 10:00", ADELAIDE), home(time_zone=ADELAIDE), asked()),
    Said("australia", "nerr.december", R3, DEFER, at("2026-12-20 10:00", ADELAIDE), home(time_zone=ADELAIDE), asked()),
    Said("australia", "nerr.december", R3, ALLOW, at("2026-12-17 10:00", ADELAIDE), home(time_zone=ADELAIDE), asked()),
    Said("australia", "nerr.life-support", R7, REFUSE, TUESDAY, home(flags=frozenset({Flag.LIFE_SUPPORT})), asked()),
    Said(
        "australia", "sa.heat", R2_SA, DEFER, TUESDAY, told=lambda now: {"forecasts": {"*": forecast(now, *[28] * 80)}}
    ),
    Said(
        "australia",
        "sa.heat",
        R2_SA,
        ALLOW,
        TUESDAY,
        told=lambda now: {"forecasts": {"*": forecast(now, *[27.9] * 80)}},
    ),
    Said("texas", "ercot.same-day", R5, ALLOW, at("2026-03-03 13:59", CHICAGO), home(time_zone=CHICAGO)),
    Said(
        "texas",
        "ercot.same-day",
        R5,
        DEFER,
        at("2026-03-06 14:00", CHICAGO),
        home(time_zone=CHICAGO),
        nothing,
        at("2026-03-09 08:00", CHICAGO),
    ),
    Said("texas", "ercot.backdated", R5_PAST, REFUSE, TUESDAY, told=lambda now: {"starts_at": now - HOUR}),
    Said("andrews-indiana", "andrews.length", R10, REFUSE, at("2026-03-02 12:00"), told=asked(reason=Reason.VACATION)),
    Said(
        "andrews-indiana",
        "andrews.length",
        R10,
        REFUSE,
        at("2026-03-02 12:00"),
        told=asked(reason=Reason.VACATION, ends_at=at("2026-05-01 12:00")),
    ),
    Said(
        "andrews-indiana",
        "andrews.length",
        R10,
        ALLOW,
        at("2026-03-02 12:00"),
        told=asked(reason=Reason.VACATION, ends_at=at("2026-08-02 12:00")),
    ),
    Said(
        "andrews-indiana",
        "andrews.length",
        R10,
        REFUSE,
        at("2026-03-02 12:00"),
        told=asked(reason=Reason.VACATION, ends_at=at("2026-08-03 12:00")),
    ),
    Said(
        "andrews-indiana",
        "andrews.presence",
        R10,
        APPROVAL,
        TUESDAY,
        water(),
        asked(reason=Reason.VACATION, ends_at=TUESDAY + timedelta(days=90)),
    ),
    Said(
        "andrews-indiana",
        "andrews.presence",
        R10,
        ALLOW,
        TUESDAY,
        water(),
        asked(reason=Reason.VACATION, ends_at=TUESDAY + timedelta(days=90), customer_present=True),
    ),
    Said("ontario", "esa.inspection", R12, WARN, at("2026-03-02 12:00"), told=asked(ends_at=at("2026-09-02 12:01"))),
    Said("ontario", "esa.inspection", R12, ALLOW, at("2026-03-02 12:00"), told=asked(ends_at=at("2026-09-02 12:00"))),
    Said("queensland-water", "qld.restrict-only", R17, REFUSE, TUESDAY, water()),
    Said("queensland-water", "qld.least", R17, REFUSE, TUESDAY, restricted("9.9")),
    Said("queensland-water", "qld.least", R17, ALLOW, TUESDAY, restricted("10")),
    Said("queensland-water", "qld.special-needs", R17, REFUSE, TUESDAY, water(flags=frozenset({Flag.MEDICAL}))),
    Said(
        "queensland-water",
        "qld.notice",
        R8_QLD,
        DEFER,
        at("2026-03-10 10:00", BRISBANE),
        restricted("10"),
        asked(notice_given_at=at("2026-03-02 10:00", BRISBANE)),
        at("2026-03-24 00:00", BRISBANE),
    ),
    Said("cyprus", "cy.notice", R8, REFUSE, TUESDAY, told=asked(notice_given_at=TUESDAY - 23 * HOUR)),
    Said("cyprus", "cy.notice", R8, ALLOW, TUESDAY, told=asked(notice_given_at=TUESDAY - 24 * HOUR)),
    Said("cyprus", "cy.approval", R8, APPROVAL, TUESDAY, told=asked(notice_given_at=TUESDAY - 24 * HOUR)),
    Said(
        "illinois",
        "il.master-metered",
        R29,
        DEFER,
        TUESDAY,
        home(flags=frozenset({Flag.MASTER_METERED})),
        asked(notice_given_at=TUESDAY - 9 * 24 * HOUR),
        TUESDAY + 24 * HOUR,
    ),
    Said(
        "frost",
        "frost.water-stays-on",
        R20,
        APPROVAL,
        TUESDAY,
        told=lambda now: {"forecasts": mild(now, h40=32), "left_on": (water(),)},
    ),
    Said("frost", "frost.water-stays-on", R20, ALLOW, TUESDAY, told=weather(h40=32)),
]


@pytest.mark.parametrize("said", SITUATIONS, ids=lambda said: f"{said.rule}-{said.effect}")
def test_an_example_does_what_its_source_says(said: Said) -> None:
    """Only the rule in question is asked; the others of its file have situations of their own."""
    policy = load_policy(EXAMPLES / f"{said.file}.yaml")
    alone = replace(policy, rules=tuple(rule for rule in policy.rules if rule.rule_id == said.rule))
    assert alone.rules, said.quoted
    verdicts = judge(alone, said.case, said.now)
    assert {verdict.effect for verdict in verdicts} == ({said.effect} - {ALLOW}), said.quoted
    if said.until is not None:
        assert {verdict.until for verdict in verdicts} == {said.until}, said.quoted


def test_every_rule_of_every_example_is_tried() -> None:
    """A rule without a situation would say what nobody has checked."""
    written = {(file.stem, rule.rule_id) for file in EXAMPLES.glob("*.yaml") for rule in load_policy(file).rules}
    assert written == {(said.file, said.rule) for said in SITUATIONS}


def test_ontario_counts_half_a_year_from_when_power_went_off() -> None:
    """What the restore will wait for."""
    off = at("2026-03-02 12:00")
    policy, asked = load_policy(EXAMPLES / "ontario.yaml"), case(legs=(home(), water()))
    assert inspections_from(policy, asked, off) == {"E-1": at("2026-09-02 12:00")}


def test_the_index_names_every_example() -> None:
    """Who reads the folder's README knows what is there."""
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [file.name for file in EXAMPLES.glob("*.yaml") if f"`{file.name}`" not in listed] == []


@pytest.mark.parametrize("reason", [Reason.VACATION, Reason.RELOCATION, Reason.SEASONAL])
def test_the_demo_works_on_every_day_and_at_every_hour(reason: Reason) -> None:
    """Its orders are never put off, in summer or winter, by night, and without a forecast: at most warned of."""
    policy = load_policy(CONFIG / "policy.yaml")
    for hours in range(0, 366 * 24, 7):
        now = at("2026-01-01 00:00") + hours * HOUR
        asked = case(now=now, reason=reason, legs=(home(time_zone="Europe/Berlin"), water()))
        assert {verdict.effect for verdict in judge(policy, asked, now)} <= {WARN}
