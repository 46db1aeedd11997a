"""Whom the command line believes at an https address, and what it shows of itself."""

import ssl

from meterhold.domain.errors import Fault, Malformed
from meterhold.settings import PREFIX, Settings


def trust_of(settings: Settings) -> ssl.SSLContext | None:
    """TLS as the environment wishes it; none for a plain address. There is no way to believe just anybody."""
    if not settings.url.startswith("https://"):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca)
    except (OSError, ValueError) as error:
        raise _unusable("CA", f"{settings.ca}: {_said(error)}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.client_certificate is not None:
        try:
            context.load_cert_chain(settings.client_certificate, password=_no_passphrase)
        except (OSError, ValueError) as error:
            raise _unusable("CLIENT_CERTIFICATE", f"{settings.client_certificate}: {_said(error)}") from None
    return context


def _no_passphrase() -> str:
    # Without it the TLS library would ask on the terminal.
    raise ValueError("the key is protected by a passphrase")


def _said(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)


def _unusable(variable: str, rule: str) -> Malformed:
    return Malformed("environment", [Fault(f"{PREFIX}{variable}", f"cannot be used: {rule}")])
