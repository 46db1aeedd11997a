"""All that a configuration settles for decisions: its own terms, and the policy in the file that it names."""

from dataclasses import replace
from pathlib import Path

from meterhold.documents.config import GatewayDocument
from meterhold.documents.policy import load_policy
from meterhold.domain.commands import Terms


def read_terms(config: GatewayDocument) -> Terms:
    """Read the policy, and put the terms together; raises ``Malformed`` with all its faults."""
    terms = config.terms.as_terms()
    return terms if config.policy is None else replace(terms, policy=load_policy(Path(config.policy)))
