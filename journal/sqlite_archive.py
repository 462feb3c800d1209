"""A journal folder as another process may read it: `vigil replay` beside a running service, or a copy of a folder."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from domain.record import Record
from journal.chain import CHAIN_FILE, JournalDamaged, Link, kept_after, load_chain, retired
from journal.ports import Retired
from journal.sqlite_reader import SegmentReader
from journal.sqlite_segments import connect, read_head


class SqliteArchive:
    """Implements `journal.ports.JournalReader` for what was stored when it was opened; nothing is ever added.

    It takes no lock and changes no record. Everything up to the newest seq of either kind of segment is there: batches
    are committed in the order of their seqs.
    """

    def __init__(self, folder: Path, key: bytes, *, lock_timeout: float = 2.0) -> None:
        """Look how far the journal reaches now.

        Raises:
            JournalDamaged: there is no journal, or its chain and the key do not belong together.
            sqlite3.Error: a segment cannot be read.
        """
        self._folder = folder.resolve()
        self._key = key
        self._lock_timeout = lock_timeout
        self._stamp = 0
        self._known: Sequence[Link] = ()
        links = self._links()
        self.last_seq = max((self._last_seq(link) for link in links), default=0)
        self._reader = SegmentReader(self._folder, self._links, lock_timeout)

    def read(self, after: int, limit: int) -> Sequence[Record]:
        """Give up to `limit` records with seq greater than `after`, in order of seq; errors as `SqliteJournal`."""
        return self._reader.read(after, self.last_seq, limit)

    def record(self, seq: int) -> Record | None:
        """Give one record, or None where it never was or its retention is over."""
        found = self.read(seq - 1, 1)
        return found[0] if found and found[0].seq == seq else None

    def wait(self, after: int, timeout: float) -> bool:  # noqa: ARG002 - nothing is worth waiting for
        """Tell whether there is a record after the seq, at once: there will be no other."""
        return self.last_seq > after

    def kept_after(self, seq: int) -> bool:
        """Tell whether every record with seq greater than `seq` is still kept; False where retention took some."""
        return kept_after(self._links(), seq)

    def retired(self) -> Retired:
        """Tell what retention has taken."""
        return retired(self._links())

    def close(self) -> None:
        """Close the files."""
        self._reader.close()

    def _last_seq(self, link: Link) -> int:
        if link.head is not None:
            return link.head.last_seq
        path = self._folder / link.name
        with closing(connect(path, create=False, timeout=self._lock_timeout)) as connection:
            return read_head(connection, path).last_seq

    def _links(self) -> Sequence[Link]:
        """The chain as it is now: the service may delete segments while we read."""
        path = self._folder / CHAIN_FILE
        try:
            stamp = path.stat().st_mtime_ns
        except FileNotFoundError:
            raise JournalDamaged(f"{self._folder} holds no journal: name the folder that holds {CHAIN_FILE}") from None
        if stamp != self._stamp:
            self._known = load_chain(self._folder, self._key)
            self._stamp = stamp
        return self._known
