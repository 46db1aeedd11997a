"""The certificates of the API: what the gateway shows, and whom it asks for theirs."""

import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

from meterhold.documents.config_http import HttpTlsSection
from meterhold.domain.errors import Fault, Malformed


def server_context(tls: HttpTlsSection) -> ssl.SSLContext:
    """TLS 1.2 or newer; raises ``Malformed`` with every file that cannot be used."""
    if faults := list(_faults_of_files(tls)):
        raise Malformed("certificates", faults)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key, password=_no_passphrase)
    except (OSError, ValueError) as error:
        raise _unusable("certificate", f"{tls.certificate} and {tls.key} are no pair: {_said(error)}") from None
    if tls.client_ca is not None:
        try:
            context.load_verify_locations(tls.client_ca)
        except (OSError, ValueError) as error:
            raise _unusable("client_ca", f"{tls.client_ca} holds no certificates: {_said(error)}") from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _faults_of_files(tls: HttpTlsSection) -> Iterator[Fault]:
    for field in ("certificate", "key", "client_ca"):
        file = getattr(tls, field)
        if file is None:
            continue
        try:
            with Path(file).open("rb"):
                mode = Path(file).stat().st_mode
        except OSError as error:
            yield _fault(field, f"cannot read {file}: {error.strerror}")
            continue
        if field == "key" and mode & stat.S_IRWXO:
            yield _fault(field, f"{file} is open to every user of this machine: chmod o= {file}")


def _no_passphrase() -> str:
    # Without it the TLS library would ask on the terminal.
    raise ValueError("the key is protected by a passphrase")


def _said(error: Exception) -> str:
    return getattr(error, "reason", None) or str(error)


def _fault(field: str, rule: str) -> Fault:
    return Fault(f"http.tls.{field}", rule)


def _unusable(field: str, rule: str) -> Malformed:
    return Malformed("certificates", [_fault(field, rule)])
