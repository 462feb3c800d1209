"""Pages by key: a page starts after the last row of the one before, so that rows coming and going shift nothing."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, or_

from stores.ports import BadCursor, Page

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
Key: TypeAlias = tuple[int | str, ...]

_INTEGERS: Final = range(-(2**63), 2**63)
_SHOWN: Final = 40
"""Characters of a refused cursor that an error repeats."""


class Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Which list, and the key of the last row that was given."""

    of: str
    key: Key


class ListOrder:
    """The order of one list: columns that together are unique, each rising or falling."""

    def __init__(self, name: str, *columns: tuple[ColumnElement[Any], bool]) -> None:
        """`name` tells its cursors from those of other lists; the columns come with True where they fall."""
        self._name = name
        self._columns = columns

    def fetch(self, connection: Connection, query: AnySelect, page: Page) -> tuple[Sequence[AnyRow], str | None]:
        """Give the rows of the page, and the cursor of the next one if there is any.

        Raises:
            BadCursor: the page's cursor is not one of this list.
            ValueError: the page's limit is below 1.
        """
        if page.limit < 1:
            raise ValueError(f"a page of {page.limit} items holds nothing: ask for at least 1")
        if page.cursor is not None:
            query = query.where(self._beyond(self._key(page.cursor)))
        for column, falling in self._columns:
            query = query.order_by(column.desc() if falling else column)
        # One row more than asked for tells whether there is a next page.
        rows = connection.execute(query.limit(page.limit + 1)).all()
        if len(rows) <= page.limit:
            return rows, None
        given = rows[: page.limit]
        return given, self._cursor(given[-1])

    def _beyond(self, key: Key) -> ColumnElement[bool]:
        """The rows after `key`: those that differ from it first in a column where they come later."""
        condition: ColumnElement[bool] = false()
        for (column, falling), value in reversed([*zip(self._columns, key, strict=True)]):
            later = column < value if falling else column > value
            condition = or_(later, and_(column == value, condition))
        # Says nothing new, but lets the database enter its index at the first column.
        column, falling = self._columns[0]
        return and_(column <= key[0] if falling else column >= key[0], condition)

    def _cursor(self, row: AnyRow) -> str:
        key = tuple(row._mapping[column] for column, _ in self._columns)  # noqa: SLF001 - SQLAlchemy's public name
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(Cursor(self._name, key))).decode().rstrip("=")

    def _key(self, text: str) -> Key:
        try:
            cursor = msgspec.msgpack.decode(
                base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True), type=Cursor
            )
        except (binascii.Error, ValueError, msgspec.DecodeError) as error:
            raise self._refused(text) from error
        if cursor.of != self._name or not self._fits(cursor.key):
            raise self._refused(text)
        return cursor.key

    def _fits(self, key: Key) -> bool:
        if len(key) != len(self._columns):
            return False
        types = [column.type.python_type for column, _ in self._columns]
        return all(
            isinstance(value, kind) and (isinstance(value, str) or value in _INTEGERS)
            for value, kind in zip(key, types, strict=True)
        )

    def _refused(self, text: str) -> BadCursor:
        return BadCursor(
            f"'{text[:_SHOWN]}' is not a cursor of the list of {self._name}: take `cursor` from the page before, "
            f"or leave it out to start at the beginning"
        )
