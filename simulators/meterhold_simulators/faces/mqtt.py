"""What MQTT meters have in common: answers that come late, twice or never, and periodic reports."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from meterhold_simulators.meter import Meter
from meterhold_simulators.wire.mqtt import MqttLink

Json = Mapping[str, Any]


def to_json(value: object) -> str:
    """Compact JSON, as devices send it."""
    return json.dumps(value, separators=(",", ":"))


def from_json(text: str) -> dict[str, Any] | None:
    """The object in a payload, or None where there is none: devices drop what they cannot read."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class MqttFace:
    """One device on a broker: timers that end with it, and publishing through its link."""

    def __init__(self, meter: Meter, link: MqttLink) -> None:
        self._meter = meter
        self._link = link
        self._timers: set[asyncio.TimerHandle] = set()

    def stop(self) -> None:
        """Let no timer outlive the fleet."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _reply(self, topic: str, payload: Json, *, to_write: bool, retain: bool = False) -> None:
        """Publish an answer as the faults of the wire let it pass."""
        self._reply_all([(topic, to_json(payload))], to_write=to_write, retain=retain)

    def _reply_all(self, messages: Sequence[tuple[str, str]], *, to_write: bool, retain: bool = False) -> None:
        """Publish an answer that consists of several messages: they are lost, late or doubled together."""
        late_s, copies = 0.0, 1
        if self._meter.faulty:
            take = self._meter.take
            if to_write and take("drop_write_reply"):
                return
            late_s = take("late_reply_s") + (take("late_write_reply_s") if to_write else 0.0)
            copies = 2 if take("duplicate_reply") else 1
        for _ in range(copies):
            for topic, text in messages:
                self._after(late_s, partial(self._link.publish, topic, text, retain=retain))

    def _after(self, delay_s: float, act: Callable[[], None]) -> None:
        """Do something after simulated seconds; at once, in this very step, where there is no delay."""
        if delay_s <= 0:
            act()
            return
        timer: asyncio.TimerHandle

        def fire() -> None:
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_later(delay_s / self._meter.clock.scale, fire)
        self._timers.add(timer)

    def _every(self, period_s: float, act: Callable[[], None]) -> None:
        """Do something again and again."""

        def round_() -> None:
            act()
            self._after(period_s, round_)

        self._after(period_s, round_)
