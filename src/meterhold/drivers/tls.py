"""How we show who we are in TLS, and whom we believe."""

import ssl
from pathlib import Path

from meterhold.documents.config_links import TlsSection
from meterhold.domain.errors import Fault, Malformed


def client_context(name: str, tls: TlsSection) -> ssl.SSLContext:
    """The TLS settings of a link; raises ``Malformed`` with the file that cannot be used.

    TLS 1.2 or newer; the other side's certificate and name are always checked.
    """
    try:
        context = ssl.create_default_context(cafile=_readable(name, "ca", tls.ca))
    except (OSError, ValueError) as error:
        raise _unusable(name, "ca", f"{tls.ca} holds no certificates: {_said(error)}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate, key = _readable(name, "certificate", tls.certificate), _readable(name, "key", tls.key)
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key, password=_no_passphrase)
        except (OSError, ValueError) as error:
            raise _unusable(name, "certificate", f"{certificate} and {key} are no pair: {_said(error)}") from None
    return context


def _readable(name: str, field: str, file: str | None) -> str | None:
    """The file, if it can be read: the TLS library does not say which one it failed on."""
    if file is not None:
        try:
            with Path(file).open("rb"):
                pass
        except OSError as error:
            raise _unusable(name, field, f"cannot read {file}: {error.strerror}") from None
    return file


def _no_passphrase() -> str:
    # Without it the TLS library would ask on the terminal.
    raise ValueError("the key is protected by a passphrase")


def _said(error: Exception) -> str:
    return getattr(error, "reason", None) or str(error)


def _unusable(name: str, field: str, rule: str) -> Malformed:
    return Malformed("certificates", [Fault(f"links.{name}.tls.{field}", rule)])
