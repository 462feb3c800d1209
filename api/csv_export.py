"""Tables as CSV that is safe to open in a spreadsheet: the one place where CSV is written.

A cell of text that a spreadsheet would take for a formula gets an apostrophe in front, which it shows as text (OWASP:
CSV injection). Numbers stay numbers. The mark at the beginning tells spreadsheets that the text is UTF-8.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from fastapi import Response

Cell = str | int | float | bool | None

_BOM: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: Cell) -> str:
    """A value as a spreadsheet may have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = "".join(character for character in value if character >= " " or character in "\t\r\n")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The whole table, lines ended as RFC 4180 asks."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return _BOM + written.getvalue()


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The table as a download; `name` is a plain word."""
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(csv_text(header, rows), headers=headers, media_type="text/csv; charset=utf-8")
