"""The language of ``policy.yaml`` as JSON Schema: what editors check a policy with while it is being written.

Run as ``python -m meterhold.documents.policy.json_schema docs/schema/policy.schema.json``, with ``--check`` to change
nothing.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from meterhold.documents.policy.sections import CONDITIONS, PolicyDocument


def policy_json_schema() -> dict[str, Any]:
    """JSON Schema of a policy; that a rule has exactly one condition is part of it."""
    schema = PolicyDocument.model_json_schema()
    schema["$defs"]["RuleSection"]["oneOf"] = [{"required": [name]} for name in CONDITIONS]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "meterhold policy"}


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(policy_json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; 1 if the file is out of date."""
    parser = argparse.ArgumentParser(prog="python -m meterhold.documents.policy.json_schema")
    parser.add_argument("file", type=Path)
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 if the file is out of date")
    options = parser.parse_args(arguments)
    file: Path = options.file
    wanted = schema_text()
    if file.is_file() and file.read_text(encoding="utf-8") == wanted:
        return 0
    if options.check:
        sys.stderr.write(f"{file} is out of date: run python -m meterhold.documents.policy.json_schema {file}\n")
        return 1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
