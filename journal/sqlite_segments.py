"""One segment: a SQLite file with blocks of records and the head of their chain.

A block is what one commit stored: records of consecutive seqs as one value, so that a commit costs two statements
however many records it holds. The head is updated in the same transaction.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from journal.chain import Head, JournalDamaged, next_digest, opening_digest

_DURABLE: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    # A long reader can make the write-ahead log grow; afterwards it shrinks to this many bytes again.
    "PRAGMA journal_size_limit = 67108864",
)
_CREATE: Final = (
    """
    CREATE TABLE IF NOT EXISTS blocks (
        last_seq INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, records BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE IF NOT EXISTS head (
        id INTEGER PRIMARY KEY CHECK (id = 1), last_seq INTEGER NOT NULL, count INTEGER NOT NULL, digest TEXT NOT NULL,
        proofs INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
)
_BEGIN_HEAD: Final = "INSERT OR REPLACE INTO head (id, last_seq, count, digest) VALUES (1, 0, 0, ?)"
_READ_HEAD: Final = "SELECT last_seq, count, digest FROM head"
_ADD_BLOCK: Final = "INSERT INTO blocks (last_seq, first_seq, records) VALUES (?, ?, ?)"
_MOVE_HEAD: Final = "UPDATE head SET last_seq = ?, count = ?, digest = ? WHERE digest = ?"
_PROVE: Final = "UPDATE head SET proofs = proofs + 1"


def connect(
    path: Path, *, create: bool, timeout: float, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """Open a segment file for use from any one thread at a time; transactions are ours to begin and end.

    Without `create` a missing file is an error instead of a new, empty segment.
    """
    uri = f"{path.as_uri()}?mode={'rwc' if create else 'rw'}"
    return sqlite3.connect(
        uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False, factory=factory
    )


class Segment:
    """A segment as its writer holds it. Not safe for several threads."""

    def __init__(self, path: Path, key: bytes, timeout: float, factory: type[sqlite3.Connection]) -> None:
        """Open an existing segment.

        Raises:
            sqlite3.Error: the file is missing or cannot be read.
            JournalDamaged: it has no head.
        """
        self._path = path
        self._key = key
        self._connection = connect(path, create=False, timeout=timeout, factory=factory)
        with ExitStack() as on_error:
            on_error.callback(self._connection.close)
            prepare_for_writing(self._connection)
            self.head = read_head(self._connection, path)
            on_error.pop_all()

    def add(self, first_seq: int, last_seq: int, block: bytes) -> None:
        """Store a block and move the head, in one durable transaction; on an error neither is done.

        Raises:
            sqlite3.Error: as SQLite says.
            JournalDamaged: somebody else has moved the head.
        """
        head = self.head
        moved = Head(
            segment=head.segment,
            last_seq=last_seq,
            count=head.count + last_seq - first_seq + 1,
            digest=next_digest(self._key, head.digest, first_seq, last_seq, block),
        )
        with transaction(self._connection):
            self._connection.execute(_ADD_BLOCK, (last_seq, first_seq, block))
            done = self._connection.execute(_MOVE_HEAD, (last_seq, moved.count, moved.digest, head.digest))
            if done.rowcount != 1:
                raise JournalDamaged(f"{self._path} was changed by somebody else: run `vigil verify`")
        self.head = moved

    def prove_writable(self) -> None:
        """Commit something that changes no record.

        After a commit that failed at its fsync, its pages may lie in the write-ahead log and would come to life at
        the next start. This commit takes their place, and proves that the disk takes commits again.
        """
        with transaction(self._connection):
            self._connection.execute(_PROVE)

    def close(self) -> None:
        """Close the file; the last one to do so also empties its write-ahead log."""
        self._connection.close()


def holds_records(path: Path, timeout: float) -> bool:
    """Tell whether a segment file has any block; one that a crash left without tables has none."""
    with closing(connect(path, create=False, timeout=timeout)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        return "blocks" in tables and connection.execute("SELECT 1 FROM blocks LIMIT 1").fetchone() is not None


def create_segment(path: Path, key: bytes, previous: str, timeout: float) -> None:
    """Make an empty segment that names the one before by its digest; what a crash left half made is completed.

    Raises:
        sqlite3.Error: as SQLite says.
        JournalDamaged: there is a segment of this name that holds records.
    """
    with closing(connect(path, create=True, timeout=timeout)) as connection:
        prepare_for_writing(connection)
        with transaction(connection):
            for statement in _CREATE:
                connection.execute(statement)
            if connection.execute("SELECT 1 FROM blocks LIMIT 1").fetchone() is not None:
                raise JournalDamaged(f"{path} holds records, but the chain does not list it: run `vigil verify`")
            connection.execute(_BEGIN_HEAD, (opening_digest(key, path.name, previous),))


def prepare_for_writing(connection: sqlite3.Connection) -> None:
    """Set what makes a commit durable. SQLite keeps the journal mode in the file, the rest per connection."""
    for statement in _DURABLE:
        connection.execute(statement)


def read_head(connection: sqlite3.Connection, path: Path) -> Head:
    """Read where a segment ends.

    Raises:
        JournalDamaged: it does not say.
    """
    row = connection.execute(_READ_HEAD).fetchone()
    if row is None:
        raise JournalDamaged(f"{path} has no head: restore it from a backup")
    return Head(segment=path.name, last_seq=row[0], count=row[1], digest=row[2])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit at the end, or roll back whatever went wrong."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        # SQLite itself has rolled back after some errors, and a broken file may refuse even this; the first error
        # is the one that counts.
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
