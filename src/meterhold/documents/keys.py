"""API keys and signing keys, as they are asked for and shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from meterhold.documents.fields import Moment, Name, Phrase, Strict, printable
from meterhold.documents.order_document import LARGEST_SEQUENCE
from meterhold.domain.originator import Originator
from meterhold.domain.scope import Scope

DEFAULT_OVERLAP_S = 24 * 3600
LONGEST_SENDER = 220
_A_MONTH_S = 30 * 86_400

Some = Annotated[tuple[Name, ...], Field(max_length=64)]


class ScopeDocument(Strict):
    """What a key is limited to beyond its roles; nothing where nothing is said."""

    actions: Some = ()
    """Of orders."""
    contexts: Some = ()
    """``production``, ``test``."""
    areas: Some = ()
    only: Annotated[tuple[Phrase, ...], Field(max_length=64)] = ()
    """Endpoints of its roles, such as ``POST /forecasts``."""

    def as_scope(self) -> Scope:
        """In the words of the domain."""
        return Scope(self.actions, self.contexts, self.areas, self.only)


class KeyDocument(Strict):
    """A new API key: whose, what for, and within which limits."""

    name: Name
    roles: Annotated[tuple[str, ...], Field(min_length=1, max_length=16)]
    scope: ScopeDocument = ScopeDocument()
    expires_at: Moment | None = None


class RotationDocument(Strict):
    """How long the secret before the new one still works."""

    overlap_s: Annotated[float, Field(ge=0, le=_A_MONTH_S, allow_inf_nan=False)] = DEFAULT_OVERLAP_S


class SigningKeyDocument(Strict):
    """How a sender signs from now on."""

    sender: Annotated[str, Field(min_length=1, max_length=LONGEST_SENDER), AfterValidator(printable)]
    key_id: Name
    public_key: Annotated[str, Field(min_length=1, max_length=4096)]
    """Ed25519: PEM, or 32 bytes as hexadecimal."""
    counter: Annotated[int, Field(ge=0, le=LARGEST_SEQUENCE)] = 0
    """How far the sender has counted already."""


@dataclass(frozen=True, slots=True)
class ScopeView:
    """What a key is limited to."""

    actions: tuple[str, ...]
    contexts: tuple[str, ...]
    areas: tuple[str, ...]
    only: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyView:
    """An API key without its secrets, of which nothing is kept."""

    key_id: str
    name: str
    roles: tuple[str, ...]
    scope: ScopeView
    created_at: datetime
    made_by: str
    expires_at: datetime | None
    rotated_at: datetime | None
    old_secret_until: datetime | None
    """The secret before this one works until then."""
    revoked_at: datetime | None
    last_used_at: datetime | None
    """Since the gateway started; ``None`` where it was not, or nobody knows."""


@dataclass(frozen=True, slots=True)
class NewKeyView(KeyView):
    """A key with a new secret. ``key`` is shown this once and kept nowhere."""

    key: str


@dataclass(frozen=True, slots=True)
class SigningKeyView:
    """A public key of a sender."""

    key_id: str
    public_key: str
    registered_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class OriginatorView:
    """A sender whose orders must be signed."""

    sender: str
    counter: int
    keys: tuple[SigningKeyView, ...]


def view_originator(originator: Originator) -> OriginatorView:
    """Show how a sender signs, and how far it has counted."""
    keys = (SigningKeyView(key.key_id, key.public_key, key.registered_at, key.revoked_at) for key in originator.keys)
    return OriginatorView(originator.sender, originator.counter, tuple(keys))


def view_scope(scope: Scope) -> ScopeView:
    """Show what a key is limited to."""
    return ScopeView(scope.actions, scope.contexts, scope.areas, scope.only)
