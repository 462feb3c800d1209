"""The outbox: what is to be sent, from the transaction that wrote it to its receipt."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Select, Text, bindparam, delete, exists, func, insert, select, update

from domain.identity import REAL_LANE
from domain.instant import MINUTE, Duration, Instant
from stores.database import Database
from stores.ports import ClaimedMessage, OutboxMessage, PartitionLost
from stores.schema import attempt, outbox, outbox_waiting, partition

CLAIM_SPAN: Final[Duration] = MINUTE
"""How long a claimed message is its sender's. Then it is due again: the sender has died without taking the process
along. Longer than any sender may take for one batch, and short enough for an alarm that waits behind it."""

_INSERT: Final = insert(outbox)
_REPLACE: Final = delete(outbox).where(
    outbox_waiting,
    outbox.c.lane == bindparam("lane"),
    outbox.c.channel == bindparam("channel"),
    outbox.c.address == bindparam("address"),
    outbox.c.retain,
)
_EPOCH: Final = (
    select(partition.c.epoch)
    .where(partition.c.id == bindparam("lane"))
    # Where the database locks rows, a new claim of the partition waits until ours of the messages is through.
    .with_for_update(read=True)
)
_DUE: Final = (
    select(outbox)
    .where(
        outbox_waiting,
        outbox.c.lane == bindparam("lane"),
        outbox.c.channel == bindparam("channel"),
        # A clock that stands before the wait has begun was set back: how long it waited nobody knows, so it is over. Of
        # a wait in which the clock was set back by less, not more than its own length is added. What an earlier owner
        # had in hand when it was fenced off waits for nobody.
        (outbox.c.due <= bindparam("now"))
        | (outbox.c.waits_since > bindparam("now"))
        | (outbox.c.claimed_epoch < bindparam("epoch")),
    )
    .order_by(outbox.c.position)
    .limit(bindparam("limit"))
)
_CLAIM: Final = (
    update(outbox)
    .where(outbox.c.position == bindparam("claimed"))
    .values(
        attempt=outbox.c.attempt + 1,
        waits_since=bindparam("since"),
        due=bindparam("until"),
        claimed_epoch=bindparam("under"),
    )
)
_FORGOTTEN_AT_ONCE: Final = 5_000
"""Commits wait for the deletion: this many take about as long as an fsync or two."""

_FORGET: Final = delete(outbox).where(
    outbox.c.position.in_(
        select(outbox.c.position)
        .where(
            outbox.c.lane == bindparam("lane"),
            (outbox.c.sent_at < bindparam("before")) | (outbox.c.refused_at < bindparam("before")),
        )
        .limit(_FORGOTTEN_AT_ONCE)
    )
)
_SETTLE: Final = update(outbox).where(outbox_waiting, outbox.c.id == bindparam("message"))
_NOTE: Final = insert(attempt).from_select(
    ["message", "number", "at", "verdict", "detail"],
    select(
        outbox.c.id,
        outbox.c.attempt,
        bindparam("now", type_=BigInteger),
        bindparam("verdict", type_=Text),
        bindparam("detail", type_=Text),
    ).where(outbox_waiting, outbox.c.id == bindparam("message"), ~outbox.c.retain),
)
"""Retained messages tell of a state and replace each other: how often one was tried is nobody's question."""

_ABANDON: Final = (
    update(outbox)
    .where(
        outbox_waiting,
        outbox.c.lane == bindparam("of_lane"),
        outbox.c.channel.not_in(bindparam("known", expanding=True)),
    )
    .values(refused_at=bindparam("now"), error="its channel is not configured any more", claimed_epoch=None)
)
_FORGET_ATTEMPTS: Final = delete(attempt).where(~exists().where(outbox.c.id == attempt.c.message))
_RESEND: Final = (
    update(outbox)
    .where(outbox.c.id == bindparam("message"), outbox.c.refused_at.is_not(None))
    .values(
        refused_at=None,
        created_at=bindparam("now"),
        waits_since=bindparam("now"),
        due=bindparam("now"),
        claimed_epoch=None,
    )
)


def enqueue(connection: Connection, lane: str, messages: Sequence[OutboxMessage], now: Instant) -> None:
    """Add messages inside a commit's transaction; a retained one takes the place of those of its address."""
    replaced = {(message.channel, message.address): message for message in messages if message.retain}
    if replaced:
        addresses = [{"lane": lane, "channel": channel, "address": address} for channel, address in replaced]
        connection.execute(_REPLACE, addresses)
    kept = [
        message for message in messages if not message.retain or replaced[message.channel, message.address] is message
    ]
    connection.execute(_INSERT, [_row(lane, message, now) for message in kept])


def resend(connection: Connection, messages: Sequence[str], now: Instant) -> None:
    """Let refused messages wait again, inside a commit's transaction, as if they were new; others stay as they are."""
    connection.execute(_RESEND, [{"message": message, "now": now} for message in messages])


def _row(lane: str, message: OutboxMessage, now: Instant) -> dict[str, Any]:
    return {
        "id": message.id,
        "lane": lane,
        "channel": message.channel,
        "address": message.address,
        "payload": message.payload,
        "retain": message.retain,
        "created_at": now,
        "attempt": 0,
        "waits_since": now,
        "due": now,
        "error": "",
    }


class StateOutbox:
    """`stores.ports.Outbox` of one lane. Safe from any thread.

    A claim lasts `CLAIM_SPAN`, or until the partition has a new owner: a message is sent at least once, and its id lets
    the receiver know it again. Each receipt is a transaction of its own. A clock that is set back makes nothing wait
    longer than twice its time.
    """

    def __init__(self, database: Database, lane: str = REAL_LANE) -> None:
        """Keep what `lane` has to send in `database`."""
        self._database = database
        self._lane = lane

    def claim_messages(self, epoch: int, channel: str, limit: int, now: Instant) -> Sequence[ClaimedMessage]:
        due = {"lane": self._lane, "channel": channel, "epoch": epoch, "now": now, "limit": limit}
        # Looking costs the writer nothing; only what is there to be sent takes its lock.
        with self._database.reading() as connection:
            self._require(connection, epoch)
            if connection.execute(_DUE, due | {"limit": 1}).first() is None:
                return ()
        with self._database.transaction() as connection:
            self._require(connection, epoch)
            rows = connection.execute(_DUE, due).all()
            if rows:
                taken = {"since": now, "until": now + CLAIM_SPAN, "under": epoch}
                connection.execute(_CLAIM, [{"claimed": row.position} | taken for row in rows])
        return [_claimed(row) for row in rows]

    def mark_sent(self, message_id: str, now: Instant, detail: str = "") -> None:
        self._settle(message_id, "sent", now, detail, sent_at=now)

    def mark_retry(self, message_id: str, now: Instant, due: Instant, detail: str) -> None:
        self._settle(message_id, "retry", now, detail, waits_since=now, due=due)

    def mark_refused(self, message_id: str, now: Instant, detail: str) -> None:
        self._settle(message_id, "refused", now, detail, refused_at=now)

    def abandon(self, known: Collection[str], now: Instant) -> int:
        """Refuse what waits for channels that are not among the known ones any more; gives how many."""
        with self._database.transaction() as connection:
            abandoned = {"of_lane": self._lane, "known": list(known), "now": now}
            return connection.execute(_ABANDON, abandoned).rowcount

    def forget(self, before: Instant) -> int:
        """Delete messages that were sent or refused before an instant, some thousand at most; gives how many."""
        with self._database.transaction() as connection:
            gone = connection.execute(_FORGET, {"lane": self._lane, "before": before}).rowcount
            if gone:
                connection.execute(_FORGET_ATTEMPTS)
            return gone

    def counts(self) -> Mapping[str, int]:
        with self._database.reading() as connection:
            return {
                name: connection.execute(query, {"lane": self._lane}).scalar_one() for name, query in _COUNTS.items()
            }

    def _settle(self, message_id: str, verdict: str, now: Instant, detail: str, **values: int) -> None:
        """Note what became of a waiting message; one that was replaced or settled meanwhile stays as it is."""
        noted = {"message": message_id, "now": now, "verdict": verdict, "detail": detail}
        with self._database.transaction() as connection:
            connection.execute(_NOTE, noted)
            settled = _SETTLE.values(error=detail, claimed_epoch=None, **values)
            connection.execute(settled, {"message": message_id})

    def _require(self, connection: Connection, epoch: int) -> None:
        owner = connection.execute(_EPOCH, {"lane": self._lane}).scalar_one_or_none()
        if owner != epoch:
            raise PartitionLost(
                f"outbox of partition '{self._lane}' belongs to epoch {owner}, not {epoch}: stop this sender"
            )


def _claimed(row: Any) -> ClaimedMessage:  # noqa: ANN401 - a row's columns have no static type
    message = OutboxMessage(id=row.id, channel=row.channel, address=row.address, payload=row.payload, retain=row.retain)
    return ClaimedMessage(message=message, attempt=row.attempt + 1, since=row.created_at)


def _count(*conditions: Any) -> Select[int]:  # noqa: ANN401
    return select(func.count()).select_from(outbox).where(outbox.c.lane == bindparam("lane"), *conditions)


_COUNTS: Final[Mapping[str, Select[int]]] = {
    "waiting": _count(outbox_waiting),
    "sent": _count(outbox.c.sent_at.is_not(None)),
    "refused": _count(outbox.c.refused_at.is_not(None)),
}
