"""Watches what runs out: room on the disk, a journal that stores, the days of certificates. Does nothing about it.

Each step is told once as a fault, until there is more again: a disk at 90 % and at 98 %, a certificate 30 days, 7 days
and one day before it expires, and when it has. How things stand is reported at each look; the engine makes an alarm of
it. Real time counts, whatever time it is in the building.
"""

import shutil
import ssl
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from domain.errors import VigilError
from domain.instant import DAY, Instant, from_seconds, to_iso
from domain.priority import Priority
from domain.record import ResourceKind, ResourceReported
from domain.text import Text
from runtime.clock import Clock, wall_clock
from vigil.broker_config import BrokerTls
from vigil.broker_tls import pinned_context
from vigil.settings import Settings

LOOK_SECONDS: Final = 10.0
FULL_STEPS: Final = ((0.90, Priority.HIGH), (0.98, Priority.CRITICAL))
"""Shares of the disk in use, and how urgent it is then."""

ROOM_AGAIN: Final = 0.85
"""Below this share the next filling is told anew."""

EXPIRY_STEPS: Final = ((30, Priority.LOW), (7, Priority.MEDIUM), (1, Priority.HIGH), (0, Priority.CRITICAL))
"""Days that are left, and how urgent it is then."""

DISK: Final = "disk"
JOURNAL: Final = "journal"
"""Names of what is reported; a certificate's is its option."""

Tell = Callable[[str, object], None]
Report = Callable[[ResourceReported], bool]
"""Gives False where the engine could not be told: it is reported again at the next look."""

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
        report: Report,
        refusals: Callable[[], tuple[int, str]],
        *,
        clock: Clock = wall_clock,
        disk_use: DiskUse = share_in_use,
        others: Sequence[Callable[[], None]] = (),
    ) -> None:
        """`folder` lies on the disk to watch; `tell` gets where and what is new, `report` how each thing stands.

        `refusals` gives how often the journal could not store so far, and why the last time. `others` look too, at the
        same pace.
        """
        self._folder = folder
        self._certificates = tuple(certificates)
        self._tell = tell
        self._report = report
        self._refusals = refusals
        self._clock = clock
        self._disk_use = disk_use
        self._others = tuple(others)
        self._full_step = 0
        self._expiry_steps: dict[Certificate, int] = {}
        self._unreadable: dict[Certificate, str] = {}
        self._seen_refusals = 0
        self._refused = ""
        self._is_refusal_told = False
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
        """Look once: tell each step that has been reached and not been told, and report how everything stands."""
        self._look_at_journal()
        self._look_at_disk()
        for certificate in self._certificates:
            self._look_at_certificate(certificate)
        for look in self._others:
            look()

    def _look_at_journal(self) -> None:
        # A journal that refuses refuses this report too: it is made again until it is taken, and is over a look later.
        refusals, newest = self._refusals()
        if refusals > self._seen_refusals:
            self._seen_refusals, self._refused = refusals, newest
        elif self._is_refusal_told:
            self._refused = ""
        if self._refused:
            seen = Text(f"the journal did not store: {self._refused}", f"记录链未能存储：{self._refused}")
            self._is_refusal_told = self._report(_storage(JOURNAL, Priority.CRITICAL, seen))
        else:
            self._report(_storage(JOURNAL, None, Text("the journal stores", "记录链存储正常")))

    def _look_at_disk(self) -> None:
        used = self._disk_use(self._folder)
        if used < ROOM_AGAIN:
            self._full_step = 0
        reached = sum(used >= share for share, _ in FULL_STEPS)
        if reached > self._full_step:
            self._full_step = reached
            self._tell("storage", f"the disk of {self._folder} is {used:.0%} full: make room, or nothing can be stored")
        priority = FULL_STEPS[self._full_step - 1][1] if self._full_step else None
        seen = Text(f"the disk of {self._folder} is {used:.0%} full", f"{self._folder} 所在磁盘已用 {used:.0%}")
        self._report(_storage(DISK, priority, seen))

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
        reached = sum(left <= days * DAY for days, _ in EXPIRY_STEPS)
        if reached > self._expiry_steps.get(certificate, 0):
            self._tell("certificate", _expiry_sentence(certificate, expires, left))
        self._expiry_steps[certificate] = reached
        self._report(
            ResourceReported(
                kind=ResourceKind.CERTIFICATE,
                name=certificate.option,
                priority=EXPIRY_STEPS[reached - 1][1] if reached else None,
                seen=Text(
                    f"{certificate.file} is valid until {to_iso(expires)}",
                    f"{certificate.file} 有效期至 {to_iso(expires)}",
                ),
            )
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
                self._is_blind = False
            except (OSError, VigilError) as error:
                if not self._is_blind:
                    self._tell("storage", f"the room on the disk of {self._folder} cannot be watched: {error}")
                self._is_blind = True
            self._stopping.wait(LOOK_SECONDS)


def _storage(name: str, priority: Priority | None, seen: Text) -> ResourceReported:
    return ResourceReported(kind=ResourceKind.STORAGE, name=name, priority=priority, seen=seen)


def _expiry_sentence(certificate: Certificate, expires: Instant, left: int) -> str:
    named = f"{certificate.option} {certificate.file}"
    if left <= 0:
        return f"{named} expired at {to_iso(expires)}: nobody who checks it connects any more; renew it"
    days = left // DAY
    many = "less than a day" if days == 0 else "one day" if days == 1 else f"{days} days"
    return f"{named} expires in {many}, at {to_iso(expires)}: renew it"
