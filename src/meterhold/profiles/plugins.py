"""What other packages bring: codecs and folders of profiles, found by entry points when they are needed."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points

from meterhold.profiles.codec import Codec

_CODECS = "meterhold.codecs"
_PROFILES = "meterhold.profiles"


class CodecUnloadable(ImportError):
    """An entry point names a codec that cannot be imported."""


class InstalledCodecs(Mapping[str, Codec]):
    """The codecs of all installed packages; nothing is looked for before somebody asks, nor imported before its use."""

    def __getitem__(self, name: str) -> Codec:
        """Import a codec; raises ``CodecUnloadable``."""
        point = self._points[name]
        try:
            return Codec.of(name, point.load())
        except (ImportError, AttributeError) as error:
            raise CodecUnloadable(f"codec {name!r} ({point.value}) cannot be imported: {error}") from error

    def __iter__(self) -> Iterator[str]:
        """Their names."""
        return iter(self._points)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._points)

    @cached_property
    def _points(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=_CODECS)}


def profile_packages() -> list[tuple[str, str]]:
    """The packages whose folders hold profiles, each with the name of its entry point."""
    return sorted((point.name, point.value) for point in entry_points(group=_PROFILES))
