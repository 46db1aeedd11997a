"""A derived meter on a Modbus line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meterhold.cli.derived.body import situation_of
from meterhold.cli.derived.raws import Raws, Shown, Situation
from meterhold.cli.derived.words import Place, image
from meterhold.profiles import Profile
from meterhold.profiles.language.definition import ModbusDefinition
from meterhold.profiles.language.modbus_writes import AnyWriteStep, ComputedWriteStep, MaskedWriteStep
from meterhold.profiles.language.steps import ModbusStep
from meterhold.profiles.wire import Table
from meterhold_simulators.faces.modbus import ModbusFace
from meterhold_simulators.journal import Fate
from meterhold_simulators.meter import Meter
from meterhold_simulators.wire.pdu import ILLEGAL_ADDRESS, ILLEGAL_VALUE, Refusal


@dataclass(slots=True)
class _Command:
    """A command's writes, and how many of them have come."""

    connected: bool
    writes: list[AnyWriteStep]
    come: int = 0


class DerivedModbusFace(ModbusFace):
    """Registers as the profile expects them; any write that no command of the profile makes is refused."""

    def __init__(
        self, meter: Meter, profile: Profile, definition: ModbusDefinition, raws: Mapping[Situation, Raws]
    ) -> None:
        self.meter = meter
        self._images = {situation: image(definition, values) for situation, values in raws.items()}
        self._can_move = any(situation.shown is Shown.MOVING for situation in raws)
        self._known = {
            (span.table, address) for span in profile.look.spans for address in range(span.address, span.end)
        }
        commands = definition.commands
        named = ((commands.connect, True), (commands.disconnect, False))
        self._commands = [
            _Command(connected, [write for step in command.steps for write in _writes(step)])
            for command, connected in named
            if command is not None
        ]

    def read(self, start: int, count: int) -> bytes:
        """Holding registers."""
        return _packed(self._words(Table.HOLDING, start, count))

    def read_input(self, start: int, count: int) -> bytes:
        """Input registers."""
        return _packed(self._words(Table.INPUT, start, count))

    def read_coils(self, start: int, count: int) -> Sequence[bool]:
        """Coils."""
        return [bool(word) for word in self._words(Table.COIL, start, count)]

    def read_discrete(self, start: int, count: int) -> Sequence[bool]:
        """Discrete inputs."""
        return [bool(word) for word in self._words(Table.DISCRETE, start, count)]

    def write(self, function: int, start: int, values: tuple[int, ...], wire: bytes) -> None:
        """A step of a command: the last one moves supply."""
        matching = [one for one in self._commands if any(_is(step, function, start, values) for step in one.writes)]
        if not matching:
            raise Refusal(ILLEGAL_ADDRESS)
        for command in matching:
            if _is(command.writes[command.come], function, start, values):
                command.come += 1
        done = next((one for one in matching if one.come == len(one.writes)), None)
        if done is not None:
            for command in self._commands:
                command.come = 0
            self.meter.switch(connected=done.connected, wire=wire)
        elif any(one.come for one in matching):
            self.meter.record(wire, "step of a command", Fate.NOT_APPLIED)
        else:
            raise Refusal(ILLEGAL_VALUE)

    def write_coils(self, function: int, start: int, values: tuple[bool, ...], wire: bytes) -> None:
        """The same with coils."""
        self.write(function, start, tuple(int(value) for value in values), wire)

    def _words(self, table: Table, start: int, count: int) -> list[int]:
        places: list[Place] = [(table, start + n) for n in range(count)]
        now = self._images[situation_of(self.meter, can_move=self._can_move)]
        if not all(place in self._known or place in now for place in places):
            raise Refusal(ILLEGAL_ADDRESS)
        return [now.get(place, 0) for place in places]


def _writes(step: ModbusStep) -> list[AnyWriteStep]:
    return [write for _, write in step.sends]


def _is(step: AnyWriteStep, function: int, start: int, values: tuple[int, ...]) -> bool:
    if (step.function, step.address) != (function, start) or step.end - step.address != len(values):
        return False
    if isinstance(step, ComputedWriteStep):
        return True
    if isinstance(step, MaskedWriteStep):
        return values[0] & step.set_ == step.set_ and not values[0] & step.clear
    return step.takes_limit or step.filled(None) == values


def _packed(words: Sequence[int]) -> bytes:
    return b"".join(word.to_bytes(2, "big") for word in words)
