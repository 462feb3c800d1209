"""Reading what figures and the operators' log are made of: columns of many rows, bodies only where they are shown."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import or_, select

from domain.alarm_figures import OccurrenceFacts
from domain.commands import Disposition
from domain.incident import Flood
from domain.instant import Instant
from domain.operator_log import LogEntry
from domain.priority import Priority
from stores.database import Database
from stores.ports import LogFilter, Page
from stores.schema import flood, log_entry, occurrence
from stores.state.paging import ListOrder

_LOG: Final = ListOrder("log", (log_entry.c.at, True), (log_entry.c.id, True))
_FACTS: Final = (
    occurrence.c.id,
    occurrence.c.alarm,
    occurrence.c.site,
    occurrence.c.rule,
    occurrence.c.priority,
    occurrence.c.raised_at,
    occurrence.c.count,
    occurrence.c.announced_at,
    occurrence.c.acknowledged_at,
    occurrence.c.cleared_at,
    occurrence.c.disposition,
    occurrence.c.incident,
)
_flood = msgspec.msgpack.Decoder(Flood).decode
_entry = msgspec.msgpack.Decoder(LogEntry).decode


def log_of(database: Database, lane: str, which: LogFilter, page: Page) -> tuple[list[LogEntry], str | None]:
    """A page of the operators' log."""
    entry = log_entry.c
    query = select(entry.body, entry.at, entry.id).where(
        entry.lane == lane, entry.at >= which.start, entry.at < which.end
    )
    if which.site is not None:
        query = query.where(entry.site == which.site)
    if which.kind is not None:
        query = query.where(entry.kind == which.kind.value)
    with database.reading() as connection:
        rows, cursor = _LOG.fetch(connection, query, page)
    return [_entry(row.body) for row in rows], cursor


def facts_of(
    database: Database, lane: str, site: str | None, start: Instant, end: Instant
) -> Sequence[OccurrenceFacts]:
    """What figures need of the occurrences raised in [start, end), and of older ones that are not over at its end."""
    is_counted = or_(occurrence.c.raised_at >= start, occurrence.c.cleared_at.is_(None), occurrence.c.cleared_at >= end)
    query = select(*_FACTS).where(occurrence.c.lane == lane, occurrence.c.raised_at < end, is_counted)
    if site is not None:
        query = query.where(occurrence.c.site == site)
    with database.reading() as connection:
        rows = connection.execute(query.order_by(occurrence.c.raised_at, occurrence.c.id)).all()
    return [
        OccurrenceFacts(
            id=row.id,
            alarm=row.alarm,
            site=row.site,
            rule=row.rule,
            priority=Priority(row.priority),
            raised_at=row.raised_at,
            count=row[6],
            announced_at=row.announced_at,
            acknowledged_at=row.acknowledged_at,
            cleared_at=row.cleared_at,
            disposition=None if row.disposition is None else Disposition(row.disposition),
            incident=row.incident,
        )
        for row in rows
    ]


def floods_of(database: Database, lane: str, start: Instant, end: Instant) -> Sequence[Flood]:
    """Floods that began before `end` and were not over at `start`."""
    query = select(flood.c.body).where(flood.c.lane == lane, flood.c.began_at < end).order_by(flood.c.began_at)
    with database.reading() as connection:
        floods = [_flood(body) for body in connection.execute(query).scalars()]
    return [each for each in floods if each.ended_at is None or each.ended_at > start]
