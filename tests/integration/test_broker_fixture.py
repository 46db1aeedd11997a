"""The broker that other tests lean on is a real one and does what they assume."""

import shutil
import subprocess

import pytest

from tests.support.mosquitto import Broker, BrokerDidNotStartError, BrokerFactory, find_mosquitto


def publish(broker: Broker, topic: str, payload: str, *options: str) -> None:
    """Publish one message with mosquitto's own client."""
    address = ["-h", broker.host, "-p", str(broker.port)]
    subprocess.run(["mosquitto_pub", *address, "-q", "1", "-t", topic, "-m", payload, *options], check=True, timeout=20)


def receive(broker: Broker, topic: str) -> str:
    """Receive one message with mosquitto's own client."""
    command = ["mosquitto_sub", "-h", broker.host, "-p", str(broker.port), "-t", topic, "-C", "1", "-W", "15"]
    return subprocess.run(command, check=True, timeout=20, capture_output=True, text=True).stdout.strip()


def test_retained_message_reaches_a_later_subscriber(broker_factory: BrokerFactory) -> None:
    """A third-party client can talk through the broker."""
    broker = broker_factory()
    publish(broker, "probe/state", "on", "-r")
    assert receive(broker, "probe/state") == "on"


def test_the_shared_broker_is_reachable(broker: Broker) -> None:
    """The broker of the test process accepts messages on its port."""
    assert broker.running
    publish(broker, "probe/shared", "ping")


def test_persistent_broker_keeps_retained_messages_over_a_restart(broker_factory: BrokerFactory) -> None:
    """A broker with persistence comes back on its port with what it kept."""
    broker = broker_factory(persistence=True)
    port = broker.port
    publish(broker, "probe/kept", "yes", "-r")
    broker.restart()
    assert broker.port == port
    assert receive(broker, "probe/kept") == "yes"


def test_killed_broker_forgets_and_starts_again(broker_factory: BrokerFactory) -> None:
    """A broker without persistence loses its messages in a power cut, and can be started again."""
    broker = broker_factory()
    publish(broker, "probe/lost", "yes", "-r")
    broker.kill()
    assert not broker.running
    broker.start()
    publish(broker, "probe/lost", "after")
    assert broker.running


def test_broken_configuration_is_told_with_the_log(broker_factory: BrokerFactory) -> None:
    """A broker that refuses its configuration fails loudly instead of hanging."""
    broker = broker_factory("no_such_option true", start=False)
    with pytest.raises(BrokerDidNotStartError, match="mosquitto ended"):
        broker.start()


def test_missing_mosquitto_is_a_failure_that_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program a test fails with the remedy; it is never skipped."""
    monkeypatch.setattr(shutil, "which", lambda *_args, **_options: None)
    with pytest.raises(pytest.fail.Exception, match="run make services"):
        find_mosquitto()
