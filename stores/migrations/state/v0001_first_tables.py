"""The first release: partition, effects, read models, outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _stream()
    _alarms()
    _orders_and_runs()
    _things()
    _outbox()


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


def _number(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, primary_key=key, nullable=False, autoincrement=False)


def _body() -> sa.Column[bytes]:
    return sa.Column("body", sa.LargeBinary, nullable=False)


def _stream() -> None:
    op.create_table("partition", _text("id", key=True), _number("epoch"), _number("last_seq"))
    stream = op.create_table(
        "effect_stream",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        _number("last_position"),
    )
    op.bulk_insert(stream, [{"id": 1, "last_position": 0}])
    op.create_table(
        "effect",
        sa.Column("position", _ROW_NUMBER, primary_key=True, autoincrement=False),
        _text("id"),
        _number("cause"),
        sa.Column("n", sa.Integer, nullable=False),
        _text("type"),
        _number("at"),
        _text("lane"),
        sa.Column("site", sa.Text),
        sa.Column("subject", sa.Text),
        _number("committed_at"),
        sa.Column("version", sa.SmallInteger, nullable=False),
        _body(),
    )
    op.create_index("effect_identity", "effect", ["cause", "id", "lane"], unique=True)
    _partial_index("effect_history", "effect", ["subject", "position"], "subject IS NOT NULL")


def _alarms() -> None:
    op.create_table(
        "alarm",
        _text("lane", key=True),
        _text("id", key=True),
        _text("site"),
        _text("rule"),
        _text("condition"),
        sa.Column("standing", sa.Boolean, nullable=False),
        sa.Column("urgency", sa.SmallInteger, nullable=False),
        _number("raised_at"),
        _body(),
    )
    op.create_index("alarm_urgency", "alarm", ["lane", "urgency", sa.text("raised_at DESC"), "id"])
    op.create_table(
        "occurrence",
        _text("lane", key=True),
        _text("id", key=True),
        _text("alarm"),
        sa.Column("number", sa.Integer, nullable=False),
        _body(),
    )
    op.create_index("occurrence_number", "occurrence", ["lane", "alarm", "number", "id"])


def _orders_and_runs() -> None:
    op.create_table(
        "work_order",
        _text("lane", key=True),
        _text("id", key=True),
        _text("site"),
        _text("asset"),
        _text("state"),
        sa.Column("open", sa.Boolean, nullable=False),
        _number("created_at"),
        _body(),
    )
    op.create_index("work_order_created", "work_order", ["lane", "created_at", "id"])
    op.create_index("work_order_asset", "work_order", ["lane", "asset"])
    op.create_table(
        "tour_run",
        _text("lane", key=True),
        _text("id", key=True),
        _text("site"),
        _text("tour"),
        _number("starts_at"),
        _body(),
    )
    op.create_index("tour_run_start", "tour_run", ["lane", "starts_at", "id"])
    op.create_index("tour_run_tour", "tour_run", ["lane", "site", "tour", "starts_at", "id"])


def _things() -> None:
    for name in ("door", "device"):
        op.create_table(name, _text("lane", key=True), _text("site", key=True), _text("id", key=True), _body())
    op.create_table(
        "quarantine",
        _text("lane", key=True),
        _number("seq", key=True),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        _number("at"),
        _text("reason"),
        _body(),
    )
    op.create_index("quarantine_reason", "quarantine", ["lane", "reason", "seq", "n"])
    op.create_table("command_outcome", _text("lane", key=True), _text("id", key=True), _body())


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("position", _ROW_NUMBER, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        _text("lane"),
        _text("channel"),
        _text("address"),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("retain", sa.Boolean, nullable=False),
        _number("created_at"),
        sa.Column("attempt", sa.Integer, nullable=False),
        _number("due"),
        sa.Column("claimed_epoch", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("refused_at", sa.BigInteger),
        _text("error"),
    )
    waiting = "sent_at IS NULL AND refused_at IS NULL"
    _partial_index("outbox_order", "outbox", ["lane", "channel", "position"], waiting)
    _partial_index("outbox_address", "outbox", ["lane", "channel", "address"], waiting)
    _partial_index("outbox_sent", "outbox", ["lane", "sent_at"], "sent_at IS NOT NULL")
    _partial_index("outbox_refused", "outbox", ["lane", "refused_at"], "refused_at IS NOT NULL")


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
