"""Codecs that a profile names: that they are installed, and can do what is asked of them."""

from collections.abc import Generator, Iterator

from meterhold.profiles.codec import Codec, CodecFailed
from meterhold.profiles.language.definition import Definition, MqttDefinition
from meterhold.profiles.language.references import Path, steps_of
from meterhold.profiles.language.rules.rule import Around, Problem
from meterhold.profiles.language.steps import ModbusStep

_NUMBERS = (1, 255)
"""The first and the last number that a command can have."""


def decoded(profile: Definition, around: Around) -> Iterator[Problem]:
    """What messages are decoded with can decode."""
    if not isinstance(profile, MqttDefinition):
        return
    for section, named in (("questions", profile.questions), ("reports", profile.reports)):
        for name, source in named.items():
            if source.decode is not None:
                path: Path = (section, name, "decode", "codec")
                codec = yield from _installed(path, source.decode.codec, around)
                if codec is not None and codec.decode is None:
                    yield Problem(path, f"codec {codec.name!r} cannot decode")


def encoded(profile: Definition, around: Around) -> Iterator[Problem]:
    """What commands are made with can make them."""
    for path, step in steps_of(profile):
        if isinstance(step, ModbusStep):
            if step.computed_write is not None:
                yield from _computes((*path, "computed_write", "codec"), step.computed_write.codec, around)
        elif step.write is not None and step.write.encode is not None:
            command = step.write.encode.command or str(path[1])
            yield from _encodes((*path, "write", "encode"), step.write.encode.codec, command, around)


def _computes(path: Path, name: str, around: Around) -> Iterator[Problem]:
    codec = yield from _installed(path, name, around)
    if codec is not None and codec.words is None:
        yield Problem(path, f"codec {codec.name!r} makes no words")


def _encodes(path: Path, name: str, command: str, around: Around) -> Iterator[Problem]:
    codec = yield from _installed((*path, "codec"), name, around)
    if codec is None:
        return
    try:
        for number in _NUMBERS:
            codec.text_for(command, number)
    except CodecFailed as error:
        yield Problem(path, str(error))


def _installed(path: Path, name: str, around: Around) -> Generator[Problem, None, Codec | None]:
    """Find a codec, or say that there is none."""
    try:
        return around.codecs[name]
    except KeyError:
        known = ", ".join(sorted(around.codecs)) or "none is installed"
        yield Problem(path, f"there is no codec {name!r}; there are: {known}")
    except ImportError as error:
        yield Problem(path, str(error))
    return None
