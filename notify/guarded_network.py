"""A network for HTTP that goes only where it may, and keeps to one deadline.

Names are resolved here, every address is judged, and the connection goes to the address that was judged: a name that
answers differently the next time gains nothing. Timeouts of sockets start anew with every byte; the deadline does not.
"""

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

import httpcore

Address = IPv4Address | IPv6Address

_NAT64: Final = ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """A host lies where notices must not go; the message names both."""


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to public addresses, and to hosts that are allowed by name; for `seconds` from its making."""

    def __init__(
        self, allowed: Collection[str], seconds: float, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        """`allowed` are host names or addresses as the URL writes them."""
        self._allowed = frozenset(host.lower() for host in allowed)
        self._stopwatch = stopwatch
        self._end = stopwatch() + seconds
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, judge, connect.

        Raises:
            AddressRefused: it is not public, and not allowed.
            httpcore.ConnectError: the name is unknown, or nobody answers.
        """
        addresses = resolved(host, port)
        if host.lower() not in self._allowed:
            for address in addresses:
                if not is_public(address):
                    raise AddressRefused(f"{host} is at {address}, which is no public address: name it in allow_hosts")
        stream = self._plain.connect_tcp(
            str(addresses[0]), port, timeout=self.left(), local_address=local_address, socket_options=socket_options
        )
        return _TimedStream(stream, self.left)

    def left(self) -> float:
        """Seconds until the deadline.

        Raises:
            httpcore.ReadTimeout: it has passed.
        """
        left = self._end - self._stopwatch()
        if left <= 0:
            raise httpcore.ReadTimeout("no answer in time")
        return left


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, self._left()), self._left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the library has it
        return self._stream.get_extra_info(info)


def resolved(host: str, port: int) -> list[Address]:
    """The addresses of a host, in the order to try them.

    Raises:
        httpcore.ConnectError: the name is unknown.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from error
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def is_public(address: Address) -> bool:
    """Whether an address is out on the internet, itself and any IPv4 address that it stands for."""
    meant = _embedded(address)
    return address.is_global and not address.is_multicast and (meant is None or is_public(meant))


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
