"""Every port that Vigil opens: who may speak there, and how that is proved.

`docs/security.md` shows this table; `tests/security/test_listeners.py` starts Vigil, walks the ports that its processes
listen on, and fails on one that is not listed here.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from vigil.settings import BUNDLED, Settings

ANY_PORT: Final = 0
"""A port that the system chooses."""

LOOPBACK: Final = "127.0.0.1"


class Owner(StrEnum):
    """Whose process listens."""

    VIGIL = "vigil"
    BROKER = "nats-server"


class Listener(Struct, frozen=True, kw_only=True):
    """One listening TCP port, with what it is told to be now and what it is without being told.

    `answers` lists what it says to somebody without a credential; everything else is refused.
    """

    name: str
    owner: Owner
    protocol: str
    host: str
    port: int
    default: str
    who: str
    proof: str
    answers: tuple[str, ...] = ()

    def matches(self, owner: str, host: str, port: int) -> bool:
        """Tell whether an open port is this one."""
        return (self.owner, self.host) == (owner, host) and self.port in (ANY_PORT, port)


def listeners(settings: Settings) -> tuple[Listener, ...]:
    """List what a Vigil with these settings opens. A port of 0 stands for one that is chosen at the start."""
    found = [_api(settings)]
    if settings.broker == BUNDLED:
        found += [_mqtt(settings), _native()]
    return tuple(found)


def _api(settings: Settings) -> Listener:
    return Listener(
        name="API and page",
        owner=Owner.VIGIL,
        protocol="HTTPS, TLS 1.2 or newer" if settings.tls_cert else "HTTP",
        host=settings.host,
        port=settings.port,
        default=f"{LOOPBACK}:8080",
        who="operators, programs that act for them, and officers' phones",
        proof=(
            "the API token, or a session that a one-time link or the token opened; a phone's own token (`vigil device "
            "token`) opens `GET /api/v1/phone`, `POST /api/v1/observations` and `POST /api/v1/photos` alone"
        ),
        answers=("/healthz and /readyz, without any detail", "the files of the pages"),
    )


def _mqtt(settings: Settings) -> Listener:
    proof = "user name and password"
    if settings.mqtt_tls_ca:
        proof = "a client certificate of the named authority, and user name and password"
    return Listener(
        name="MQTT of the bundled broker",
        owner=Owner.BROKER,
        protocol="MQTT 3.1.1 over TLS 1.2 or newer" if settings.mqtt_tls_cert else "MQTT 3.1.1",
        host=settings.mqtt_host,
        port=settings.mqtt_port,
        default=f"{LOOPBACK}:1883",
        who="devices, each about itself; panels, who only read; Vigil",
        proof=proof,
    )


def _native() -> Listener:
    return Listener(
        name="NATS of the bundled broker",
        owner=Owner.BROKER,
        protocol="NATS",
        host=LOOPBACK,
        port=ANY_PORT,
        default=f"{LOOPBACK}, a port that the system chooses",
        who="nobody: nats-server cannot be told to close it, and every user is bound to MQTT",
        proof="no credential opens it",
    )
