"""A profile ready for use: its definition, with everything compiled that a turn needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType

from meterhold.domain.commands import Capability
from meterhold.domain.kept_settings import Setting
from meterhold.domain.observation import Observation
from meterhold.domain.words import Evidence, Identity, Quantity, Service, SupplyState
from meterhold.profiles.carrier import CarrierRules, carrier_rules
from meterhold.profiles.codec import Codec
from meterhold.profiles.language.base import Wire
from meterhold.profiles.language.commands import TARGETS, Command, LimitRange, movements
from meterhold.profiles.language.definition import Definition, Line, ModbusDefinition, MqttDefinition
from meterhold.profiles.language.sections import Timing
from meterhold.profiles.reading.compile import compile_look
from meterhold.profiles.reading.look import Look
from meterhold.profiles.reading.settings import SettingsLook, compile_settings
from meterhold.profiles.wire import Reply

_DIGEST_LENGTH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """How one meter model is read and switched. Compared by identity: the loader makes one of each."""

    definition: Definition
    timing: Timing
    look: Look
    codecs: Mapping[str, Codec]
    """Where its codecs are found, by name."""
    commands: Mapping[SupplyState, Command]
    """What brings supply to which state."""
    carrier: CarrierRules | None
    """What commands go through, if something keeps them for the device."""
    digest: str
    """Tells this content from every other, whatever version it says to be."""
    settings: SettingsLook | None = None
    """What of its configuration is read at both ends of a hold."""

    @classmethod
    def of(cls, definition: Definition, codecs: Mapping[str, Codec]) -> "Profile":
        """Compile a definition that is known to be sound."""
        offered = movements(definition.commands)
        commands = MappingProxyType({TARGETS[name]: command for name, command in offered.items()})
        carried_by = definition.carrier if isinstance(definition, MqttDefinition) else None
        carrier = None if carried_by is None else carrier_rules(carried_by)
        look, settings = compile_look(definition, codecs), compile_settings(definition)
        digest = sha256(definition.model_dump_json().encode()).hexdigest()[:_DIGEST_LENGTH]
        return cls(definition, definition.timing, look, codecs, commands, carrier, digest, settings)

    @property
    def name(self) -> str:
        """What meters call it."""
        return self.definition.profile

    @property
    def version(self) -> int:
        """Rises with every change that alters what is sent or concluded."""
        return self.definition.version

    @property
    def title(self) -> str:
        """What people call the model."""
        return self.definition.title

    @property
    def service(self) -> Service:
        """What the model meters."""
        return self.definition.service

    @property
    def wire(self) -> Wire:
        """What carries its commands."""
        return self.definition.wire

    @property
    def line(self) -> Line | None:
        """How to treat its Modbus line; nothing for MQTT."""
        return self.definition.line if isinstance(self.definition, ModbusDefinition) else None

    @property
    def capability(self) -> Capability:
        """What it can be told to do."""
        commands = self.commands
        return Capability(
            can_disconnect=SupplyState.DISCONNECTED in commands,
            can_connect=SupplyState.CONNECTED in commands,
            can_restrict=SupplyState.RESTRICTED in commands,
            can_arm=SupplyState.ARMED in commands,
            can_withdraw=self.definition.commands.withdraw is not None,
        )

    @property
    def limit(self) -> LimitRange | None:
        """What ``restrict`` can be told, or always does; nothing where it cannot, or the file does not say."""
        restrict = self.definition.commands.restrict
        return None if restrict is None else restrict.limit

    @property
    def identity(self) -> Identity:
        """The strongest that a look can tell of who answered."""
        return Identity(self.definition.identity.strength)

    @property
    def fingerprint(self) -> Quantity | None:
        """The billing register whose plausible step stands in for a serial number."""
        name = self.definition.identity.register_
        return None if name is None else self.definition.points[name].quantity

    @property
    def registers(self) -> tuple[Quantity, ...]:
        """What billing gets before and after."""
        quantities = (self.definition.points[name].quantity for name in self.definition.registers)
        return tuple(quantity for quantity in quantities if quantity is not None)

    @property
    def paired(self) -> bool:
        """Whether only the load of another meter can prove what this one does."""
        return self.definition.paired

    @property
    def evidence(self) -> frozenset[Evidence]:
        """What kinds of evidence a look can bring."""
        kinds = {Evidence(source.evidence) for source in self.definition.state}
        by_load = self.definition.load or self.definition.load_side is not None
        return frozenset(kinds | {Evidence.LOAD} if by_load else kinds)

    def with_timing(
        self,
        *,
        scale: float = 1.0,
        settle_s: float | None = None,
        poll_s: float | None = None,
        travel_s: float | None = None,
        interlock_recheck_s: float | None = None,
        post_check_s: float | None = None,
    ) -> "Profile":
        """The same profile with other waiting times: scaled, and single ones replaced."""
        own = self.timing
        given = {
            "settle_s": settle_s,
            "poll_s": poll_s,
            "travel_s": travel_s,
            "interlock_recheck_s": interlock_recheck_s,
            "post_check_s": post_check_s,
        }
        times = {name: getattr(own, name) * scale if time is None else time for name, time in given.items()}
        # Not checked again: a test or a benchmark may wait for nothing at all, which no file may ask for.
        return replace(self, timing=own.model_copy(update=times))


def decode_look(
    profile: Profile, replies: Sequence[Reply | None], at: datetime, after: datetime | None = None
) -> Observation:
    """Say what the replies to a look show; they stand in the order of its questions, ``None`` for what nobody said.

    ``after`` is when the write was delivered that the look is to prove: what a cache held before it tells nothing.
    """
    return profile.look.decode(replies, at, after)


def decode_settings(profile: Profile, replies: Sequence[Reply | None]) -> tuple[Setting, ...]:
    """Say what the replies to ``plan_settings`` show; ``None`` for a question that was not answered."""
    return () if profile.settings is None else profile.settings.decode(replies)
