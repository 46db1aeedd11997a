"""``policy.yaml``: the rules of a place, read whole, checked whole, and turned into what the domain judges by."""

from meterhold.documents.policy.loading import load_policy, parse_policy

__all__ = ["load_policy", "parse_policy"]
