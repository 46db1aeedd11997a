"""A reply to an old request must find nobody."""

from random import Random

from meterhold.drivers.mqtt.requestids import RequestIds


def test_ids_and_topics_never_repeat_within_a_run() -> None:
    """Each request has a number and a reply topic of its own."""
    ids = RequestIds("gw/r", Random(1))
    drawn = [ids.next() for _ in range(1000)]
    assert len({number for number, _ in drawn}) == len({topic for _, topic in drawn}) == 1000
    assert all(topic.startswith("gw/r/") for _, topic in drawn)


def test_two_runs_share_no_topic() -> None:
    """Even where numbers meet, the run's name differs."""
    first, second = RequestIds("gw/r", Random(1)), RequestIds("gw/r", Random(2))
    assert not {first.next()[1] for _ in range(100)} & {second.next()[1] for _ in range(100)}


def test_numbers_stay_exact_in_32_bits() -> None:
    """Small devices keep them as they are, also after the highest."""
    ids = RequestIds("gw/r", Random(1))
    ids._last = 2**31 - 2
    assert [ids.next()[0] for _ in range(3)] == [2**31 - 1, 1, 2]
