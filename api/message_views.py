"""What the API puts together of notifications and the messages that carry them."""

from msgspec import Struct

from domain.effects import CommandOutcome
from domain.notification import AlarmNotification
from stores.ports import SendingAttempt, StoredMessage


class MessageAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the message as it now is."""

    outcome: CommandOutcome
    message: StoredMessage


class NotificationItem(Struct, frozen=True, kw_only=True):
    """What was decided about telling a recipient, and the message, where one went out and is still known."""

    notification: AlarmNotification
    message: StoredMessage | None


class MessageDetail(Struct, frozen=True, kw_only=True):
    """A message with its attempts, oldest first; one that a crash cut short left none."""

    message: StoredMessage
    attempts: tuple[SendingAttempt, ...]
