"""What nats-server writes into its log that somebody has to know: whom it refused, and whether it loaded a change.

It answers a denied publish like any other (MQTT 3.1.1 has no other answer), so its log is the only place that tells.
"""

import os
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

_CHUNK: Final = 1 << 18
_LONGEST_LINE: Final = 1 << 17
_SHOWN: Final = 120

# The client id and the subject are a client's own words. The server quotes them, so that none can hold a line break or
# an open quote; nothing is searched for beyond the places where the server itself writes.
_LINE: Final = re.compile(r"\[\d+\] \S+ \S+ \[(?P<level>[A-Z]{3})\] (?P<said>.*)")
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_CLIENT: Final = re.compile(rf"\S+ - mid:\d+(?: - (?P<client>{_QUOTED}))? - (?P<what>.*)")
_DENIED: Final = re.compile(rf"(?P<kind>Publish|Subscription) Violation - Subject (?P<subject>{_QUOTED})")
_REPLACED: Final = re.compile(r"Replacing old client ")
_LOGIN: Final = re.compile(rf"authentication error(?: - User (?P<user>{_QUOTED}))?$")
_HANDSHAKE: Final = "TLS handshake error: "
_LOADED: Final = "Reloaded server configuration"
_NOT_LOADED: Final = "Failed to reload server configuration: "


class Sort(StrEnum):
    """What a line of the log is about."""

    PUBLISH_DENIED = "publish_denied"
    SUBSCRIBE_DENIED = "subscribe_denied"
    LOGIN_REFUSED = "login_refused"
    TLS_REFUSED = "tls_refused"
    CLIENT_ID_TAKEN = "client_id_taken"
    LOADED = "loaded"
    NOT_LOADED = "not_loaded"


REFUSALS: Final = (Sort.PUBLISH_DENIED, Sort.SUBSCRIBE_DENIED, Sort.LOGIN_REFUSED, Sort.TLS_REFUSED)


class Notice(Struct, frozen=True):
    """One line that matters. `client` is the client id as the server quotes it; `detail` says on what or why."""

    sort: Sort
    client: str = ""
    detail: str = ""


def notice_of(line: str) -> Notice | None:
    """Understand one line; None where it is of no concern."""
    parts = _LINE.match(line)
    if parts is None:
        return None
    said = parts["said"]
    if said.startswith(_LOADED):
        return Notice(Sort.LOADED)
    if said.startswith(_NOT_LOADED):
        return Notice(Sort.NOT_LOADED, detail=said[len(_NOT_LOADED) :])
    about = _CLIENT.match(said)
    if about is None:
        return None
    return _about_client(about["client"] or "", about["what"])


def _about_client(client: str, what: str) -> Notice | None:
    shown = client[:_SHOWN]
    denied = _DENIED.match(what)
    if denied is not None:
        sort = Sort.PUBLISH_DENIED if denied["kind"] == "Publish" else Sort.SUBSCRIBE_DENIED
        return Notice(sort, shown, denied["subject"][:_SHOWN])
    if _REPLACED.match(what):
        return Notice(Sort.CLIENT_ID_TAKEN, shown)
    login = _LOGIN.match(what)
    if login is not None:
        return Notice(Sort.LOGIN_REFUSED, shown, f"user {login['user'] or 'not given'}"[:_SHOWN])
    if what.startswith(_HANDSHAKE):
        return Notice(Sort.TLS_REFUSED, shown, what[len(_HANDSHAKE) :][:_SHOWN])
    return None


class LogReader:
    """Reads what is appended to a log, also across its rotation. Belongs to one thread."""

    def __init__(self, path: Path) -> None:
        """Begin at the end of the log as it is now; `path` need not exist yet."""
        self._path = path
        self._stream: BinaryIO | None = None
        self._rest = b""
        self._open(at_end=True)

    def read(self) -> Iterator[Notice]:
        """Give what was said since the last call."""
        for line in self._lines():
            notice = notice_of(line.decode(errors="replace"))
            if notice is not None:
                yield notice

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _lines(self) -> Iterator[bytes]:
        while True:
            # Asked before the end is read: a log that is rotated meanwhile is read to its end on the next turn.
            replaced = self._is_replaced()
            if self._stream is not None:
                while chunk := self._stream.read(_CHUNK):
                    *whole, self._rest = (self._rest + chunk).split(b"\n")
                    yield from whole
                    if len(self._rest) > _LONGEST_LINE:
                        self._rest = b""
            if not replaced:
                return
            self.close()
            self._open(at_end=False)

    def _is_replaced(self) -> bool:
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False
        if self._stream is None:
            return True
        mine = os.fstat(self._stream.fileno())
        return (mine.st_dev, mine.st_ino) != (now.st_dev, now.st_ino)

    def _open(self, *, at_end: bool) -> None:
        self._rest = b""
        try:
            self._stream = self._path.open("rb")
        except FileNotFoundError:
            return
        if at_end:
            self._stream.seek(0, os.SEEK_END)
