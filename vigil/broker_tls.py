"""TLS contexts of those who connect to a broker, and a look at the certificates of the bundled one before it starts."""

import ssl
from functools import partial
from pathlib import Path
from typing import Final

from domain.broker_address import BrokerAddress
from vigil.broker_config import BrokerError, BrokerTls

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the ssl module does not name.
_NO_CHECK_TIME: Final = 0x200000


class ClosingSocket(ssl.SSLSocket):
    """A socket that is closed where its handshake fails: paho forgets it then, and leaves it open."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as the ssl module has it
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def trusting(
    address: BrokerAddress, ca: str | None, certificate: str | None = None, key: str | None = None
) -> BrokerAddress:
    """Give the address with what to believe and show there: PEM files, read anew for each connection.

    Without `ca` the system's authorities are believed. The certificate must name the address's host.

    Raises:
        BrokerError: a file cannot be used.
    """
    if not address.tls:
        return address
    context = partial(_context, ca, certificate, key)
    try:
        context()
    except OSError as error:
        given = " or ".join(
            f"{name} {file}"
            for name, file in (("mqtt-ca", ca), ("mqtt-client-cert", certificate), ("mqtt-client-key", key))
            if file is not None
        )
        raise BrokerError(f"{given} cannot be used: {error}; give PEM files that can be read") from error
    return address.with_tls(context)


def _context(ca: str | None, certificate: str | None, key: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    context.sslsocket_class = ClosingSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def pinned_context(tls: BrokerTls) -> ssl.SSLContext:
    """Believe this one certificate, for our own way to our own broker.

    It need not name the loopback address, and may have expired: it is the very file we gave the broker.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = ClosingSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.load_verify_locations(tls.certificate)
    context.verify_flags |= ssl.VerifyFlags(ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME)
    if tls.own_certificate is not None:
        context.load_cert_chain(tls.own_certificate, tls.own_key)
    return context


def require_usable(tls: BrokerTls) -> None:
    """Refuse files that the broker would choke on, with what is wrong with which.

    Raises:
        BrokerError: a file cannot be read, or key and certificate do not belong together.
    """
    _require_pair("mqtt-tls-cert", tls.certificate, "mqtt-tls-key", tls.key)
    if tls.ca is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(tls.ca)
    except OSError as error:
        raise BrokerError(f"mqtt-tls-ca {tls.ca} cannot be used: {error}; give PEM certificates") from error
    if tls.own_certificate is None or tls.own_key is None:
        raise BrokerError(
            "with mqtt-tls-ca everyone must show a certificate, Vigil too: give its own with --mqtt-client-cert and "
            "--mqtt-client-key"
        )
    _require_pair("mqtt-client-cert", tls.own_certificate, "mqtt-client-key", tls.own_key)


def _require_pair(certificate_name: str, certificate: Path, key_name: str, key: Path) -> None:
    try:
        # Never asks at the terminal: an encrypted key is refused.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except OSError as error:
        raise BrokerError(
            f"{certificate_name} {certificate} and {key_name} {key} cannot be used: {error}; give PEM files that "
            "belong together, the key without a password"
        ) from error
