"""Reading segments, from any thread, while the writer writes.

The blocks of all segments, whatever their kind, never overlap: in order of their first seq they are the journal.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from domain.record import Record
from journal.chain import Link, SegmentKind
from journal.codec import unpack_block
from journal.ports import JournalUnavailable
from journal.sqlite_segments import connect

IDLE_CONNECTIONS: Final = 12
"""Each holds three file descriptors; a replay of two years walks through 1,460 segments."""

_BLOCKS_AFTER: Final = (
    "SELECT first_seq, last_seq, records FROM blocks WHERE last_seq > ? AND last_seq <= ? ORDER BY last_seq"
)


class _StoredBlock(NamedTuple):
    first_seq: int
    last_seq: int
    records: bytes


class SegmentReader:
    """Gives records by seq out of the segments that `links` lists at the time."""

    def __init__(self, folder: Path, links: Callable[[], Sequence[Link]], timeout: float) -> None:
        """`timeout` in seconds is how long a reader waits for a lock that another program holds."""
        self._folder = folder
        self._links = links
        self._connections = _Connections(folder, timeout)

    def read(self, after: int, upto: int, limit: int) -> list[Record]:
        """Give up to `limit` records with `after` < seq <= `upto`, in order of seq.

        Raises:
            JournalUnavailable: a segment is missing or cannot be read.
            UnreadableRecord: a record is damaged or of a newer release.
        """
        if limit <= 0:
            return []
        blocks: list[_StoredBlock] = []
        for kind in SegmentKind:
            found, enough = self._blocks(kind, after, upto, limit)
            blocks += found
            if enough:
                upto = found[-1].last_seq  # of the other kinds, what comes later is not wanted
        blocks.sort()
        records: list[Record] = []
        for block in blocks:
            if len(records) >= limit:
                break
            unpacked = unpack_block(block.first_seq, block.records)
            records += unpacked[max(0, after + 1 - block.first_seq) :]
        return records[:limit]

    def forget(self, names: Sequence[str]) -> None:
        """Close what is open of segments that are gone."""
        for name in names:
            self._connections.drop(name)

    def close(self) -> None:
        """Close every file; later reads are refused."""
        self._connections.close()

    def _blocks(self, kind: SegmentKind, after: int, upto: int, limit: int) -> tuple[list[_StoredBlock], bool]:
        """The blocks of one kind that hold its next `limit` records, or all there are; and whether that was enough."""
        found: list[_StoredBlock] = []
        for link in self._links():
            if link.kind is not kind or link.retired or (link.head is not None and link.head.last_seq <= after):
                continue
            limit -= self._take_blocks(link, after, upto, limit, found)
            if limit <= 0:
                return found, True
        return found, False

    def _take_blocks(self, link: Link, after: int, upto: int, limit: int, found: list[_StoredBlock]) -> int:
        """Add blocks of one segment to `found` until `limit` records are there; say how many there are."""
        count = 0
        try:
            with (
                self._connections.one(link.name) as connection,
                closing(connection.execute(_BLOCKS_AFTER, (after, upto))) as rows,
            ):
                for row in rows:
                    block = _StoredBlock(*row)
                    found.append(block)
                    count += block.last_seq - max(after, block.first_seq - 1)
                    if count >= limit:
                        break
        except sqlite3.Error as error:
            if any(now.name == link.name and now.retired for now in self._links()):
                return count  # its retention ended while we were reading
            raise JournalUnavailable(
                f"{self._folder / link.name} cannot be read ({error}): restore it from a backup"
            ) from error
        return count


class _Connections:
    """Open connections that nobody uses just now, by segment. One is used by one thread at a time."""

    def __init__(self, folder: Path, timeout: float) -> None:
        self._folder = folder
        self._timeout = timeout
        self._idle: OrderedDict[str, list[sqlite3.Connection]] = OrderedDict()
        self._closed = False
        self._lock = Lock()

    @contextmanager
    def one(self, name: str) -> Iterator[sqlite3.Connection]:
        connection = self._take(name)
        with ExitStack() as on_error:
            on_error.callback(connection.close)
            yield connection
            on_error.pop_all()
        self._give_back(name, connection)

    def drop(self, name: str) -> None:
        with self._lock:
            for connection in self._idle.pop(name, []):
                connection.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for connections in self._idle.values():
                for connection in connections:
                    connection.close()
            self._idle.clear()

    def _take(self, name: str) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise JournalUnavailable(f"the journal in {self._folder} is closed")
            idle = self._idle.get(name)
            if idle:
                return idle.pop()
        connection = connect(self._folder / name, create=False, timeout=self._timeout)
        connection.execute("PRAGMA query_only = 1")
        return connection

    def _give_back(self, name: str, connection: sqlite3.Connection) -> None:
        with self._lock:
            if self._closed:
                connection.close()
                return
            self._idle.setdefault(name, []).append(connection)
            self._idle.move_to_end(name)
            while sum(map(len, self._idle.values())) > IDLE_CONNECTIONS:
                oldest = next(iter(self._idle))
                for extra in self._idle.pop(oldest):
                    extra.close()
