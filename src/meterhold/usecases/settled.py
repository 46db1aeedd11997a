"""What may be read anew while the gateway runs: how models are read and switched, and the site's own terms."""

from collections.abc import Mapping

from meterhold.domain.commands import Terms
from meterhold.profiles import Profile


class Settled:
    """The profiles and terms that count now. Whoever needs them asks each time, and keeps nothing for later.

    An operation that has begun to write goes on with the profile that it began with, however often another version
    is read: what a look means must not change under it. Each version is kept for that as long as the process lives.
    """

    def __init__(self, profiles: Mapping[str, Profile], terms: Terms) -> None:
        self._versions: dict[str, Profile] = {}
        self.take_over(profiles, terms)

    def take_over(self, profiles: Mapping[str, Profile], terms: Terms) -> None:
        """Let others count from now on, all at once."""
        self._profiles, self._terms = profiles, terms
        self._versions.update((profile.digest, profile) for profile in profiles.values())

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """By the name that meters call them."""
        return self._profiles

    @property
    def terms(self) -> Terms:
        """The site's own settings."""
        return self._terms

    def version(self, digest: str) -> Profile | None:
        """The version of a profile by its digest, if this process ever read it."""
        return self._versions.get(digest)
