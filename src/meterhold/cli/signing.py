"""Signing orders for a sender: what a dispatch system does by itself, for those that try it out."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from meterhold.cli.durations import seconds_of
from meterhold.clock import machine_time
from meterhold.documents.batch import read_ndjson
from meterhold.documents.order import parse_order
from meterhold.documents.signing import sign, signed_bytes
from meterhold.domain.errors import Fault, Malformed


def sign_lines(content: bytes, key: Path, key_id: str, sender: str, counter: int, expires_in: str) -> Iterator[str]:
    """Sign one order, or many as NDJSON; a line each."""
    try:
        private = key.read_bytes()
    except OSError as error:
        raise Malformed(str(key), [Fault("", f"cannot be read: {error.strerror}")]) from error
    until = machine_time() + timedelta(seconds=seconds_of(expires_in, "expires-in"))
    for n, order in enumerate(_orders(content)):
        envelope = {
            "key_id": key_id,
            "counter": counter + n,
            "expires_at": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        value = sign(private, signed_bytes(order | {"signature": envelope}, sender))
        yield json.dumps(order | {"signature": envelope | {"value": value}}, ensure_ascii=False)


def _orders(content: bytes) -> Iterator[dict[str, object]]:
    """The orders of a file, each sound in form: what the gateway would refuse is not worth a counter."""
    if len(content.strip().splitlines()) == 1 or not _is_lines(content):
        yield dict(parse_order(content).document)
        return
    for _, line in read_ndjson(content):
        if isinstance(line, Malformed):
            raise line
        yield dict(line.document)


def _is_lines(content: bytes) -> bool:
    """Whether the first line is a document of its own."""
    try:
        json.loads(content.strip().splitlines()[0])
    except (ValueError, IndexError):
        return False
    return True
