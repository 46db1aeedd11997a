"""Whether the meter that answered is the one that is meant: the strongest the profile gives, and no weaker."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhold.domain.identity import LONG_GAP, IdentityVerdict, check_identity
from meterhold.domain.meter import Meter
from meterhold.domain.observation import IdentitySeen, Observation
from meterhold.domain.words import Because, Identity, Quantity, Service
from tests.unit.domain.build import FINGERPRINT, NOON, after, commissioned, look, meter, register, serial

HOUR = 3600


def check(
    whom: Meter, seen: Observation, gives: Identity, *, disconnects: bool = True, expected: str | None = None
) -> IdentityVerdict:
    """Check a look, for a disconnection unless told otherwise."""
    return check_identity(whom, expected, gives, seen, disconnects=disconnects)


def known(baseline: str = "1000", **fields: object) -> Meter:
    """A meter without a number of its own that a person has confirmed at noon."""
    return meter(commissioning=commissioned(register(baseline)), **fields)


def shows(value: str, seconds: float = HOUR, quantity: Quantity = Quantity.ENERGY_IMPORT_KWH) -> Observation:
    """A look at a meter that has only its register to tell."""
    at = after(seconds)
    return look(at=at, identity=FINGERPRINT, registers=(register(value, at, quantity),))


@pytest.mark.parametrize("disconnects", [True, False])
def test_the_serial_that_is_meant_is_let_through(disconnects: bool) -> None:
    """Spaces and case are the wire's, not the meter's."""
    verdict = check(meter(serial="AB12"), look(identity=serial(" ab12 ")), Identity.SERIAL, disconnects=disconnects)
    assert verdict == IdentityVerdict(ok=True, strength=Identity.SERIAL)


@pytest.mark.parametrize("value", ["AB13", "", None])
@pytest.mark.parametrize("disconnects", [True, False])
def test_another_serial_is_another_meter(value: str | None, disconnects: bool) -> None:
    """No switching, in either direction, and the verdict names both."""
    verdict = check(meter(serial="AB12"), look(identity=serial(value)), Identity.SERIAL, disconnects=disconnects)
    assert not verdict.ok
    assert verdict.because is Because.METER_MISMATCH
    assert "AB12" in verdict.detail


def test_the_orders_own_serial_counts_before_the_registrys() -> None:
    """A dispatcher who names a serial means that one."""
    whom, seen = meter(serial="AB12"), look(identity=serial("CD34"))
    assert check(whom, seen, Identity.SERIAL, expected="CD34").ok
    assert not check(whom, look(identity=serial("AB12")), Identity.SERIAL, expected="CD34").ok


@pytest.mark.parametrize("gives", [Identity.SERIAL, Identity.DEVICE_ID, Identity.FINGERPRINT])
@pytest.mark.parametrize("disconnects", [True, False])
def test_a_meter_that_does_not_say_who_it_is_is_not_switched(gives: Identity, disconnects: bool) -> None:
    """A profile that promises an identity is held to it, whatever was confirmed before."""
    seen = look(identity=IdentitySeen(Identity.NONE, None), registers=(register("1000"),))
    verdict = check(known(serial="AB12"), seen, gives, disconnects=disconnects)
    assert (verdict.ok, verdict.because) == (False, Because.METER_MISMATCH)


def test_a_fingerprint_without_a_record_may_reconnect_and_not_disconnect() -> None:
    """Nobody has confirmed that this address is this meter; supply may come back all the same."""
    verdict = check(meter(), shows("1000"), Identity.FINGERPRINT)
    assert (verdict.ok, verdict.because) == (False, Because.NOT_COMMISSIONED)
    assert "meter verify" in verdict.detail
    assert check(meter(), shows("1000"), Identity.FINGERPRINT, disconnects=False).ok


def test_a_serial_that_no_registry_knows_needs_a_record_as_well() -> None:
    """A number that cannot be compared with anything is no identity."""
    assert not check(meter(), look(identity=serial("AB12")), Identity.SERIAL).ok
    seen = look(identity=serial("AB12"), registers=(register("1000"),))
    assert check(known(), seen, Identity.SERIAL).ok


def test_other_wiring_voids_the_record() -> None:
    """Another line, address or profile: what was confirmed is not what is there."""
    moved = known(address="2")
    verdict = check(moved, shows("1000"), Identity.FINGERPRINT)
    assert (verdict.ok, verdict.because, verdict.voids_commissioning) == (False, Because.NOT_COMMISSIONED, True)
    assert "model@line/1" in verdict.detail
    assert "model@line/2" in verdict.detail
    assert check(moved, shows("1000"), Identity.FINGERPRINT, disconnects=False).ok


@pytest.mark.parametrize("value", ["1000", "1000.5", "1031", "1001"])
def test_a_plausible_step_is_the_same_meter(value: str) -> None:
    """Within the hour a meter of 25 kW may count 30 kWh, and one more for the edges."""
    assert check(known(), shows(value), Identity.FINGERPRINT).ok


@pytest.mark.parametrize(
    ("value", "why"), [("999.99", "went back"), ("1031.01", "rose by 31.01"), ("800000", "rose by 799000")]
)
@pytest.mark.parametrize("disconnects", [True, False])
def test_an_implausible_step_is_another_meter(value: str, why: str, disconnects: bool) -> None:
    """A register that went back or leapt belongs to a meter that somebody put in its place."""
    verdict = check(known(), shows(value), Identity.FINGERPRINT, disconnects=disconnects)
    assert (verdict.ok, verdict.because, verdict.voids_commissioning) == (False, Because.METER_MISMATCH, True)
    assert why in verdict.detail


def test_the_rated_load_bounds_the_step() -> None:
    """A smaller connection counts less in the same time."""
    small = known(rated_load_kw=Decimal(5))
    assert check(small, shows("1007"), Identity.FINGERPRINT).ok
    assert not check(small, shows("1007.01"), Identity.FINGERPRINT).ok


def test_water_is_bounded_by_its_flow() -> None:
    """Ten cubic metres an hour, with a margin."""
    whom = meter(commissioning=commissioned(register("50", quantity=Quantity.VOLUME_M3)))
    whom = replace(whom, installation=replace(whom.installation, service=Service.WATER))
    assert check(whom, shows("63", quantity=Quantity.VOLUME_M3), Identity.FINGERPRINT).ok
    assert not check(whom, shows("63.1", quantity=Quantity.VOLUME_M3), Identity.FINGERPRINT).ok


def test_the_last_register_that_was_seen_is_the_one_to_compare_with() -> None:
    """The record's own register is only where it begins."""
    whom = known(last_register=register("1400", after(HOUR)))
    assert check(whom, shows("1410", 2 * HOUR), Identity.FINGERPRINT).ok
    assert not check(whom, shows("1010", 2 * HOUR), Identity.FINGERPRINT).ok


def test_a_register_that_is_gone_is_no_fingerprint() -> None:
    """A meter that gave this register before and gives it no more is not known to be the same."""
    verdict = check(known(), look(identity=FINGERPRINT), Identity.FINGERPRINT)
    assert (verdict.ok, verdict.because) == (False, Because.METER_MISMATCH)


def test_a_record_without_a_register_has_nothing_to_compare() -> None:
    """Then the person's word is all there is."""
    whom = meter(commissioning=commissioned(None))
    assert check(whom, look(identity=FINGERPRINT), Identity.FINGERPRINT).ok


def test_an_older_look_is_not_measured_against_a_newer_one() -> None:
    """A look that was under way when a later one was kept says nothing about speed; going back still counts."""
    whom = known(last_register=register("1400", after(2 * HOUR)))
    assert check(whom, shows("1400", HOUR), Identity.FINGERPRINT).ok
    assert not check(whom, shows("1399", HOUR), Identity.FINGERPRINT).ok


def test_after_a_long_gap_a_person_must_look_before_a_disconnection() -> None:
    """A year and more allows for any step: the register proves nothing any more. Supply may still come back."""
    seconds = LONG_GAP.total_seconds()
    assert check(known(), shows("1000", seconds), Identity.FINGERPRINT).ok
    late = shows("1000", seconds + 1)
    verdict = check(known(), late, Identity.FINGERPRINT)
    assert (verdict.ok, verdict.because, verdict.voids_commissioning) == (False, Because.NOT_COMMISSIONED, True)
    assert f"{NOON:%Y-%m-%d}" in verdict.detail
    assert check(known(), late, Identity.FINGERPRINT, disconnects=False).ok
    assert timedelta(days=365) < LONG_GAP
