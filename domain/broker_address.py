"""Where an MQTT broker is and who we are there: one URL, parsed strictly, whose password never reaches a message."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from domain.errors import VigilError

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_MAX_PORT = 65535
_FORM = "mqtt://user:password@host:1883 or mqtts://user:password@host:8883"
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_ESCAPED_RUN = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class InvalidBrokerAddress(VigilError):
    """A text that does not name an MQTT broker."""


@dataclass(frozen=True, slots=True, repr=False)
class BrokerAddress:
    """One broker and the credential to use there.

    `tls_context` makes the `ssl.SSLContext` for a connection, where the system's authorities are not what to believe;
    what is in it is none of the domain's business.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False
    tls_context: Callable[[], Any] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if _HOST.fullmatch(self.host) is None:
            raise InvalidBrokerAddress(f"broker host {self.host!r} is no host name or IP address: write {_FORM}")
        if not 1 <= self.port <= _MAX_PORT:
            raise InvalidBrokerAddress(f"broker port {self.port} is outside 1..{_MAX_PORT}: write {_FORM}")
        if self.password is not None and not self.username:
            raise InvalidBrokerAddress(f"broker {self.host}:{self.port} has a password but no user name: write {_FORM}")

    def __repr__(self) -> str:
        """Show everything but the password, so that a log or a traceback may carry an address."""
        return f"BrokerAddress({self.masked_url!r})"

    __str__ = __repr__

    @property
    def masked_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        login = "" if self.username is None else f"{self.username}{'' if self.password is None else ':***'}@"
        return f"{'mqtts' if self.tls else 'mqtt'}://{login}{host}:{self.port}"

    def with_login(self, username: str, password: str) -> "BrokerAddress":
        return replace(self, username=username, password=password)

    def with_tls(self, context: Callable[[], Any]) -> "BrokerAddress":
        return replace(self, tls=True, tls_context=context)

    @classmethod
    def parse(cls, url: str) -> "BrokerAddress":
        """Read `mqtt[s]://[user[:password]@]host[:port]`; what the credential holds besides `%` needs no escaping."""
        shown = _masked(url)
        scheme, separator, rest = url.strip().partition("://")
        if not separator or scheme.lower() not in _PORTS:
            raise InvalidBrokerAddress(f"broker URL '{shown}' does not begin with mqtt:// or mqtts://: write {_FORM}")
        login, at, place = rest.rpartition("@")
        host, port = _host_and_port(place.removesuffix("/"), shown, _PORTS[scheme.lower()])
        username, colon, password = login.partition(":")
        if at and not username:
            raise InvalidBrokerAddress(f"broker URL '{shown}' has no user name before '@': write {_FORM}")
        return cls(
            host=host,
            port=port,
            username=_unescaped(username, shown) if at else None,
            password=_unescaped(password, shown) if colon else None,
            tls=scheme.lower() == "mqtts",
        )


def _host_and_port(place: str, shown: str, default_port: int) -> tuple[str, int]:
    if place.startswith("["):
        host, bracket, tail = place[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise InvalidBrokerAddress(f"broker URL '{shown}' has an unfinished IPv6 address: write [::1]:1883")
        colon, port = tail[:1], tail[1:]
    else:
        host, colon, port = place.partition(":")
    if _HOST.fullmatch(host) is None:
        # The host is not repeated: a credential without its '@' would land here, password and all.
        raise InvalidBrokerAddress(f"broker URL '{shown}' names no host, or has a path or query: write {_FORM}")
    if not colon:
        return host, default_port
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= _MAX_PORT):
        raise InvalidBrokerAddress(f"broker URL '{shown}' has no port from 1 to {_MAX_PORT} after ':': write {_FORM}")
    return host, int(port)


def _unescaped(text: str, shown: str) -> str:
    """Decode %XX; by hand, because the standard decoder lives in a network package that the domain may not reach."""
    if _BARE_PERCENT.search(text):
        raise InvalidBrokerAddress(f"the credential in broker URL '{shown}' holds a bare '%': write it as %25")
    try:
        return _ESCAPED_RUN.sub(lambda run: bytes.fromhex(run.group().replace("%", "")).decode(), text)
    except UnicodeDecodeError:
        # `from None`: the original error carries the bytes of the credential.
        raise InvalidBrokerAddress(f"the credential in broker URL '{shown}' is not UTF-8 after decoding %XX") from None


def _masked(url: str) -> str:
    """Keep only what cannot be a secret: the scheme, and what stands after the last '@' if there is one."""
    scheme, separator, rest = url.strip().partition("://")
    if not separator:
        return "***"
    _, at, place = rest.rpartition("@")
    if at:
        return f"{scheme}://***@{place}"
    # Without '@' a second ':' or an odd port may be a credential whose '@host' was forgotten.
    host, colon, _ = place.partition(":")
    return f"{scheme}://{host}{':***' if colon else ''}"
