"""A derived meter on a broker."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from meterhold.cli.derived.body import situation_of
from meterhold.cli.derived.messages import captured, documents, text_of, with_value
from meterhold.cli.derived.raws import Raws, Shown, Situation
from meterhold.profiles.language.definition import MqttDefinition
from meterhold.profiles.language.mqtt_writes import Correlated, MqttWriteStep
from meterhold.profiles.language.placeholders import REPLY_TO, REQUEST_ID, fill
from meterhold.profiles.language.questions import Answer, MqttQuestion
from meterhold_simulators.faces.mqtt import MqttFace
from meterhold_simulators.journal import Fate
from meterhold_simulators.meter import Meter
from meterhold_simulators.wire.mqtt import MqttLink

_REPORT_EVERY_S = 1.0


class DerivedMqttFace(MqttFace):
    """Answers questions, reports by itself, obeys the profile's commands, and drops every other message."""

    def __init__(
        self,
        meter: Meter,
        link: MqttLink,
        definition: MqttDefinition,
        address: str,
        raws: Mapping[Situation, Raws],
    ) -> None:
        super().__init__(meter, link)
        self._definition = definition
        self._address = address
        self._said = {situation: documents(definition, values) for situation, values in raws.items()}
        self._can_move = any(situation.shown is Shown.MOVING for situation in raws)
        self._told: Situation | None = None
        commands = definition.commands
        named = ((commands.connect, True), (commands.disconnect, False))
        self._writes = [
            (step.write, connected, step is command.steps[-1])
            for command, connected in named
            if command is not None
            for step in command.steps
            if step.write is not None
        ]
        topics = {fill(write.topic, address) for write, _, _ in self._writes}
        topics |= {fill(question.topic, address) for question in definition.questions.values()}
        for topic in topics:
            link.subscribe(topic, partial(self._heard, topic))
        link.on_connected.append(self._on_connected)
        meter.watchers.append(self._on_change)

    def _heard(self, topic: str, text: str) -> None:
        if self._meter.faults.offline or self._meter.take("silent"):
            return
        for name, question in self._definition.questions.items():
            if fill(question.topic, self._address) == topic:
                found = captured(question, self._address, text)
                if found is not None:
                    self._answer(name, question, found)
                    return
        for write, connected, moves in self._writes:
            if fill(write.topic, self._address) == topic:
                found = captured(write, self._address, text)
                if found is not None:
                    self._obey(write, found, f"{topic} {text}", connected=connected, moves=moves)
                    return

    def _answer(self, name: str, question: MqttQuestion, found: Mapping[str, Any]) -> None:
        self._meter.journal.reads[self._meter.id] += 1
        self._publish(question.reply, self._said[self._situation()][name], found, to_write=False)

    def _obey(self, write: MqttWriteStep, found: Mapping[str, Any], wire: str, *, connected: bool, moves: bool) -> None:
        if self._meter.take("drop_write"):
            self._meter.record(wire, "lost", Fate.LOST)
            return
        if moves:
            self._meter.switch(connected=connected, wire=wire)
        else:
            self._meter.record(wire, "step of a command", Fate.NOT_APPLIED)
        if write.reply is not None:
            self._publish(write.reply, {}, found, to_write=True)

    def _publish(
        self,
        reply: Answer | Correlated,
        message: Any,  # noqa: ANN401 - any JSON value
        found: Mapping[str, Any],
        *,
        to_write: bool,
    ) -> None:
        topic = fill(reply.topic, self._address, {REPLY_TO: str(found.get(REPLY_TO, ""))})
        if reply.id is not None:
            message = with_value(message, reply.id, found.get(REQUEST_ID))
        self._reply_all([(topic, text_of(message))], to_write=to_write)

    def _on_connected(self) -> None:
        self.stop()
        there = self._definition.availability
        if there is not None:
            online = there.online if there.pointer is None else with_value({}, there.pointer, there.online)
            self._link.publish(fill(there.topic, self._address), text_of(online), qos=1, retain=True)
        self._every(_REPORT_EVERY_S, self._report)
        self._report()

    def _on_change(self) -> None:
        if self._situation() != self._told:
            self._report()

    def _report(self) -> None:
        if self._meter.faults.offline:
            return
        self._told = situation = self._situation()
        for name, report in self._definition.reports.items():
            self._link.publish(fill(report.topic, self._address), text_of(self._said[situation][name]))

    def _situation(self) -> Situation:
        return situation_of(self._meter, can_move=self._can_move)
