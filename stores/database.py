"""One database: a single writing connection behind a lock, and a pool of reading ones that never wait for it."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from stores.dialect import is_unavailable, reading_engine, without_transaction, writing_engine
from stores.migrating import migrate, require_current
from stores.ports import StoreUnavailable


class Database:
    """Transactions and reads on one database, safe from any thread.

    Errors of the disk and of locks come out as `StoreUnavailable`; all others are mistakes of ours and pass through.
    """

    def __init__(self, name: str, writer: Engine, reader: Engine) -> None:
        """Take the engines; `name` is how errors call the database."""
        self.name = name
        self._lock = threading.Lock()
        self._closed = False
        self._reader = reader
        self._writer = writer

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: all that is done inside is stored when the block ends, and nothing of it if it raises.

        Raises:
            StoreUnavailable: the disk refused or somebody else holds the lock; nothing was stored.
        """
        # The connection goes back to its pool each time: SQLAlchemy takes a transaction whose COMMIT failed for ended,
        # while SQLite keeps it open; the pool's reset ends it.
        with self._lock, self._translated(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def outside_transaction(self) -> Iterator[Connection]:
        """The writing connection for statements that take no transaction around them.

        Raises:
            StoreUnavailable: the disk refused or somebody else holds the lock.
        """
        with self._lock, self._translated(), self._writer.connect() as connection:
            yield without_transaction(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read what is committed. Each SELECT sees one state; two of them may see two.

        Raises:
            StoreUnavailable: the disk refused.
        """
        with self._translated(), self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the files. What comes later is refused."""
        with self._lock:
            self._closed = True
            self._reader.dispose()
            # Last, so that it is the writer that folds the WAL back into the database.
            self._writer.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        if self._closed:
            raise StoreUnavailable(f"{self.name} is closed: open it again")
        with translated_errors(self.name):
            yield


@contextmanager
def translated_errors(name: str) -> Iterator[None]:
    """Turn what the disk and locks of the database `name` refuse into `StoreUnavailable`."""
    try:
        yield
    except DBAPIError as error:
        if is_unavailable(error):
            raise StoreUnavailable(f"{name} cannot be used now: {error.orig}") from error
        raise
    except PoolExhausted as error:
        raise StoreUnavailable(f"{name} has no reading connection free: read less at a time") from error
    except OSError as error:
        raise StoreUnavailable(f"{name} cannot be opened: {error}") from error


@contextmanager
def open_for_reading(path: Path, schema: str, pragmas: tuple[str, ...]) -> Iterator[Database]:
    """Open a SQLite database that is there, of this release's `schema`, without changing anything.

    Raises:
        SchemaUnknown: another release wrote it.
        StoreUnavailable: it is missing or cannot be read.
    """
    if not path.is_file():
        raise StoreUnavailable(f"{path.name} is not there: name the folder of a Vigil that has run")
    reader = reading_engine(path, pragmas)
    database = Database(path.name, reader, reader)
    try:
        with database.reading() as connection:
            require_current(connection, schema, path.name)
        yield database
    finally:
        database.close()


def open_database(path: Path, schema: str, writing: tuple[str, ...], reading: tuple[str, ...]) -> Database:
    """Open a SQLite database with these pragmas and bring it to this release's `schema` (`state`, `people`).

    Raises:
        SchemaUnknown: a newer release wrote it.
        StoreUnavailable: the file cannot be used.
    """
    name = path.name
    with translated_errors(name):
        writer = writing_engine(path, writing)
        with ExitStack() as undoing:
            undoing.callback(writer.dispose)
            migrate(writer, schema, name)
            undoing.pop_all()
        return Database(name, writer, reading_engine(path, reading))
