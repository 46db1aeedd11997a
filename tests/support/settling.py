"""Wraps for a gateway under test: it knows a model, or works on terms, otherwise than it would by itself."""

from collections.abc import Callable
from dataclasses import replace

from meterhold.domain.commands import Terms
from meterhold.profiles import Profile
from meterhold.usecases.ports import Ports
from meterhold.usecases.settled import Settled


def with_profile(name: str, profile: Profile) -> Callable[[Ports], Ports]:
    """Let a gateway know a model otherwise than it ships."""
    return lambda ports: replace(ports, settled=Settled({**ports.profiles, name: profile}, ports.terms))


def with_terms(terms: Terms) -> Callable[[Ports], Ports]:
    """Let a gateway work on other terms."""
    return lambda ports: replace(ports, settled=Settled(ports.profiles, terms))
