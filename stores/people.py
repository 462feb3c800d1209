"""People: the one place where names stand behind opaque ids, in a database of its own that can forget (privacy law)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import bindparam, delete, select

from stores.database import Database, open_database
from stores.dialect import ERASING_READER, ERASING_WRITER, compact, upsert
from stores.ports import PersonEntry
from stores.schema import person

_PUT: Final = upsert(person)
_NAMES: Final = select(person.c.id, person.c.name).where(person.c.id.in_(bindparam("ids", expanding=True)))
_ERASE: Final = delete(person).where(person.c.id == bindparam("person"))
_IDS_AT_ONCE: Final = 500
"""Every SQLite takes 999 parameters in a statement."""


class PeopleDatabase:
    """`stores.ports.PeopleStore` in one file. Safe from any thread."""

    def __init__(self, database: Database) -> None:
        """Take over a database that has the present schema; `open_people_store` gives one."""
        self._database = database

    def put(self, entry: PersonEntry) -> None:
        row = {"id": entry.id, "name": entry.name, "telephone": entry.telephone}
        with self._database.transaction() as connection:
            connection.execute(_PUT, row)

    def names(self, ids: Sequence[str]) -> Mapping[str, str]:
        known: dict[str, str] = {}
        with self._database.reading() as connection:
            for start in range(0, len(ids), _IDS_AT_ONCE):
                rows = connection.execute(_NAMES, {"ids": ids[start : start + _IDS_AT_ONCE]})
                known.update((row.id, row.name) for row in rows)
        return known

    def erase(self, person_id: str) -> bool:
        """Forget a person, and every trace that earlier names of theirs left in the file.

        Where it fails, call it again: the file is cleaned even if the entry is already gone.
        """
        with self._database.transaction() as connection:
            found = connection.execute(_ERASE, {"person": person_id}).rowcount
        # secure_delete blanks the row, but copies of it that a page split left behind only go with the whole page.
        with self._database.outside_transaction() as connection:
            compact(connection)
        return found > 0

    def close(self) -> None:
        """Let go of the file. What comes later is refused as unavailable."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_people_store(path: Path) -> PeopleDatabase:
    """Open the people database, made or brought to this release's schema as needed.

    Raises:
        SchemaUnknown: a newer release wrote it.
        StoreUnavailable: the file cannot be used.
    """
    return PeopleDatabase(open_database(path, "people", ERASING_WRITER, ERASING_READER))
