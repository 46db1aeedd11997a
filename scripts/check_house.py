"""Check the rules of this repository that no other tool knows.

Run by `make check`; prints every finding and ends with 1 if there is one.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
MOST_LINES = 400
LOCKS = ("run", "demo", "test")
# Texts of others, and their hashes: no rule of ours.
NOT_OURS = {"LICENSE"}

# Nothing in the repository may lean on one machine or one registry. Each pattern is written
# so that it does not match its own source.
MACHINE_PATH = re.compile(r"(?<![\w.~$}*-])/(?:work|root|home/[a-z]\w*|Users/\w+|opt/(?:wheels|pypi))(?=/|\b)(?![-\w])")
REGISTRY_HOST = re.compile(
    r"\b(?:py[p]i(?:\.python)?\.org|test\.py[p]i\.org|python[h]osted\.org|registry\.np[m]js\.org"
    r"|deb\.d[e]bian\.org|security\.d[e]bian\.org|static\.crate[s]\.io|proxy\.golan[g]\.org)\b"
)


def tracked_files() -> list[Path]:
    """Return the files that git tracks, without those deleted in the work tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := TOP / name).is_file()]


def too_long(path: Path, text: str) -> Iterator[str]:
    """Find a module that is too long to be one idea."""
    lines = text.count("\n")
    if path.suffix == ".py" and lines > MOST_LINES:
        yield f"{path.relative_to(TOP)}: {lines} lines, more than {MOST_LINES}: split it by idea"


def leans_on_a_place(path: Path, text: str) -> Iterator[str]:
    """Find an absolute path of one machine, or the host of a package registry."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in (("a path of one machine", MACHINE_PATH), ("a package registry's host", REGISTRY_HOST)):
            if found := pattern.search(line):
                yield f"{path.relative_to(TOP)}:{number}: names {what}: {found.group()}"


def pins_of(lock: str) -> dict[str, str]:
    """Return each package that a lock pins, with its version."""
    text = (TOP / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, flags=re.MULTILINE))


def locks_differ() -> Iterator[str]:
    """Find a lock that does not hold the one before it, at the same versions."""
    for smaller, larger in pairwise(LOCKS):
        held = pins_of(larger)
        for package, version in pins_of(smaller).items():
            if held.get(package) != version:
                yield f"requirements/{larger}.txt: {package} is not {version} as in {smaller}.txt: run make lock"
    for lock in LOCKS:
        for package in {"hatchling", "editables"} - pins_of(lock).keys():
            yield f"requirements/{lock}.txt: lacks {package}, which the build needs"


def findings() -> Iterator[str]:
    """Return every breach of a house rule."""
    for path in tracked_files():
        if path.name in NOT_OURS:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield from too_long(path, text)
        yield from leans_on_a_place(path, text)
    yield from locks_differ()


def main() -> int:
    """Print the findings; return 1 if there is one."""
    found = list(findings())
    for finding in found:
        print(finding)
    print(f"house rules: {len(found)} findings" if found else "house rules: kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
