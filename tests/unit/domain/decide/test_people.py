"""Locks, the kill switch and keys: who may do what, and that saying it twice changes nothing."""

from datetime import timedelta

import pytest

from meterhold.domain.commands import CreateKey, LockMeter, RevokeKey, UnlockMeter
from meterhold.domain.errors import Refused
from meterhold.domain.words import Because
from tests.fakes.gateway import Gateway, home
from tests.fakes.world import run


def lock(gateway: Gateway, owner: str, within_s: float = 3600) -> None:
    """Lock the electricity meter."""
    now = gateway.clock.now()
    run(gateway.journal.submit(LockMeter(now, "E-1", owner, "in the box", now + timedelta(seconds=within_s))))


def unlock(gateway: Gateway, by: str, reason: str = "", *, is_admin: bool = False) -> None:
    """Unlock it."""
    run(gateway.journal.submit(UnlockMeter(gateway.clock.now(), "E-1", by, reason, is_admin=is_admin)))


def test_a_lock_is_its_owners() -> None:
    """Another technician is told who has it; the owner may renew it."""
    gateway = home().gateway
    lock(gateway, "anna")
    with pytest.raises(Refused, match="locked by anna already"):
        lock(gateway, "bert")
    lock(gateway, "anna", 7200)
    held = gateway.meter("E-1").lock
    assert held is not None
    assert held.review_at == gateway.clock.now() + timedelta(seconds=7200)


@pytest.mark.parametrize("within_s", [0, -1])
def test_a_lock_must_be_reviewed_some_time(within_s: float) -> None:
    """In the future."""
    with pytest.raises(Refused) as refusal:
        lock(home().gateway, "anna", within_s)
    assert refusal.value.code is Because.MALFORMED


@pytest.mark.parametrize(
    ("by", "reason", "is_admin", "permitted"),
    [
        ("anna", "", False, True),
        ("bert", "she went home", False, False),
        ("bert", "", True, False),
        ("bert", "she went home", True, True),
    ],
)
def test_a_lock_is_taken_off_by_its_owner_or_an_admin_with_a_reason(
    by: str, reason: str, is_admin: bool, permitted: bool
) -> None:
    """Nobody else, and never by itself."""
    gateway = home().gateway
    lock(gateway, "anna")
    if permitted:
        unlock(gateway, by, reason, is_admin=is_admin)
        assert gateway.meter("E-1").lock is None
    else:
        with pytest.raises(Refused) as refusal:
            unlock(gateway, by, reason, is_admin=is_admin)
        assert refusal.value.code is Because.FORBIDDEN
        gateway.run_s(30 * 86_400)
        assert gateway.meter("E-1").lock is not None


def test_what_is_not_locked_cannot_be_unlocked() -> None:
    """The answer says so."""
    with pytest.raises(Refused, match="not locked"):
        unlock(home().gateway, "anna")


def test_the_kill_switch_is_on_once_and_off_once() -> None:
    """The first to throw it is on record; lifting what is not on writes nothing."""
    gateway = home().gateway
    said = len(gateway.journal.events)
    gateway.inhibit(on=False)
    assert len(gateway.journal.events) == said
    gateway.inhibit(on=True)
    first = gateway.journal.world.site.inhibit
    gateway.clock.run_s(60)
    gateway.inhibit(on=True)
    assert gateway.journal.world.site.inhibit == first
    gateway.inhibit(on=False)
    assert gateway.journal.world.site.inhibit is None
    assert len(gateway.journal.events) == said + 2


def test_keys_are_kept_as_digests_and_revoked_for_good() -> None:
    """The secret itself never comes near the journal."""
    gateway = home().gateway
    now = gateway.clock.now()
    run(gateway.journal.submit(CreateKey(now, "k-1", "dispatch", ("dispatcher",), "digest")))
    run(gateway.journal.submit(RevokeKey(now, "k-1", "admin")))
    (key,) = run(gateway.journal.api_keys())
    assert (key.digest, key.revoked_at) == ("digest", now)
