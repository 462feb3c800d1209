"""The tables of the state database and of the people database.

Conventions: times are microseconds since the epoch; `body` is the msgpack of the domain's own struct, so that reading
gives exactly what the engine said; beside it stand only the columns that some query filters or sorts by. Every read
model is keyed by lane first: a drill cannot overwrite reality (lane law). `stores/migrations` holds the same tables as
steps from release to release, and a test keeps both equal.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, SmallInteger, Table, Text

STATE: Final = MetaData()
PEOPLE: Final = MetaData()

_ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers its rows by a key, and needs no index for it, only where it is declared INTEGER (64 bits all the
same)."""

partition: Final = Table(
    "partition",
    STATE,
    # The lane whose engine owns this row. Portfolios do not share a database, so there is nothing else to tell apart.
    Column("id", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
)

effect_stream: Final = Table(
    "effect_stream",
    STATE,
    # One row. Whoever appends effects holds its lock until it commits, so positions become visible in their order:
    # a reader that has seen position n never meets a smaller one later, not even with several writers.
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("last_position", BigInteger, nullable=False),
)

effect: Final = Table(
    "effect",
    STATE,
    Column("position", _ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("cause", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("lane", Text, nullable=False),
    Column("site", Text),
    # The id of the alarm, work order or tour run that this effect is part of the history of.
    Column("subject", Text),
    Column("committed_at", BigInteger, nullable=False),
    # The version of the body's format; readers upcast every version ever written.
    Column("version", SmallInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
# An id is derived from its cause, so it is unique if it is unique among that cause's. With the cause in front, new
# entries meet on the index's last page; by id alone, a digest, each would dirty a page of its own (decision 0006).
Index("effect_identity", effect.c.cause, effect.c.id, effect.c.lane, unique=True)
_has_subject = effect.c.subject.is_not(None)
Index(
    "effect_history",
    effect.c.subject,
    effect.c.position,
    sqlite_where=_has_subject,
    postgresql_where=_has_subject,
)

alarm: Final = Table(
    "alarm",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("standing", Boolean, nullable=False),
    Column("suppressed", Boolean, nullable=False),
    # The priority's rank while the alarm stands, a larger number afterwards.
    Column("urgency", SmallInteger, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    # The mode of its place that suppresses it now.
    Column("mode", Text),
    # The site that an alarm of Vigil's own is about.
    Column("concerns", Text),
)
Index("alarm_urgency", alarm.c.lane, alarm.c.urgency, alarm.c.raised_at.desc(), alarm.c.id)

occurrence: Final = Table(
    "occurrence",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("alarm", Text, nullable=False),
    Column("number", Integer, nullable=False),
    # What alarm figures are counted from (`domain.alarm_figures`), so that none needs to read bodies.
    Column("site", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("announced_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("cleared_at", BigInteger),
    Column("disposition", Text),
    Column("incident", Text),
    Column("body", LargeBinary, nullable=False),
)
Index("occurrence_number", occurrence.c.lane, occurrence.c.alarm, occurrence.c.number, occurrence.c.id)
Index("occurrence_raised", occurrence.c.lane, occurrence.c.raised_at, occurrence.c.id)
Index("occurrence_incident", occurrence.c.lane, occurrence.c.incident, occurrence.c.raised_at, occurrence.c.id)

incident: Final = Table(
    "incident",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("state", Text, nullable=False),
    # The incident this one became part of.
    Column("merged_into", Text),
    # The priority's rank while something of it stands, a larger number afterwards.
    Column("urgency", SmallInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("incident_urgency", incident.c.lane, incident.c.urgency, incident.c.opened_at.desc(), incident.c.id)
Index("incident_merged", incident.c.lane, incident.c.merged_into)

flood: Final = Table(
    "flood",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("began_at", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

mode: Final = Table(
    "mode",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("mode_begun", mode.c.lane, mode.c.begun_at, mode.c.id)

log_entry: Final = Table(
    "log_entry",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("log_entry_at", log_entry.c.lane, log_entry.c.at, log_entry.c.id)

work_order: Final = Table(
    "work_order",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("work_order_created", work_order.c.lane, work_order.c.created_at, work_order.c.id)
Index("work_order_asset", work_order.c.lane, work_order.c.asset)

tour_run: Final = Table(
    "tour_run",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("tour", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("tour_run_start", tour_run.c.lane, tour_run.c.starts_at, tour_run.c.id)
Index("tour_run_tour", tour_run.c.lane, tour_run.c.site, tour_run.c.tour, tour_run.c.starts_at, tour_run.c.id)

patrol_proposal: Final = Table(
    "patrol_proposal",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("patrol_proposal_proposed", patrol_proposal.c.lane, patrol_proposal.c.proposed_at, patrol_proposal.c.id)

undecided: Final = Table(
    "undecided",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("site", Text, nullable=False),
    # Whether it is so now; what is over stays as it was said last.
    Column("standing", Boolean, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index(
    "undecided_since",
    undecided.c.lane,
    undecided.c.standing,
    undecided.c.since.desc(),
    undecided.c.rule,
    undecided.c.subject,
)

door: Final = Table(
    "door",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

device: Final = Table(
    "device",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

quarantine: Final = Table(
    "quarantine",
    STATE,
    Column("lane", Text, primary_key=True),
    # Where the record stands in the journal, and the effect's place among that record's.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("quarantine_reason", quarantine.c.lane, quarantine.c.reason, quarantine.c.seq, quarantine.c.n)

command_outcome: Final = Table(
    "command_outcome",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

outbox: Final = Table(
    "outbox",
    STATE,
    Column("position", _ROW_NUMBER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("lane", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("retain", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    # Not before this time, unless the epoch that claimed it is over or the clock was set back.
    Column("due", BigInteger, nullable=False),
    # When the wait until then began. What was settled before this column came has none.
    Column("waits_since", BigInteger),
    # Under which epoch a sender has it in hand; none while it waits for its next attempt.
    Column("claimed_epoch", BigInteger),
    # A message waits while both of these are empty.
    Column("sent_at", BigInteger),
    Column("refused_at", BigInteger),
    Column("error", Text, nullable=False),
)
outbox_waiting: Final = outbox.c.sent_at.is_(None) & outbox.c.refused_at.is_(None)
"""The condition of a message that still has to be sent; the partial indexes below are read under exactly this one."""
_sent = outbox.c.sent_at.is_not(None)
_refused = outbox.c.refused_at.is_not(None)
Index(
    "outbox_order",
    outbox.c.lane,
    outbox.c.channel,
    outbox.c.position,
    sqlite_where=outbox_waiting,
    postgresql_where=outbox_waiting,
)
Index(
    "outbox_address",
    outbox.c.lane,
    outbox.c.channel,
    outbox.c.address,
    sqlite_where=outbox_waiting,
    postgresql_where=outbox_waiting,
)
Index("outbox_sent", outbox.c.lane, outbox.c.sent_at, sqlite_where=_sent, postgresql_where=_sent)
Index("outbox_refused", outbox.c.lane, outbox.c.refused_at, sqlite_where=_refused, postgresql_where=_refused)

notification: Final = Table(
    "notification",
    STATE,
    Column("lane", Text, primary_key=True),
    Column("alarm", Text, primary_key=True),
    # The effect that says it: its cause and its place among that cause's.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

attempt: Final = Table(
    "attempt",
    STATE,
    # The outbox message's id, and which attempt of it. One that a crash cut short leaves no row.
    Column("message", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

person: Final = Table(
    "person",
    PEOPLE,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("telephone", Text),
)
