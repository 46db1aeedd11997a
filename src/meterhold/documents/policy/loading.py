"""Read ``policy.yaml`` whole, or say everything that is wrong with it."""

import hashlib
import json
from pathlib import Path

from pydantic import ValidationError

from meterhold.documents.config_faults import faults_of, in_file_order
from meterhold.documents.policy.contradictions import contradictions
from meterhold.documents.policy.sections import PolicyDocument
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.policy import Policy
from meterhold.yaml_text import read_yaml

_SHOWN = 12
"""Characters of a hash that tell one version from another."""


def parse_policy(text: str, name: str = "policy.yaml") -> Policy:
    """Check a whole policy and build it, or raise ``Malformed`` with all its faults."""
    source = read_yaml(text)
    if source.faults:
        raise Malformed(name, list(source.faults.values()))
    if not isinstance(source.data, dict):
        raise Malformed(name, [Fault("", "must be a mapping of keys to values", line=1)])
    disturbing = list(contradictions(source))
    try:
        document = PolicyDocument.model_validate(source.data)
    except ValidationError as error:
        raise Malformed(name, in_file_order([*faults_of(error, source), *disturbing])) from error
    if disturbing:
        raise Malformed(name, in_file_order(disturbing))
    content = json.dumps(source.data, sort_keys=True, separators=(",", ":"))
    return document.as_policy(hashlib.sha256(content.encode()).hexdigest()[:_SHOWN])


def load_policy(path: Path) -> Policy:
    """Read a policy's file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Malformed(str(path), [Fault("", f"cannot be read: {reason}")]) from error
    return parse_policy(text, str(path))
