"""The page that defines signed orders is true: its example is what the gateway accepts, and its code makes it."""

import json
import re
from typing import Any

from meterhold.documents.order import parse_order
from meterhold.documents.signing import fits, signed_bytes
from tests.acceptance.conftest import TOP

PAGE = (TOP / "docs" / "signed-orders.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The page's blocks of a kind."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_is_what_it_says() -> None:
    """Its canonical form, its signature and its public key belong together."""
    (order,), (public, canonical) = blocks("json"), blocks("text")
    parsed = parse_order(order)
    assert parsed.signature is not None
    signed = signed_bytes(parsed.document, "cis")
    assert signed.decode() == canonical.strip()
    assert fits(public.strip(), parsed.signature.value, signed)


def test_the_code_makes_the_example() -> None:
    """Whoever copies it signs as the gateway checks."""
    (code,), (order,) = blocks("python"), blocks("json")
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the page's own code is what is under test
    assert names["order"] == json.loads(order)
