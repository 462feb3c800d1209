"""Suppressed alarms, occurrences that figures are counted from, incidents, floods, and the operators' log."""

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_CHUNK = 1_000

_occurrence = sa.table(
    "occurrence",
    *map(sa.column, ("lane", "id", "alarm", "site", "rule", "priority", "raised_at", "announced_at", "cleared_at")),
    *map(sa.column, ("disposition", "body")),
)
_alarm = sa.table("alarm", *map(sa.column, ("lane", "id", "site", "rule")))


def upgrade() -> None:
    op.add_column("alarm", sa.Column("suppressed", sa.Boolean, nullable=False, server_default=sa.false()))
    _occurrences()
    _incidents()
    _floods_and_log()


def _occurrences() -> None:
    for name in ("site", "rule", "priority"):
        op.add_column("occurrence", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("occurrence", sa.Column("count", sa.Integer, nullable=False, server_default="1"))
    op.add_column("occurrence", sa.Column("raised_at", sa.BigInteger, nullable=False, server_default="0"))
    for name in ("announced_at", "acknowledged_at", "cleared_at"):
        op.add_column("occurrence", sa.Column(name, sa.BigInteger))
    for name in ("disposition", "incident"):
        op.add_column("occurrence", sa.Column(name, sa.Text))
    _fill()
    op.create_index("occurrence_raised", "occurrence", ["lane", "raised_at", "id"])
    op.create_index("occurrence_incident", "occurrence", ["lane", "incident", "raised_at", "id"])


def _fill() -> None:
    """Give what an earlier release stored its columns. When it was acknowledged only its history tells."""
    connection = op.get_bind()
    change = (
        sa.update(_occurrence)
        .where(_occurrence.c.lane == sa.bindparam("its_lane"), _occurrence.c.id == sa.bindparam("its_id"))
        .values({name: sa.bindparam(f"its_{name}") for name in _FILLED})
    )
    rows = connection.execute(
        sa.select(_occurrence.c.lane, _occurrence.c.id, _occurrence.c.body, _alarm.c.site, _alarm.c.rule).where(
            _alarm.c.lane == _occurrence.c.lane, _alarm.c.id == _occurrence.c.alarm
        )
    ).all()
    for start in range(0, len(rows), _CHUNK):
        connection.execute(change, list(_filled(rows[start : start + _CHUNK])))


_FILLED = ("site", "rule", "priority", "raised_at", "announced_at", "cleared_at", "disposition")


def _filled(rows: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - rows have no static type
    for row in rows:
        body = msgspec.msgpack.decode(row.body)
        yield {
            "its_lane": row.lane,
            "its_id": row.id,
            "its_site": row.site,
            "its_rule": row.rule,
            "its_priority": body["priority"],
            "its_raised_at": body["raised_at"],
            "its_announced_at": body.get("announced_at"),
            "its_cleared_at": body["cleared_at"],
            "its_disposition": body["disposition"],
        }


def _incidents() -> None:
    op.create_table(
        "incident",
        sa.Column("lane", sa.Text, primary_key=True, nullable=False),
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("merged_into", sa.Text),
        sa.Column("urgency", sa.SmallInteger, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("incident_urgency", "incident", ["lane", "urgency", sa.text("opened_at DESC"), "id"])
    op.create_index("incident_merged", "incident", ["lane", "merged_into"])


def _floods_and_log() -> None:
    op.create_table(
        "flood",
        sa.Column("lane", sa.Text, primary_key=True, nullable=False),
        sa.Column("began_at", sa.BigInteger, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_entry",
        sa.Column("lane", sa.Text, primary_key=True, nullable=False),
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("log_entry_at", "log_entry", ["lane", "at", "id"])
