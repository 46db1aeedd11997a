"""An exchange ends with the first thing that decides it, and with nothing else."""

from datetime import UTC, datetime

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from meterhold.drivers.mqtt.exchange import (
    ById,
    Denied,
    Exchange,
    Lost,
    NobodyThere,
    Reported,
    Silent,
    any_message,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOON_S = 0.01


def puback(name: str = "Success") -> ReasonCode:
    """A broker's receipt."""
    return ReasonCode(PacketTypes.PUBACK, name)


async def test_without_a_reply_the_receipt_ends_it() -> None:
    """Only the broker's receipt can be known."""
    exchange = Exchange(None, any_message)
    exchange.acknowledged(puback())
    assert await exchange.result(SOON_S) is None


async def test_with_a_reply_the_receipt_is_not_enough() -> None:
    """The broker has it; the device has said nothing."""
    exchange = Exchange("r", ById(7, "/id", None))
    exchange.acknowledged(puback())
    with pytest.raises(Silent):
        await exchange.result(SOON_S)
    assert exchange.receipt


async def test_the_reply_may_overtake_the_receipt() -> None:
    """A broker of several threads may deliver first and acknowledge later."""
    exchange = Exchange("r", ById(7, "/id", None))
    assert exchange.message({"id": 7, "x": 1}, NOW)
    received = await exchange.result(SOON_S)
    assert received is not None
    assert received.value == {"id": 7, "x": 1}
    exchange.acknowledged(puback())
    exchange.lost()


@pytest.mark.parametrize("other", [{"id": 8}, {}, [], "7", None, {"id": None}, {"id": True}])
async def test_a_reply_to_another_request_is_ignored(other: object) -> None:
    """Only the message with our id counts."""
    exchange = Exchange("r", ById(7, "/id", "/error"))
    assert not exchange.message(other, NOW)
    assert exchange.message({"id": 7}, NOW)
    assert await exchange.result(SOON_S) is not None


@pytest.mark.parametrize(
    ("error", "code"), [({"code": -103, "message": "bad"}, -103), (5, 5), ("no", None), ({"x": 1}, None), (True, None)]
)
async def test_the_devices_error_is_raised_with_its_code(error: object, code: int | None) -> None:
    """A refusal is certain, and the device's own code is kept."""
    exchange = Exchange("r", ById(7, "/id", "/error"))
    exchange.message({"id": 7, "error": error}, NOW)
    with pytest.raises(Reported) as reported:
        await exchange.result(SOON_S)
    assert reported.value.code == code


async def test_an_error_of_null_is_none() -> None:
    """Some devices always send the field."""
    exchange = Exchange("r", ById(7, "/id", "/error"))
    exchange.message({"id": 7, "error": None}, NOW)
    assert await exchange.result(SOON_S) is not None


async def test_a_broker_that_refuses_or_has_nobody_says_so() -> None:
    """On MQTT 5 the receipt can say that the command went nowhere."""
    denied, nobody = Exchange(None, any_message), Exchange("r", any_message)
    denied.acknowledged(puback("Not authorized"))
    nobody.acknowledged(puback("No matching subscribers"))
    with pytest.raises(Denied):
        await denied.result(SOON_S)
    with pytest.raises(NobodyThere):
        await nobody.result(SOON_S)


async def test_a_lost_connection_ends_it() -> None:
    """Whoever waits learns it at once."""
    exchange = Exchange("r", any_message)
    exchange.lost()
    with pytest.raises(Lost):
        await exchange.result(SOON_S)
