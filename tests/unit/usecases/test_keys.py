"""An API key is shown once, kept as a digest, and stops working the moment it is revoked."""

from datetime import timedelta
from itertools import combinations

import pytest

from meterhold.domain.errors import Malformed, Refused, UnknownThing
from meterhold.domain.roles import Role
from meterhold.domain.scope import Scope
from meterhold.domain.words import Because
from meterhold.usecases.keys import authenticate, create_key, revoke_key, rotate_key
from tests.fakes.ports import NOON as NOW
from tests.fakes.ports import FakeWorld


async def test_a_key_opens_what_it_was_made_for() -> None:
    """The key that was shown is recognised, with its name and roles."""
    world = FakeWorld()
    made, shown = await create_key(world.ports, "cis", [Role.DISPATCHER, Role.DISPATCHER])
    found = authenticate(await world.store.api_keys(), shown, NOW)
    assert found == made
    assert (made.name, made.roles) == ("cis", ("dispatcher",))
    assert shown.startswith(f"mh_{made.key_id}_")


async def test_the_secret_is_kept_nowhere() -> None:
    """Only a digest reaches the journal and the events."""
    world = FakeWorld()
    _, shown = await create_key(world.ports, "cis", [Role.ADMIN])
    secret = shown.split("_", 2)[2]
    kept = repr(world.store.keys) + repr(world.store.events) + repr(world.store.submitted)
    assert secret not in kept


async def test_no_two_keys_are_alike() -> None:
    """Each has an id and a secret of its own."""
    world = FakeWorld()
    first, second = [await create_key(world.ports, name, [Role.ADMIN]) for name in ("kim", "ada")]
    assert first[1].split("_", 2)[2] != second[1].split("_", 2)[2]
    assert first[0].key_id != second[0].key_id


async def test_a_name_is_one_caller_s() -> None:
    """Two keys of one name could not be told apart, as sender or as approver; a revoked one makes room."""
    world = FakeWorld()
    first, _ = await create_key(world.ports, "kim", [Role.DISPATCHER])
    with pytest.raises(Refused) as caught:
        await create_key(world.ports, "kim", [Role.APPROVER])
    assert caught.value.code is Because.NAME_TAKEN
    await revoke_key(world.ports, first.key_id, "root")
    second, _ = await create_key(world.ports, "kim", [Role.APPROVER])
    assert second.key_id != first.key_id


@pytest.mark.parametrize(
    "mangle",
    [
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key.replace("mh_", "xx_", 1),
        lambda key: key.split("_")[0] + "_000000000000_" + key.split("_", 2)[2],
        lambda _: "",
        lambda _: "mh_",
        lambda _: "mh__",
        lambda _: "\ud800_\ud800_\ud800",
        lambda key: key.rsplit("_", 1)[0],
    ],
)
async def test_a_key_that_is_not_quite_right_opens_nothing(mangle) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Neither a part of a key nor another id with its secret is let in."""
    world = FakeWorld()
    _, shown = await create_key(world.ports, "cis", [Role.ADMIN])
    wrong = mangle(shown)
    if wrong != shown:
        assert authenticate(await world.store.api_keys(), wrong, NOW) is None


async def test_a_revoked_key_opens_nothing() -> None:
    """Revoked is for good; to revoke again changes nothing."""
    world = FakeWorld()
    made, shown = await create_key(world.ports, "cis", [Role.ADMIN])
    await revoke_key(world.ports, made.key_id, "root")
    await revoke_key(world.ports, made.key_id, "root")
    assert authenticate(await world.store.api_keys(), shown, NOW) is None
    assert len(world.store.submitted) == 2


async def test_an_unknown_key_cannot_be_revoked() -> None:
    """A slip of the pen is told."""
    with pytest.raises(UnknownThing):
        await revoke_key(FakeWorld().ports, "nope", "root")


@pytest.mark.parametrize(
    ("name", "roles", "fields"),
    [
        ("", ["admin"], {"name"}),
        (" cis", ["admin"], {"name"}),
        ("c\nis", ["admin"], {"name"}),
        ("x" * 65, ["admin"], {"name"}),
        ("cis", [], {"roles"}),
        ("cis", ["admin", "god"], {"roles.1"}),
        ("", ["god"], {"name", "roles.0"}),
        ("oidc:kim", ["admin"], {"name"}),
        ("OIDC:kim", ["admin"], {"name"}),
    ],
)
async def test_a_key_without_a_proper_name_or_role_is_not_made(name: str, roles: list[str], fields: set[str]) -> None:
    """All faults at once, and nothing kept."""
    world = FakeWorld()
    with pytest.raises(Malformed) as caught:
        await create_key(world.ports, name, roles)
    assert {fault.field for fault in caught.value.faults} == fields
    assert not world.store.submitted


APART = {frozenset(pair) for pair in (("dispatcher", "approver"), ("dispatcher", "admin"), ("approver", "admin"))}


@pytest.mark.parametrize("size", [2, 3, 4, 5])
async def test_no_key_is_all_powerful(size: int) -> None:
    """Whoever asks for a disconnection, decides on it or hands out keys is one of these three and no more."""
    for roles in combinations(Role, size):
        world = FakeWorld()
        forbidden = any(frozenset(pair) in APART for pair in combinations(roles, 2))
        if forbidden:
            with pytest.raises(Malformed, match="must be two callers"):
                await create_key(world.ports, "kim", roles)
        else:
            await create_key(world.ports, "kim", roles)


async def test_a_rotated_key_opens_with_both_secrets_until_the_overlap_ends() -> None:
    """It stays the same caller throughout; another rotation ends the oldest secret at once."""
    world = FakeWorld()
    made, first = await create_key(world.ports, "cis", [Role.DISPATCHER], scope=Scope(areas=("north",)))
    rotated, second = await rotate_key(world.ports, made.key_id, timedelta(hours=24), "root")
    assert (rotated.key_id, rotated.name, rotated.roles, rotated.scope) == (
        made.key_id,
        "cis",
        ("dispatcher",),
        Scope(areas=("north",)),
    )

    async def opened(after_h: float) -> list[bool]:
        keys = await world.store.api_keys()
        at = NOW + timedelta(hours=after_h)
        return [authenticate(keys, shown, at) is not None for shown in (first, second)]

    assert await opened(0) == [True, True]
    assert await opened(23.9) == [True, True]
    assert await opened(24) == [False, True]
    _, third = await rotate_key(world.ports, made.key_id, timedelta(hours=1), "root")
    assert await opened(0) == [False, True]
    assert authenticate(await world.store.api_keys(), third, NOW) is not None
    await rotate_key(world.ports, made.key_id, timedelta(), "root")
    assert await opened(0) == [False, False]
    assert authenticate(await world.store.api_keys(), third, NOW) is None


async def test_revoking_ends_all_secrets_and_the_key_cannot_be_rotated_back() -> None:
    """For good."""
    world = FakeWorld()
    made, first = await create_key(world.ports, "cis", [Role.DISPATCHER])
    _, second = await rotate_key(world.ports, made.key_id, timedelta(hours=1), "root")
    await revoke_key(world.ports, made.key_id, "root")
    keys = await world.store.api_keys()
    assert [authenticate(keys, shown, NOW) for shown in (first, second)] == [None, None]
    with pytest.raises(UnknownThing):
        await rotate_key(world.ports, made.key_id, timedelta(hours=1), "root")


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=31)])
async def test_an_overlap_has_an_end(overlap: timedelta) -> None:
    """At most a month."""
    world = FakeWorld()
    made, _ = await create_key(world.ports, "cis", [Role.DISPATCHER])
    with pytest.raises(Malformed, match="0 to 30 days"):
        await rotate_key(world.ports, made.key_id, overlap, "root")


async def test_a_key_ends_when_it_was_said_to_end() -> None:
    """And one that has ended already is not made."""
    world = FakeWorld()
    _, shown = await create_key(world.ports, "crew", [Role.TECHNICIAN], expires_at=NOW + timedelta(days=1))
    keys = await world.store.api_keys()
    assert authenticate(keys, shown, NOW + timedelta(hours=23)) is not None
    assert authenticate(keys, shown, NOW + timedelta(days=1)) is None
    with pytest.raises(Malformed, match="future"):
        await create_key(world.ports, "late", [Role.TECHNICIAN], expires_at=NOW)


@pytest.mark.parametrize(
    ("roles", "scope", "field"),
    [
        (["dispatcher"], Scope(actions=("explode",)), "scope.actions.0"),
        (["dispatcher"], Scope(contexts=("staging",)), "scope.contexts.0"),
        (["technician"], Scope(actions=("restore",)), "scope.actions"),
        (["approver"], Scope(areas=("north",)), "scope"),
        (["admin"], Scope(contexts=("test",)), "scope"),
        (["technician", "auditor"], Scope(areas=("north",)), "scope"),
    ],
)
async def test_a_limit_that_would_not_hold_is_not_written_on_a_key(roles: list[str], scope: Scope, field: str) -> None:
    """A word that is unknown, or a role that reaches beyond meters and orders."""
    world = FakeWorld()
    with pytest.raises(Malformed) as caught:
        await create_key(world.ports, "kim", roles, scope=scope)
    assert {fault.field for fault in caught.value.faults} == {field}
    assert not world.store.submitted


async def test_who_made_rotated_and_revoked_a_key_stands_in_the_journal() -> None:
    """With the limits that it was made with, and without a secret."""
    world = FakeWorld()
    made, first = await create_key(world.ports, "cis", [Role.DISPATCHER], scope=Scope(actions=("restore",)), by="root")
    _, second = await rotate_key(world.ports, made.key_id, timedelta(hours=1), "ada")
    await revoke_key(world.ports, made.key_id, "kim")
    told = [event for _, event in world.store.events]
    assert [getattr(event, "by", None) for event in told] == ["root", "ada", "kim"]
    assert all(shown.split("_", 2)[2] not in repr(told) for shown in (first, second))
