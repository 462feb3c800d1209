"""Messages of the outbox as people see them: what became of each, and its attempts."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from domain.instant import Instant
from stores.ports.filters import Page


class MessageState(StrEnum):
    """What has become of an outbox message."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


class StoredMessage(Struct, frozen=True, kw_only=True):
    """A message of the outbox, without its content. `detail` is what was said at its last attempt."""

    id: str
    channel: str
    recipient: str
    state: MessageState
    created_at: Instant
    attempts: int
    due: Instant
    settled_at: Instant | None
    detail: str


class SendingAttempt(Struct, frozen=True, kw_only=True):
    """One attempt to send a message: when it ended, how (`sent`, `retry`, `refused`), and what was said."""

    number: int
    at: Instant
    verdict: str
    detail: str


class MessageLog(Protocol):
    """What became of messages, for people to see. Retained ones (states, which the next one replaces) are left out."""

    def messages(
        self, state: MessageState | None, channel: str | None, page: Page
    ) -> tuple[Sequence[StoredMessage], str | None]:
        """Messages, newest first."""

    def message(self, message_id: str) -> StoredMessage | None:
        """One message; None where it never was, or is long forgotten."""

    def attempts(self, message_id: str) -> Sequence[SendingAttempt]:
        """Its attempts, oldest first."""
