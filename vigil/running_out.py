"""Watches what runs out: room on the disk, and the days of certificates. Tells; does nothing about it.

Each step is told once, until there is more again: a disk at 90 % and at 98 %, a certificate 30 days, 7 days and one day
before it expires, and when it has. Real time counts, whatever time it is in the building.
"""

import shutil
import ssl
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from domain.instant import DAY, Instant, from_seconds, to_iso
from runtime.clock import Clock, wall_clock
from vigil.broker_config import BrokerTls
from vigil.broker_tls import pinned_context
from vigil.settings import Settings

LOOK_SECONDS: Final = 10.0
FULL_STEPS: Final = (0.90, 0.98)
"""Shares of the disk in use."""

ROOM_AGAIN: Final = 0.85
"""Below this share the next filling is told anew."""

EXPIRY_STEPS: Final = (30, 7, 1, 0)
"""Days that are left."""

Tell = Callable[[str, object], None]
DiskUse = Callable[[Path], float]


class Certificate(Struct, frozen=True):
    """A server's certificate, named as the option that gave it."""

    option: str
    file: Path
    key: Path


def served_certificates(settings: Settings) -> Sequence[Certificate]:
    """The certificates that Vigil shows to others."""
    given = (
        ("tls-cert", settings.tls_cert, settings.tls_key),
        ("mqtt-tls-cert", settings.mqtt_tls_cert, settings.mqtt_tls_key),
    )
    return [Certificate(name, Path(file).resolve(), Path(key).resolve()) for name, file, key in given if file and key]


def share_in_use(folder: Path) -> float:
    """How much of its disk is used or kept from us, 0 to 1."""
    usage = shutil.disk_usage(folder)
    return 1.0 - usage.free / usage.total if usage.total else 1.0


def expires_at(certificate: Path, key: Path) -> Instant:
    """When a certificate expires, as one sees it who connects.

    Raises:
        OSError: the files cannot be read, or do not belong together.
    """
    # The ssl module shows a certificate to its peer alone: so a handshake with ourselves, in memory.
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(certificate, key, password="")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = pinned_context(BrokerTls(certificate, key)).wrap_bio(to_client, to_server)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    for end in (client, server, client):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    shown = client.getpeercert()
    if not shown:
        raise ssl.SSLError(f"{certificate} cannot be shown to anybody")
    return from_seconds(ssl.cert_time_to_seconds(str(shown["notAfter"])))


class RunningOut:
    """Looks from `start` to `stop`, on a thread of its own."""

    def __init__(
        self,
        folder: Path,
        certificates: Sequence[Certificate],
        tell: Tell,
        clock: Clock = wall_clock,
        disk_use: DiskUse = share_in_use,
    ) -> None:
        """`folder` lies on the disk to watch; `tell` gets where and what."""
        self._folder = folder
        self._certificates = tuple(certificates)
        self._tell = tell
        self._clock = clock
        self._disk_use = disk_use
        self._full_step = 0
        self._expiry_steps: dict[Certificate, int] = {}
        self._unreadable: dict[Certificate, str] = {}
        self._is_blind = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="running-out", daemon=True)

    def start(self) -> None:
        """Begin with a look at once."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def look(self) -> None:
        """Look once, and tell each step that has been reached and not been told."""
        self._look_at_disk()
        for certificate in self._certificates:
            self._look_at_certificate(certificate)

    def _look_at_disk(self) -> None:
        used = self._disk_use(self._folder)
        if used < ROOM_AGAIN:
            self._full_step = 0
        reached = sum(used >= step for step in FULL_STEPS)
        if reached > self._full_step:
            self._full_step = reached
            self._tell("storage", f"the disk of {self._folder} is {used:.0%} full: make room, or nothing can be stored")

    def _look_at_certificate(self, certificate: Certificate) -> None:
        try:
            expires = expires_at(certificate.file, certificate.key)
        except OSError as error:
            # Half a renewal, for a moment; whoever serves with it tells more.
            if self._unreadable.get(certificate) != str(error):
                self._unreadable[certificate] = str(error)
                self._tell("certificate", f"{certificate.option} {certificate.file} cannot be read: {error}")
            return
        self._unreadable.pop(certificate, None)
        left = expires - self._clock()
        reached = sum(left <= days * DAY for days in EXPIRY_STEPS)
        if reached > self._expiry_steps.get(certificate, 0):
            self._tell("certificate", _expiry_sentence(certificate, expires, left))
        self._expiry_steps[certificate] = reached

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
                self._is_blind = False
            except OSError as error:
                if not self._is_blind:
                    self._tell("storage", f"the room on the disk of {self._folder} cannot be watched: {error}")
                self._is_blind = True
            self._stopping.wait(LOOK_SECONDS)


def _expiry_sentence(certificate: Certificate, expires: Instant, left: int) -> str:
    named = f"{certificate.option} {certificate.file}"
    if left <= 0:
        return f"{named} expired at {to_iso(expires)}: nobody who checks it connects any more; renew it"
    days = left // DAY
    many = "less than a day" if days == 0 else "one day" if days == 1 else f"{days} days"
    return f"{named} expires in {many}, at {to_iso(expires)}: renew it"
