"""A peer that failed is left alone, longer each time, and never for ever."""

from meterhold.drivers.backoff import Backoff


def test_waits_double_up_to_a_limit() -> None:
    """The wait grows with each failure and then stays."""
    backoff = Backoff(first_s=1.0, most_s=5.0)
    assert [backoff.failed(100.0) for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert backoff.wait_s(100.0) == 5.0
    assert backoff.wait_s(104.0) == 1.0
    assert backoff.wait_s(106.0) == 0.0


def test_a_steady_success_clears_everything() -> None:
    """Once the peer has been well for long enough, the next failure counts as the first."""
    backoff = Backoff(first_s=1.0, steady_s=10.0)
    backoff.failed(0.0)
    backoff.failed(0.0)
    backoff.succeeded(5.0)
    assert backoff.wait_s(5.0) == 0.0
    backoff.succeeded(14.0)
    assert backoff.failed(15.0) == 1.0


def test_a_peer_that_flaps_is_left_alone_for_longer_and_longer() -> None:
    """Being well for a moment, again and again, forgets nothing."""
    backoff = Backoff(first_s=1.0, most_s=8.0, steady_s=10.0)
    waits = []
    for now in range(0, 100, 9):
        waits.append(backoff.failed(now))
        backoff.succeeded(now + 1)
    assert waits == [1.0, 2.0, 4.0] + [8.0] * 9


def test_a_peer_that_was_steady_may_be_tried_again_at_once() -> None:
    """Once; if it leaves again soon, it is left alone as any other."""
    backoff = Backoff(first_s=1.0, steady_s=10.0)
    backoff.succeeded(0.0)
    assert backoff.slipped(20.0) == 0.0
    backoff.succeeded(20.0)
    assert backoff.slipped(21.0) == 1.0
    backoff.succeeded(22.0)
    assert backoff.slipped(23.0) == 2.0
    backoff.succeeded(25.0)
    assert backoff.slipped(35.0) == 0.0


def test_a_thousand_failures_are_like_the_limit() -> None:
    """The doubling never runs out of numbers."""
    backoff = Backoff(most_s=30.0)
    for _ in range(1000):
        assert backoff.failed(0.0) <= 30.0


def test_stretch_spreads_many_links() -> None:
    """Links that lost the same broker do not come back in step."""
    assert Backoff(first_s=2.0).failed(0.0, stretch=0.5) == 1.0
