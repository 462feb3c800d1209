"""The operators' log: entries beside what Vigil saw, to read, to add to and to take away as a table."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import examples, log_examples
from api.answers import command_answer, list_answer, text_answer
from api.command_request import Asked
from api.derived import Listing
from api.parameters import IdFilter, Paging, Time
from api.ports import ApiPorts, Ports
from api.problems import nothing
from api.requests import LogEntryBody
from api.views import LogEntryAnswer
from domain.commands import AddLogEntry
from domain.identity import REAL_LANE, derive_id
from domain.instant import LATEST, to_iso
from domain.operator_log import LogEntry, LogKind
from stores.ports import LogFilter, Page

router = APIRouter(prefix="/api/v1", tags=["operators' log"])

_COLUMNS = ("at", "written_at", "site", "kind", "written_by", "caller", "text", "alarms")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula at the beginning of a cell."""

Kind = Annotated[LogKind | None, Query(description="Entries of one kind.")]
Start = Annotated[Time, Query(description="Entries of then or later.")]
End = Annotated[Time, Query(description="Entries before then.")]


@router.get("/log", **list_answer(log_examples.LOG_ENTRY))
def list_log(
    ports: Ports, page: Paging, *, site: IdFilter = None, kind: Kind = None, start: Start = 0, end: End = LATEST
) -> Listing[LogEntry]:
    """Entries by when it happened, newest first; `start` <= at < `end`."""
    return Listing(*ports.models.log(LogFilter(site=site, kind=kind, start=start, end=end), page))


@router.get("/log.csv", **text_answer("text/csv", ",".join(_COLUMNS) + "\r\n"))
def export_log(
    ports: Ports, *, site: IdFilter = None, kind: Kind = None, start: Start = 0, end: End = LATEST
) -> Response:
    """The same as a table, all of it: CSV in UTF-8 with a byte order mark, so that spreadsheets read Chinese."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_COLUMNS)
    for entry in _every(ports, LogFilter(site=site, kind=kind, start=start, end=end)):
        row = (to_iso(entry.at), to_iso(entry.written_at), entry.site, entry.kind.value, entry.written_by)
        writer.writerow([*row, _cell(entry.caller), _cell(entry.text), " ".join(entry.alarms)])
    headers = {"Content-Disposition": 'attachment; filename="log.csv"'}
    return Response("\ufeff" + table.getvalue(), media_type="text/csv", headers=headers)


@router.post("/log", **command_answer(log_examples.LOG_ENTRY_ANSWER, examples.WAITING))
async def add_log_entry(ports: Ports, asked: Asked, body: LogEntryBody) -> LogEntryAnswer | Response:
    """Write an entry. Nothing written is changed: a correction is an entry that says so."""
    command = AddLogEntry(
        **asked.common(body),
        site=body.site,
        kind=body.kind,
        text=body.text,
        at=body.at,
        caller=body.caller,
        alarms=tuple(body.alarms),
    )
    entry_id = derive_id("log", REAL_LANE, command.id)
    return await asked.answer(
        command, body.site, lambda outcome: LogEntryAnswer(outcome=outcome, entry=_entry(ports, body.site, entry_id))
    )


def _entry(ports: ApiPorts, site: str, entry_id: str) -> LogEntry:
    found = next((each for each in _every(ports, LogFilter(site=site)) if each.id == entry_id), None)
    if found is None:
        raise nothing("log entry", entry_id)
    return found


def _every(ports: ApiPorts, which: LogFilter) -> Iterator[LogEntry]:
    cursor: str | None = None
    while True:
        entries, cursor = ports.models.log(which, Page(limit=500, cursor=cursor))
        yield from entries
        if cursor is None:
            return


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
