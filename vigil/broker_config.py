"""What the bundled broker is told: its users with their rights, its limits, and the configuration file made of both."""

import json
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from domain.errors import VigilError
from vigil.secret_strength import SHORTEST, is_weak

COLLECTOR = "collector"
DEVICES = "devices"
PANELS = "panels"
# 192 bits.
_SECRET_BYTES = 24
_HANDSHAKE_SECONDS = 5
_USER_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# No level may hold '*', '>' or a space, which mean something else to NATS, nor '$', behind which lies its own API. A
# '.' parts levels in NATS; the gateway writes it as '//'.
_LEVEL = re.compile(r"\+|[A-Za-z0-9_.-]+")


class BrokerError(VigilError):
    """The bundled broker cannot be configured, started or supervised."""


@dataclass(frozen=True, slots=True)
class BrokerUser:
    """A credential and the topic filters it may use. An empty list allows nothing; what is denied wins.

    `password` is the password itself, or its bcrypt hash where nobody here needs to know more.
    """

    name: str
    password: str = field(repr=False)
    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    publish_denied: tuple[str, ...] = ()
    subscribe_denied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokerTls:
    """PEM files of an MQTT listener that speaks TLS.

    With `ca`, clients must show a certificate that it signed; Vigil's own is a client too and shows `own_certificate`.
    """

    certificate: Path
    key: Path
    ca: Path | None = None
    own_certificate: Path | None = None
    own_key: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """What the listener reads; the server must load it anew where it changes."""
        return (self.certificate, self.key) if self.ca is None else (self.certificate, self.key, self.ca)


@dataclass(frozen=True, slots=True)
class MqttListener:
    """Where MQTT clients connect."""

    host: str
    port: int
    tls: BrokerTls | None = None


@dataclass(frozen=True, slots=True)
class BrokerLimits:
    """Bounds the broker enforces.

    The gateway counts unacknowledged deliveries twice: per filter, fixed when the filter is first subscribed, and per
    session. What passes the session's count is put off silently for `ack_wait_seconds`, so that a flood on one filter
    would delay the alarms on another by seconds. Sessions are therefore prepared under `filter_window` and served under
    the larger `session_window`, which holds eight full filters.
    """

    max_payload_bytes: int = 1 << 20
    max_store_bytes: int = 1 << 30
    filter_window: int = 512
    session_window: int = 4096
    # After a reconnect, unacknowledged messages come back only when this has passed since their first delivery.
    ack_wait_seconds: int = 5
    log_file_bytes: int = 1 << 20
    log_files: int = 3


class BrokerSecrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The passwords of this installation: Vigil's own, the devices' shared one, and that of panels that only look.

    `sessions` is a part of Vigil's own client ids. To MQTT a client id is all there is to a session: whoever may log in
    and knows it takes the session over, or wipes it with what waits there. So nobody must be able to guess it.
    """

    collector: str
    devices: str
    panels: str
    sessions: str = ""

    def __repr__(self) -> str:
        return "BrokerSecrets(...)"


def load_or_create_secrets(path: Path) -> BrokerSecrets:
    """Read the passwords, or make them where there are none yet; a file cut short or weakened by hand is refused."""
    if not path.exists():
        made = BrokerSecrets(
            collector=secrets.token_urlsafe(_SECRET_BYTES),
            devices=secrets.token_urlsafe(_SECRET_BYTES),
            panels=secrets.token_urlsafe(_SECRET_BYTES),
            sessions=secrets.token_urlsafe(_SECRET_BYTES),
        )
        write_private(path, msgspec.json.encode(made))
    remedy = f"restore {path} from a backup, or delete it to have new passwords made (devices then need the new one)"
    if path.stat().st_mode & 0o077:
        raise BrokerError(f"broker passwords in {path} are open to other users of this machine: run chmod 600 {path}")
    try:
        found = msgspec.json.decode(path.read_bytes(), type=BrokerSecrets)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # `from None`: a decoder's message may quote what it could not read.
        raise BrokerError(f"broker passwords in {path} cannot be read: {remedy}") from None
    if not found.sessions:
        # Written before client ids were secret.
        found = msgspec.structs.replace(found, sessions=secrets.token_urlsafe(_SECRET_BYTES))
        write_private(path, msgspec.json.encode(found))
    passwords = (found.collector, found.devices, found.panels, found.sessions)
    if any(map(is_weak, passwords)) or len(set(passwords)) < len(passwords):
        raise BrokerError(f"broker passwords in {path} are short, plain or equal to each other: {remedy}")
    return found


def subjects_of(topic_filter: str) -> tuple[str, ...]:
    """Translate an MQTT filter into NATS subjects; `a/#` covers `a` itself in MQTT, which NATS needs said."""
    levels = topic_filter.split("/")
    deep = levels[-1] == "#"
    literal = levels[:-1] if deep else levels
    if not literal or not all(_LEVEL.fullmatch(level) for level in literal):
        raise BrokerError(
            f"topic filter '{topic_filter}' cannot be granted: write levels of A-Z a-z 0-9 _ - . or '+', "
            "parted by '/', with '#' only at the end and not alone"
        )
    subject = ".".join("*" if level == "+" else level.replace(".", "//") for level in literal)
    return (subject, f"{subject}.>") if deep else (subject,)


def room_for(store: Path, limits: BrokerLimits) -> int:
    """Leave room above a full store: no session, not even the collector's, can connect to drain one without any.

    Ask once for each start of the server: it refuses a whole reload that makes this figure smaller.
    """
    used = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    return max(limits.max_store_bytes, used + limits.max_store_bytes // 4)


def render(
    listener: MqttListener,
    *,
    users: Sequence[BrokerUser],
    limits: BrokerLimits,
    window: int,
    store: Path,
    store_bytes: int,
    log: Path,
) -> str:
    """Make the file nats-server reads. It accepts JSON, whose quoting is not ours to get wrong."""
    return json.dumps(
        {
            # JetStream finds its streams again by this name.
            "server_name": "vigil",
            # Nobody may log in here (every user is MQTT only), but nats-server cannot be told not to listen.
            "host": "127.0.0.1",
            "port": -1,
            "max_payload": limits.max_payload_bytes,
            "log_file": str(log),
            "logfile_size_limit": limits.log_file_bytes,
            "logfile_max_num": limits.log_files,
            "jetstream": {
                "store_dir": str(store),
                # Without it a PUBACK promises no more than memory for up to two minutes.
                "sync_interval": "always",
                "max_memory_store": 16 << 20,
                "max_file_store": store_bytes,
            },
            "mqtt": {
                "host": listener.host,
                "port": listener.port,
                "ack_wait": f"{limits.ack_wait_seconds}s",
                "max_ack_pending": window,
                **_tls(listener.tls),
            },
            "authorization": {"users": [_rights(user) for user in users]},
        },
        ensure_ascii=False,
        indent=2,
    )


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` at once and durably, readable by its owner only from the first byte."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _tls(tls: BrokerTls | None) -> dict[str, object]:
    if tls is None:
        return {}
    settings: dict[str, object] = {
        "cert_file": str(tls.certificate),
        "key_file": str(tls.key),
        "min_version": "1.2",
        "timeout": _HANDSHAKE_SECONDS,
    }
    if tls.ca is not None:
        settings |= {"ca_file": str(tls.ca), "verify": True}
    return {"tls": settings}


def _rights(user: BrokerUser) -> dict[str, object]:
    if _USER_NAME.fullmatch(user.name) is None:
        raise BrokerError(f"broker user '{user.name}' cannot be made: write 1 to 64 characters of A-Z a-z 0-9 _ -")
    if is_weak(user.password):
        raise BrokerError(
            f"the password of broker user '{user.name}' has under {SHORTEST} characters, or hardly any different ones: "
            "make one"
        )
    return {
        "user": user.name,
        "password": user.password,
        "allowed_connection_types": ["MQTT"],
        "permissions": {
            "publish": _allowed(user.publish, user.publish_denied),
            "subscribe": _allowed(user.subscribe, user.subscribe_denied),
        },
    }


def _allowed(filters: Sequence[str], denied: Sequence[str]) -> dict[str, list[str]]:
    if not filters:
        # To nats-server an empty allow-list is no list, which allows everything.
        return {"deny": [">"]}
    rights = {"allow": [subject for topic_filter in filters for subject in subjects_of(topic_filter)]}
    if denied:
        rights["deny"] = [subject for topic_filter in denied for subject in subjects_of(topic_filter)]
    return rights
