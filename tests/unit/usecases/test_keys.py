"""An API key is shown once, kept as a digest, and stops working the moment it is revoked."""

import pytest

from meterhold.domain.errors import Malformed, Refused, UnknownThing
from meterhold.domain.roles import Role
from meterhold.domain.words import Because
from meterhold.usecases.keys import authenticate, create_key, revoke_key
from tests.fakes.ports import FakeWorld


async def test_a_key_opens_what_it_was_made_for() -> None:
    """The key that was shown is recognised, with its name and roles."""
    world = FakeWorld()
    made, shown = await create_key(world.ports, "cis", [Role.DISPATCHER, Role.DISPATCHER])
    found = authenticate(await world.store.api_keys(), shown)
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
        assert authenticate(await world.store.api_keys(), wrong) is None


async def test_a_revoked_key_opens_nothing() -> None:
    """Revoked is for good; to revoke again changes nothing."""
    world = FakeWorld()
    made, shown = await create_key(world.ports, "cis", [Role.ADMIN])
    await revoke_key(world.ports, made.key_id, "root")
    await revoke_key(world.ports, made.key_id, "root")
    assert authenticate(await world.store.api_keys(), shown) is None
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
    ],
)
async def test_a_key_without_a_proper_name_or_role_is_not_made(name: str, roles: list[str], fields: set[str]) -> None:
    """All faults at once, and nothing kept."""
    world = FakeWorld()
    with pytest.raises(Malformed) as caught:
        await create_key(world.ports, name, roles)
    assert {fault.field for fault in caught.value.faults} == fields
    assert not world.store.submitted
