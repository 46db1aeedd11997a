"""Write the JSON Schema of profiles to a file, or check that the file is current.

Run as ``python -m meterhold.profiles.schema docs/schema/profile.schema.json``, with ``--check`` to change nothing.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from meterhold.profiles.json_schema import schema_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; 1 if the file is out of date."""
    parser = argparse.ArgumentParser(prog="python -m meterhold.profiles.schema", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 if the file is out of date")
    options = parser.parse_args(arguments)
    file: Path = options.file
    wanted = schema_text()
    if file.is_file() and file.read_text(encoding="utf-8") == wanted:
        return 0
    if options.check:
        sys.stderr.write(f"{file} is out of date: run python -m meterhold.profiles.schema {file}\n")
        return 1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
