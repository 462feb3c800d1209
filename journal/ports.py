"""What a journal can do, whatever holds it: take records durably in order of urgency, and give them back by seq."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from domain.errors import VigilError
from domain.record import Record, Urgency

Stored = Callable[[int | None, Exception | None], None]
"""Called once per submitted record, from the journal's writer thread: `(seq, None)` after the record is committed
with an fsync, or `(None, error)` when it could not be stored; then nothing may be acknowledged. Must not block."""


class JournalUnavailable(VigilError):
    """The journal cannot store now (disk full, I/O error, closing). What was submitted is not stored."""


class Retired(Struct, frozen=True, kw_only=True):
    """Up to which seq retention has taken the reading records, and the others; 0: none. What comes later is kept."""

    readings: int = 0
    others: int = 0


class JournalWriter(Protocol):
    """The only way into the journal. Safe to call from any thread."""

    def submit(self, record: Record, urgency: Urgency, stored: Stored) -> None:
        """Queue a record (its `seq` is ignored) and return at once; `stored` is told what became of it."""

    def append(self, record: Record, urgency: Urgency = Urgency.COMMAND, timeout: float = 10.0) -> int:
        """Store one record and wait for it; gives its seq.

        Raises:
            JournalUnavailable: it was not stored, or not within `timeout` seconds.
        """

    def waiting(self) -> Mapping[Urgency, int]:
        """How many submitted records of each urgency are not stored yet."""


class JournalReader(Protocol):
    """Reading by seq. Safe to call from any thread, while the writer writes."""

    @property
    def last_seq(self) -> int:
        """The seq of the newest stored record, 0 in an empty journal."""

    def read(self, after: int, limit: int) -> Sequence[Record]:
        """Give up to `limit` records with seq greater than `after`, in order of seq."""

    def record(self, seq: int) -> Record | None:
        """Give one record, or None where it never was or its retention is over."""

    def kept_after(self, seq: int) -> bool:
        """Tell whether every record with seq greater than `seq` is still kept; False where retention took some."""

    def retired(self) -> Retired:
        """Tell what retention has taken. Readings leave long before the other records."""

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until a record with seq greater than `after` is stored; False after `timeout` seconds without one."""


class Journal(JournalWriter, JournalReader, Protocol):
    """Both sides, as the composition root hands it to the runtime."""
