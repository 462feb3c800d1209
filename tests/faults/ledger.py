"""What the devices know: what they sent and what was acknowledged to them, by event id, also on disk."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from domain.identity import MessageIdentity
from simulators.device import Message


class Entry(Struct, frozen=True, array_like=True):
    """One line of the ledger file. `what` is `sent` or `acked`; topic and payload are there for what was sent."""

    what: str
    identity: MessageIdentity
    topic: str = ""
    payload: str = ""


class Ledger:
    """Safe from any thread. `sent` is in the order of sending, each message once however often it was repeated."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        self._lock = threading.Lock()
        self.sent: dict[MessageIdentity, Message] = {}
        self.acked: dict[MessageIdentity, None] = {}

    def note_sent(self, message: Message) -> None:
        identity = _identity(message)
        with self._lock:
            if identity not in self.sent:
                self.sent[identity] = message
                self._write(Entry("sent", identity, message.topic, message.payload.decode()))

    def note_acked(self, identity: MessageIdentity) -> None:
        with self._lock:
            if identity not in self.acked:
                self.acked[identity] = None
                self._write(Entry("acked", identity))

    def sync(self) -> None:
        """Bring everything noted so far to the disk."""
        with self._lock:
            self._file.flush()
            os.fsync(self._file.fileno())

    def unacked(self) -> int:
        with self._lock:
            return len(self.sent) - len(self.acked)

    def messages(self) -> Sequence[Message]:
        with self._lock:
            return list(self.sent.values())

    def close(self) -> None:
        self.sync()
        self._file.close()

    def _write(self, entry: Entry) -> None:
        self._file.write(msgspec.json.encode(entry) + b"\n")


def _identity(message: Message) -> MessageIdentity:
    assert message.identity is not None, "a message without identity cannot be followed"
    return message.identity
