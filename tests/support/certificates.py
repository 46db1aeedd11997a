"""Certificates that live as long as a test: an authority, and what it signs."""

import ssl
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import trustme

SERVER_NAME = "meter-gateway.example"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its key, as files."""

    certificate: str
    key: str


@dataclass(frozen=True)
class Authority:
    """Signs certificates into a folder."""

    folder: Path

    @cached_property
    def _ca(self) -> trustme.CA:
        return trustme.CA()

    @cached_property
    def file(self) -> str:
        """The authority's own certificate."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(file))
        return str(file)

    def pair(self, name: str) -> Pair:
        """A certificate for a host name, an address or a client."""
        leaf = self._ca.issue_cert(name, common_name=name)
        self.folder.mkdir(parents=True, exist_ok=True)
        stem = str(self.folder / name.replace("/", "_"))
        certificate, key = f"{stem}.pem", f"{stem}.key"
        with Path(certificate).open("wb") as file:
            file.writelines(blob.bytes() for blob in leaf.cert_chain_pems)
        leaf.private_key_pem.write_to_path(key)
        Path(key).chmod(0o600)
        return Pair(certificate, key)

    def server_context(self, name: str = SERVER_NAME) -> ssl.SSLContext:
        """A server of this name, that serves only clients with a certificate of this authority."""
        pair = self.pair(name)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.file)
        context.load_cert_chain(pair.certificate, pair.key)
        context.verify_mode = ssl.CERT_REQUIRED
        return context
