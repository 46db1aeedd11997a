#!/usr/bin/env bash
# Write requirements/{run,demo,test}.txt again: every package pinned and hashed, for all platforms.
# Pins that stand are kept; `scripts/lock.sh --upgrade` takes the newest of everything.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3}" -m pip install --quiet --disable-pip-version-check --target "$scratch" uv

# This machine's own wheels and settings must not leave traces in a lock.
lock() {
    env -u UV_FIND_LINKS -u UV_CONSTRAINT -u UV_OVERRIDE "$scratch/bin/uv" pip compile --quiet --no-config \
        --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 \
        --custom-compile-command 'make lock' --output-file "$@" pyproject.toml requirements/build.in
}

# Each holds the one before it, at the same pins; scripts/check_house.py proves it.
lock requirements/run.txt "$@"
lock requirements/demo.txt --constraint requirements/run.txt --extra demo "$@"
lock requirements/test.txt --constraint requirements/demo.txt --extra demo --extra test "$@"
