"""What only SQLite needs: how its connections are opened, how it upserts, which of its errors are the disk's.

Everything else in the SQL stores is SQLAlchemy Core and runs on PostgreSQL as it stands. PostgreSQL gets a twin of this
module.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import ColumnElement

_BUSY_TIMEOUT: Final = 5.0
"""Seconds to wait for another process's write; ours never last as long."""

_MOST_READERS: Final = 64
"""More than the threads that a server of ours has for requests (40)."""

_UNAVAILABLE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
_PRIMARY_CODE: Final = 0xFF
"""Extended result codes carry the primary one in their low byte."""

_BEGIN: Final = "BEGIN IMMEDIATE"
_UNWRAPPED: Final = "vigil_unwrapped"
"""The execution option of connections that get no BEGIN."""

WAL_WRITER: Final = (
    "PRAGMA journal_mode = WAL",
    # An fsync per commit: in WAL mode anything less may take back a commit after a power loss.
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -16384",
    "PRAGMA temp_store = MEMORY",
)
WAL_READER: Final = ("PRAGMA query_only = ON", "PRAGMA cache_size = -2048", "PRAGMA temp_store = MEMORY")

ERASING_WRITER: Final = (
    # A rollback journal is gone when the transaction ends; a WAL would keep what was erased until its next round.
    "PRAGMA journal_mode = DELETE",
    # In this mode the journal's removal is the commit: EXTRA also syncs the folder it is removed from.
    "PRAGMA synchronous = EXTRA",
    "PRAGMA secure_delete = ON",
    # VACUUM copies through a temporary database: it must not leave people behind in a file of its own.
    "PRAGMA temp_store = MEMORY",
)
ERASING_READER: Final = ("PRAGMA query_only = ON", "PRAGMA temp_store = MEMORY")


def writing_engine(path: Path, pragmas: tuple[str, ...]) -> Engine:
    """An engine whose transactions take the write lock at once (`BEGIN IMMEDIATE`).

    Python's driver begins late and not at all before DDL, and a transaction that starts by reading cannot wait for the
    lock later; so its own transaction handling is off and ours is sent. The file is made readable to its owner only.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": _BUSY_TIMEOUT},
        pool_size=1,
        max_overflow=0,
    )

    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(_UNWRAPPED, False):
            connection.exec_driver_sql(_BEGIN)

    event.listen(engine, "connect", _on_connect(pragmas))
    event.listen(engine, "begin", begin)
    return engine


def reading_engine(path: Path, pragmas: tuple[str, ...]) -> Engine:
    """A pool of connections on which every SELECT is a transaction of its own, so none holds on to an old state."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": _BUSY_TIMEOUT},
        pool_size=8,
        max_overflow=_MOST_READERS - 8,
    )
    event.listen(engine, "connect", _on_connect(pragmas))
    return engine


def _on_connect(pragmas: tuple[str, ...]) -> Any:  # noqa: ANN401 - SQLAlchemy's listeners have no common type
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma).close()

    return prepare


def without_transaction(connection: Connection) -> Connection:
    """The same connection, on which nothing opens a transaction: each statement stands for itself."""
    # SQLAlchemy's own AUTOCOMMIT would, when it ends, leave the driver's transaction handling switched on.
    return connection.execution_options(**{_UNWRAPPED: True})


def upsert(table: Table) -> Insert:
    """Insert a row, or replace all that the row of the same primary key holds."""
    statement = insert(table)
    return upsert_setting(table, {column.name: statement.excluded[column.name] for column in _values(table)})


def upsert_setting(table: Table, values: Mapping[str, ColumnElement[Any]]) -> Insert:
    """Insert a row, or set `values` in the row of the same primary key."""
    return insert(table).on_conflict_do_update(index_elements=list(table.primary_key), set_=dict(values))


def _values(table: Table) -> list[ColumnElement[Any]]:
    return [column for column in table.columns if not column.primary_key]


class RowWriter:
    """A Core statement that writes whole rows, compiled once for this driver.

    Rows go to the driver as they are: SQLAlchemy's own way through them costs more than SQLite's. So this takes only
    rows that have every column, with values that the driver knows (decision 0006 has the figures).
    """

    def __init__(self, statement: Insert) -> None:
        """Compile `statement`, an insert or upsert of a table."""
        compiled = statement.compile(dialect=SQLiteDialect_pysqlite())
        self._statement = str(compiled)
        self._values = itemgetter(*(compiled.positiontup or ()))

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the rows in their order."""
        connection.exec_driver_sql(self._statement, [self._values(row) for row in rows])


def append(table: Table) -> Insert:
    """Insert rows that must be new."""
    return insert(table)


def compact(connection: Connection) -> None:
    """Write the whole database anew from its live rows. Not inside a transaction."""
    connection.exec_driver_sql("VACUUM")


def is_unavailable(error: DBAPIError) -> bool:
    """Tell a disk or lock that refuses (it may work later) from a mistake in our SQL or data (it never will)."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY_CODE in _UNAVAILABLE
