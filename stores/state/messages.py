"""What became of messages: the outbox as people look at it."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, select

from domain.identity import REAL_LANE
from stores.database import Database
from stores.ports import MessageState, Page, SendingAttempt, StoredMessage
from stores.schema import attempt, outbox, outbox_waiting
from stores.state.paging import ListOrder

_MESSAGES: Final = ListOrder("messages", (outbox.c.position, True))
_ATTEMPTS: Final = select(attempt).where(attempt.c.message == bindparam("message")).order_by(attempt.c.number)
_IN: Final = {
    MessageState.WAITING: outbox_waiting,
    MessageState.SENT: outbox.c.sent_at.is_not(None),
    MessageState.REFUSED: outbox.c.refused_at.is_not(None),
}


class StoredMessages:
    """`stores.ports.MessageLog` of one lane. Safe from any thread; never waits for a writer."""

    def __init__(self, database: Database, lane: str = REAL_LANE) -> None:
        """Read what `lane` has to send from `database`."""
        self._database = database
        self._all = select(outbox).where(outbox.c.lane == lane, ~outbox.c.retain)

    def messages(
        self, state: MessageState | None, channel: str | None, page: Page
    ) -> tuple[Sequence[StoredMessage], str | None]:
        query = self._all if state is None else self._all.where(_IN[state])
        if channel is not None:
            query = query.where(outbox.c.channel == channel)
        with self._database.reading() as connection:
            rows, cursor = _MESSAGES.fetch(connection, query, page)
        return [_message(row) for row in rows], cursor

    def message(self, message_id: str) -> StoredMessage | None:
        with self._database.reading() as connection:
            row = connection.execute(self._all.where(outbox.c.id == message_id)).one_or_none()
        return None if row is None else _message(row)

    def attempts(self, message_id: str) -> Sequence[SendingAttempt]:
        with self._database.reading() as connection:
            rows = connection.execute(_ATTEMPTS, {"message": message_id}).all()
        return [SendingAttempt(number=row.number, at=row.at, verdict=row.verdict, detail=row.detail) for row in rows]


def _message(row: Any) -> StoredMessage:  # noqa: ANN401 - a row's columns have no static type
    settled_at = row.sent_at or row.refused_at
    state = MessageState.WAITING if settled_at is None else MessageState.SENT if row.sent_at else MessageState.REFUSED
    return StoredMessage(
        id=row.id,
        channel=row.channel,
        recipient=row.address,
        state=state,
        created_at=row.created_at,
        attempts=row.attempt,
        due=row.due,
        settled_at=settled_at,
        detail=row.error,
    )
