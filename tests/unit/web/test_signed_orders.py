"""Signed orders: what is refused, why, and that it stands in the journal; and what a replay is answered."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meterhold.domain.events import OriginatorKeyRegistered, SignatureAccepted, SignatureRefused
from meterhold.domain.signature import LARGEST_GAP, LONGEST_VALIDITY, MOST_REFUSALS, REFUSALS_WITHIN
from meterhold.usecases.signatures import register_signing_key, revoke_signing_key
from tests.fakes.ports import NOON
from tests.support.signing import private_key, public_hex, public_pem, signed
from tests.unit.web.conftest import API, Site

Document = dict[str, Any]


@dataclass
class Sender:
    """A dispatch system that signs."""

    client: httpx.AsyncClient
    site: Site
    write: Callable[..., Document]
    key: Ed25519PrivateKey = field(default_factory=lambda: private_key(7))

    def order(self, order_id: str = "WO-1", counter: int = 1, **changes: Any) -> Document:  # noqa: ANN401 - any value
        """A signed order; changes to its signing begin with ``sign_``."""
        how: Document = {"sender": "cis", "key_id": "cis-1", "expires_at": moment(minutes=10)}
        how |= {name.removeprefix("sign_"): value for name, value in changes.items() if name.startswith("sign_")}
        said = {name: value for name, value in changes.items() if not name.startswith("sign_")}
        return signed(self.write(order_id, **said), how.pop("key", self.key), counter=counter, **how)

    async def send(self, order: Document) -> httpx.Response:
        """Send it."""
        return await self.client.post(f"{API}/orders", json=order)

    def told(self, kind: type) -> list[Any]:
        """Every event of this kind."""
        return [event for _, event in self.site.world.store.events if isinstance(event, kind)]


def moment(at: datetime = NOON, **delta: float) -> str:
    """A moment from noon, as an order says it."""
    return (at + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
async def sender(client: httpx.AsyncClient, site: Site, order: Callable[..., Document]) -> Sender:
    """Its key is registered; the clock stands at noon."""
    sender = Sender(client, site, order)
    site.world.clock.at = NOON
    await register_signing_key(site.world.ports, "cis", "cis-1", public_hex(sender.key), by="root")
    return sender


def altered(sender: Sender) -> Document:
    """Another home than the one that was signed for."""
    return sender.order() | {"service_point": "SP-2"}


def stretched(sender: Sender) -> Document:
    """A later end than the one that was signed."""
    order = sender.order(sign_expires_at=moment(minutes=-1))
    return order | {"signature": order["signature"] | {"expires_at": moment(minutes=10)}}


def counted_up(sender: Sender) -> Document:
    """Another counter than the one that was signed."""
    order = sender.order(counter=1)
    return order | {"signature": order["signature"] | {"counter": 2}}


def one_bit_off(sender: Sender) -> Document:
    """A signature that is almost right."""
    order = sender.order()
    value = order["signature"]["value"]
    return order | {"signature": order["signature"] | {"value": f"{int(value[0], 16) ^ 1:x}{value[1:]}"}}


def without(sender: Sender) -> Document:
    """The order without its signature."""
    return {name: value for name, value in sender.order().items() if name != "signature"}


REFUSED: dict[str, tuple[Callable[[Sender], Document], str]] = {
    "unsigned": (without, "is not signed"),
    "altered order": (altered, "is not what its key signed"),
    "altered end": (stretched, "is not what its key signed"),
    "altered counter": (counted_up, "is not what its key signed"),
    "altered signature": (one_bit_off, "is not what its key signed"),
    "wrong key": (lambda s: s.order(sign_key=private_key(8)), "is not what its key signed"),
    "unknown key": (lambda s: s.order(sign_key_id="cis-9"), "a key that is not registered"),
    "for another sender": (lambda s: s.order(sign_sender="other"), "is not what its key signed"),
    "expired": (lambda s: s.order(sign_expires_at=moment(seconds=0)), "expired"),
    "good for ever": (
        lambda s: s.order(sign_expires_at=moment(seconds=LONGEST_VALIDITY.total_seconds() + 1)),
        "for more than 7 days",
    ),
    "from the future": (lambda s: s.order(issued_at=moment(minutes=6)), "issued in the future"),
    "a gap": (lambda s: s.order(counter=LARGEST_GAP + 1), f"{LARGEST_GAP} before it are missing"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_not_signed_as_it_must_be_is_not_taken_in(sender: Sender, case: str) -> None:
    """403 with the reason; the refusal is in the journal, the order is not, and its counter is not used up."""
    make, words = REFUSED[case]
    order = make(sender)
    answer = await sender.send(order)
    assert (answer.status_code, answer.json()["code"]) == (403, "SIGNATURE")
    assert words in answer.json()["detail"]
    (told,) = sender.told(SignatureRefused)
    assert (told.key.sender, told.key.order_id, words in told.detail) == ("cis", "WO-1", True)
    assert not sender.site.world.store.world.orders
    assert not sender.site.world.store.world.holds
    # The very same order_id and counter, signed as they must be, are as good as new.
    assert (await sender.send(sender.order())).status_code == 202


async def test_a_signed_order_is_taken_in_and_its_counter_used_up(sender: Sender) -> None:
    """In the transaction that takes it in, whatever becomes of it; small gaps are no harm."""
    assert (await sender.send(sender.order("WO-1", 1))).status_code == 202
    rejected = await sender.send(sender.order("WO-2", 3, service_point="SP-2"))
    assert rejected.json()["result"] == "rejected"
    assert [event.counter for event in sender.told(SignatureAccepted)] == [1, 3]
    for counter in (1, 2, 3):
        answer = await sender.send(sender.order("WO-3", counter, service_point="SP-9", context="test"))
        assert "a counter that was used" in answer.json()["detail"]
    fourth = await sender.send(sender.order("WO-3", 4, service_point="SP-9", context="test"))
    assert fourth.status_code == 202


async def test_a_replay_gets_the_answer_it_got(sender: Sender) -> None:
    """Byte for byte, even after its end; signed anew as well; and nothing is counted or stored for it."""
    first = sender.order()
    answer = await sender.send(first)
    said = len(sender.site.world.store.events)
    sender.site.world.clock.pass_by(3600)
    again = await sender.send(first)
    assert (again.status_code, again.json()) == (200, answer.json())
    anew = await sender.send(sender.order(counter=2, sign_expires_at=moment(hours=2)))
    assert (anew.status_code, anew.json()) == (200, answer.json())
    assert len(sender.site.world.store.events) == said


@pytest.mark.parametrize("make", [without, one_bit_off])
async def test_a_replay_that_is_not_signed_gets_no_answer(sender: Sender, make: Callable[[Sender], Document]) -> None:
    """Knowing an order is no proof of being its sender."""
    await sender.send(sender.order())
    answer = await sender.send(make(sender))
    assert (answer.status_code, answer.json()["code"]) == (403, "SIGNATURE")


async def test_other_content_under_a_known_id_is_a_duplicate_and_costs_no_counter(sender: Sender) -> None:
    """As for everybody."""
    await sender.send(sender.order())
    other = await sender.send(sender.order(counter=2, reason="seasonal"))
    assert (other.status_code, other.json()["code"]) == (409, "DUPLICATE_ORDER")
    assert [event.counter for event in sender.told(SignatureAccepted)] == [1]


async def test_a_sender_that_never_registered_a_key_need_not_sign(client: httpx.AsyncClient, sender: Sender) -> None:
    """Others are not bound by it; but what is signed must be signed by a key that is known."""
    other = {"Authorization": f"Bearer {sender.site.key('dispatcher', name='other')}"}
    sender.site.world.clock.at = NOON
    assert (await client.post(f"{API}/orders", json=sender.write(), headers=other)).status_code == 202
    order = sender.order("WO-2", sign_sender="other")
    answer = await client.post(f"{API}/orders", json=order, headers=other)
    assert "a key that is not registered" in answer.json()["detail"]


async def test_a_revoked_key_signs_nothing_and_lets_nobody_send_unsigned(sender: Sender) -> None:
    """The next key does; the two may overlap."""
    ports, second = sender.site.world.ports, private_key(8)
    await register_signing_key(ports, "cis", "cis-2", public_hex(second), by="root")
    assert (await sender.send(sender.order("WO-1", 1))).status_code == 202
    await revoke_signing_key(ports, "cis", "cis-1", "root")
    for order in (sender.order("WO-2", 2), without(sender)):
        assert (await sender.send(order)).status_code == 403
    late = sender.order("WO-2", 2, sign_key=second, sign_key_id="cis-2", service_point="SP-9", context="test")
    assert (await sender.send(late)).status_code == 202
    await revoke_signing_key(ports, "cis", "cis-2", "root")
    assert (await sender.send(without(sender))).status_code == 403


async def test_a_sender_may_begin_where_it_stands(sender: Sender) -> None:
    """Registered with a counter; it can be raised and never lowered."""
    ports = sender.site.world.ports
    far = 5_000_000
    await register_signing_key(ports, "cis", "cis-2", public_hex(private_key(8)), counter=far, by="root")
    await register_signing_key(ports, "cis", "cis-3", public_hex(private_key(9)), counter=5, by="root")
    assert (await sender.send(sender.order(counter=far))).status_code == 403
    assert (await sender.send(sender.order(counter=far + 1))).status_code == 202
    assert [event.by for event in sender.told(OriginatorKeyRegistered)] == ["root"] * 3


async def test_the_lines_of_a_batch_are_signed_each(sender: Sender) -> None:
    """In order, however many; a line that is not spoils no other."""
    places = [{"meters": [meter]} for meter in ("E-1001", "W-1001")]
    lines = [
        sender.order("B-1", 1, service_point=None, **places[0]),
        {name: value for name, value in sender.order("B-2", 2).items() if name != "signature"},
        sender.order("B-3", 2, service_point=None, **places[1]),
        sender.order("B-4", 2, service_point="SP-9", context="test"),
        sender.order("B-5", 3, service_point="SP-9", context="test"),
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    headers = {"content-type": "application/x-ndjson"}
    answer = await sender.client.post(f"{API}/orders/batch", content=text, headers=headers)
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["status"] for row in rows] == [202, 403, 202, 403, 202]
    assert {row["code"] for row in rows if row["status"] == 403} == {"SIGNATURE"}


async def test_of_many_at_once_with_one_counter_one_is_taken_in(sender: Sender) -> None:
    """The counter is held against what is committed, not against what was read before."""
    orders = [sender.order(f"WO-{n}", 1, service_point="SP-9", context="test") for n in range(10)]
    answers = await asyncio.gather(*(sender.send(order) for order in orders))
    assert sorted(answer.status_code for answer in answers) == [202, *[403] * 9]


async def test_a_question_need_not_be_signed(sender: Sender) -> None:
    """Nothing comes of a dry run, and no counter is used up."""
    for order in (without(sender), sender.order()):
        answer = await sender.client.post(f"{API}/orders/dry-run", json=order)
        assert (answer.status_code, answer.json()["result"]) == (200, "open")
    assert (await sender.send(sender.order())).status_code == 202


@pytest.mark.parametrize(
    "envelope",
    [
        {"key_id": "cis-1", "counter": 0, "expires_at": moment(hours=1), "value": "0" * 128},
        {"key_id": "cis-1", "counter": 1, "expires_at": "soon", "value": "0" * 128},
        {"key_id": "cis-1", "counter": 1, "expires_at": moment(hours=1), "value": "0" * 127},
        {"key_id": "cis-1", "counter": 1, "expires_at": moment(hours=1)},
        {"key_id": "cis-1", "counter": 1, "expires_at": moment(hours=1), "value": "0" * 128, "alg": "none"},
        "signed",
    ],
)
async def test_an_envelope_with_faults_is_a_fault_of_the_order(sender: Sender, envelope: object) -> None:
    """422, with the field."""
    answer = await sender.send(sender.write() | {"signature": envelope})
    assert answer.status_code == 422
    assert all(fault["field"].startswith("signature") for fault in answer.json()["faults"])


async def test_signing_keys_are_registered_listed_and_revoked(sender: Sender) -> None:
    """By an admin, as PEM or as hexadecimal; a name or a key that was known is never another."""
    client, second = sender.client, private_key(8)
    wanted = {"sender": "cis", "key_id": "cis-2", "public_key": public_pem(second), "counter": 41}
    made = await client.post(f"{API}/originators", json=wanted)
    assert (made.status_code, made.json()["counter"], len(made.json()["keys"])) == (201, 41, 2)
    again = await client.post(f"{API}/originators", json=wanted | {"public_key": public_hex(private_key(9))})
    same = await client.post(f"{API}/originators", json=wanted | {"key_id": "cis-3"})
    assert [(one.status_code, one.json()["code"]) for one in (again, same)] == [(409, "NAME_TAKEN")] * 2
    odd = await client.post(f"{API}/originators", json=wanted | {"key_id": "cis-4", "public_key": "00"})
    assert (odd.status_code, odd.json()["faults"][0]["field"]) == (422, "public_key")
    gone = await client.delete(f"{API}/originators", params={"sender": "cis", "key_id": "cis-1"})
    assert gone.json()["keys"][0]["revoked_at"] is not None
    (listed,) = (await client.get(f"{API}/originators")).json()["items"]
    assert listed == gone.json()
    assert listed["keys"][1]["public_key"] == public_hex(second)
    missing = await client.delete(f"{API}/originators", params={"sender": "cis", "key_id": "nope"})
    assert missing.status_code == 404


async def test_a_flood_of_refused_orders_does_not_fill_the_journal(sender: Sender) -> None:
    """Each is answered; of one sender so many a minute are kept, and as many again in the next."""
    for n in range(MOST_REFUSALS + 20):
        assert (await sender.send(without(sender) | {"order_id": f"F-{n}"})).status_code == 403
    assert len(sender.told(SignatureRefused)) == MOST_REFUSALS
    assert (await sender.send(sender.order())).status_code == 202
    sender.site.world.clock.pass_by(REFUSALS_WITHIN.total_seconds())
    assert (await sender.send(without(sender) | {"order_id": "F-x"})).status_code == 403
    assert len(sender.told(SignatureRefused)) == MOST_REFUSALS + 1
