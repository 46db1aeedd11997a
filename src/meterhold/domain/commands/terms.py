"""What a decision must know beside the rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meterhold.domain.leaking import LeakWatch
from meterhold.domain.limits import DEFAULT_LIMITS, Limits
from meterhold.domain.policy import NO_POLICY, Policy
from meterhold.domain.ramp import DEFAULT_MASS_RESTORE, MassRestore
from meterhold.domain.watch import DEFAULT_WATCH, WatchRules
from meterhold.domain.words import Proof


@dataclass(frozen=True, slots=True)
class Terms:
    """The site's own settings that decisions need."""

    suspend_within_s: float = 24 * 3600.0
    """Default of ``not_after``, counted from ``starts_at``."""
    backdate_tolerance_s: float = 300.0
    unreachable_after_s: float = 900.0
    """How long a suspension tries a meter that does not answer before it says so."""
    required_proof: Mapping[str, Proof] = field(default_factory=dict)
    """Per profile; a profile that is not named needs the best it can give."""
    leak_watch: Mapping[str, LeakWatch] = field(default_factory=dict)
    """Per profile, or per service for those that are not named; nothing is watched where neither is."""
    armed_timeout_s: float = 24 * 3600.0
    """How long an armed meter may wait for its button before a person is asked."""
    billing_proof: Proof = Proof.STATE_READ
    """How well supply must be known to be off before charging stops."""
    billing_proof_of: Mapping[str, Proof] = field(default_factory=dict)
    """The same for single profiles."""
    limits: Limits = DEFAULT_LIMITS
    """The configured thresholds; two persons may agree on others."""
    bulk_orders: int = 20
    """More orders of a kind in one document, or meters in one order, wait for a second person together."""
    mass_restore: MassRestore = DEFAULT_MASS_RESTORE
    """How fast many homes of one feeder or zone come back."""
    valves_at_once: int = 3
    """More valves of one zone than this never close at the same time."""
    watch: WatchRules = DEFAULT_WATCH
    """How held meters are watched."""
    policy: Policy = NO_POLICY
    """The rules of the site, above the floor that is code."""


DEFAULT_TERMS = Terms()
"""What holds where the site says nothing."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What a meter's profile can do."""

    can_disconnect: bool
    can_connect: bool
    can_restrict: bool
    can_arm: bool
    can_withdraw: bool = False
    """What a carrier keeps for it can be taken back."""
