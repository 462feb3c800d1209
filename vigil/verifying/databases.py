"""Opening SQLite files only to look at them: nothing is made, changed or kept waiting."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from vigil.verifying.flaw import RESTORE, Flaw, readable

_LOCK_SECONDS: Final = 10.0
_SHOWN_PROBLEMS: Final = 5


@contextmanager
def one_view(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees the database as it is now, whatever is committed meanwhile.

    Not opened as read only: such a connection would leave the files of a write-ahead log behind.

    Raises:
        sqlite3.Error: the file is missing or no database.
    """
    uri = f"{path.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=_LOCK_SECONDS, isolation_level=None)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        # The view begins with the first read.
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        yield connection


def structural_flaws(connection: sqlite3.Connection, thing: str, path: Path) -> list[Flaw]:
    """What SQLite itself finds: broken pages, indexes that do not fit their tables, values of a wrong type."""
    try:
        said = [row[0] for row in connection.execute(f"PRAGMA integrity_check({_SHOWN_PROBLEMS})")]
    except sqlite3.DatabaseError as error:
        said = [readable(error)]
    if said == ["ok"]:
        return []
    lines = (" ".join(str(line).split()) for line in said)
    return [Flaw(thing=thing, place=path.name, what=line, remedy=RESTORE) for line in lines]
