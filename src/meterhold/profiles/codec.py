"""A codec: what a profile as data cannot say, as one named Python function. Its failures are turned into ours here."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meterhold.profiles.pointer import walker

_FAILURES = (ValueError, LookupError, TypeError, ArithmeticError)
"""What a function raises that was given something it does not understand."""
_WORD = range(0x10000)

DECODED = "decoded"
"""Where in a message its decoded part is put."""

Decode = Callable[[object], object]
"""Makes a message into one with values; raises ``CodecFailed`` where it cannot be read."""


class CodecFailed(ValueError):
    """A codec did not understand what it was given."""


@dataclass(frozen=True, slots=True)
class Codec:
    """The functions of one codec; those that it does not have are ``None``."""

    name: str
    decode: Callable[[Any], Any] | None = None
    encode: Callable[[str, int], Any] | None = None
    words: Callable[[Any], Any] | None = None

    @classmethod
    def of(cls, name: str, made_of: object) -> "Codec":
        """Take the functions that an entry point's object has."""
        return cls(name, *(getattr(made_of, part, None) for part in ("decode", "encode", "words")))

    def values_of(self, message: object) -> dict[str, object]:
        """Decode; raises ``CodecFailed``."""
        if self.decode is None:
            raise CodecFailed(f"codec {self.name} does not decode")
        try:
            values = self.decode(message)
        except _FAILURES as error:
            raise CodecFailed(f"codec {self.name}: {error}") from error
        if not isinstance(values, Mapping):
            raise CodecFailed(f"codec {self.name} gave no mapping")
        return dict(values)

    def text_for(self, command: str, number: int) -> str:
        """Encode; raises ``CodecFailed``."""
        if self.encode is None:
            raise CodecFailed(f"codec {self.name} does not encode")
        try:
            text = self.encode(command, number)
        except _FAILURES as error:
            raise CodecFailed(f"codec {self.name} cannot encode {command!r}: {error!r}") from error
        if not isinstance(text, str):
            raise CodecFailed(f"codec {self.name} gave no text for {command!r}")
        return text

    def words_for(self, value: object, count: int) -> tuple[int, ...]:
        """Make words of a value; raises ``CodecFailed``."""
        if self.words is None:
            raise CodecFailed(f"codec {self.name} makes no words")
        try:
            words: Sequence[Any] = tuple(self.words(value))
        except _FAILURES as error:
            raise CodecFailed(f"codec {self.name}: {error}") from error
        if len(words) != count or not all(isinstance(word, int) and word in _WORD for word in words):
            raise CodecFailed(f"codec {self.name} did not give {count} words")
        return tuple(words)


def decoder(codec: Codec, data: str | None) -> Decode:
    """Make the function that decodes whole messages, or the base64 text at a JSON pointer within them.

    A part is put beside what else the message holds, under ``/decoded``.
    """
    if data is None:
        return codec.values_of
    walk = walker(data)

    def decode(message: object) -> object:
        text = walk(message)
        if not isinstance(message, dict) or not isinstance(text, str):
            raise CodecFailed(f"there is no text at {data}")
        try:
            part = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise CodecFailed(f"what is at {data} is not base64: {error}") from error
        return {**message, DECODED: codec.values_of(part)}

    return decode
