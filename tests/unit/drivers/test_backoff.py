"""A peer that failed is left alone, longer each time, and never for ever."""

from meterhold.drivers.backoff import Backoff


def test_waits_double_up_to_a_limit() -> None:
    """The wait grows with each failure and then stays."""
    backoff = Backoff(first_s=1.0, most_s=5.0)
    assert [backoff.failed(100.0) for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert backoff.wait_s(100.0) == 5.0
    assert backoff.wait_s(104.0) == 1.0
    assert backoff.wait_s(106.0) == 0.0


def test_success_clears_everything() -> None:
    """After a success the next failure counts as the first."""
    backoff = Backoff(first_s=1.0)
    backoff.failed(0.0)
    backoff.failed(0.0)
    backoff.succeeded()
    assert (backoff.failures, backoff.wait_s(0.0)) == (0, 0.0)
    assert backoff.failed(0.0) == 1.0


def test_a_thousand_failures_are_like_the_limit() -> None:
    """The doubling never runs out of numbers."""
    backoff = Backoff(most_s=30.0)
    for _ in range(1000):
        assert backoff.failed(0.0) <= 30.0


def test_stretch_spreads_many_links() -> None:
    """Links that lost the same broker do not come back in step."""
    assert Backoff(first_s=2.0).failed(0.0, stretch=0.5) == 1.0
