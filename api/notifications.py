"""Who was told of what: notifications of an alarm, the messages that carry them, and sending one again."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api import examples
from api.answers import answer, command_answer, list_answer
from api.command_request import Asked
from api.derived import Listing
from api.message_views import MessageAnswer, MessageDetail, NotificationItem
from api.parameters import Id, IdFilter, Paging
from api.ports import ApiPorts, Ports
from api.problems import NOT_FOUND, REFUSED, Problem, nothing
from api.requests import ResendBody
from domain.commands import ResendMessage
from domain.notification import AlarmNotification
from stores.ports import MessageState, StoredMessage

router = APIRouter(prefix="/api/v1", tags=["notifications"])

_NOT_REFUSED: Final = "message_not_refused"


def _message(ports: ApiPorts, message: str) -> StoredMessage:
    found = ports.outbox.message(message)
    if found is None:
        raise nothing("message", message)
    return found


@router.get("/alarms/{alarm}/notifications", **list_answer(examples.NOTIFICATION_ITEM, NOT_FOUND))
def list_alarm_notifications(ports: Ports, alarm: Id, page: Paging) -> Listing[NotificationItem]:
    """Who was told of an alarm, when, by which channel and what came of it; or why not, or not yet. Newest first."""
    if ports.models.alarm(alarm) is None:
        raise nothing("alarm", alarm)
    told, following = ports.models.notifications(alarm, page)
    return Listing([_item(ports, each) for each in told], following)


@router.get("/outbox", **list_answer(examples.MESSAGE))
def list_messages(
    ports: Ports,
    page: Paging,
    *,
    state: Annotated[MessageState | None, Query(description="`refused` are those that never arrived.")] = None,
    channel: IdFilter = None,
) -> Listing[StoredMessage]:
    """Messages to people and terminals, newest first; settled ones for 30 days."""
    return Listing(*ports.outbox.messages(state, channel, page))


@router.get("/outbox/{message}", **answer(examples.MESSAGE_DETAIL, NOT_FOUND))
def get_message(ports: Ports, message: Id) -> MessageDetail:
    """One message with each attempt to send it."""
    return MessageDetail(message=_message(ports, message), attempts=tuple(ports.outbox.attempts(message)))


@router.post("/outbox/{message}/resend", **command_answer(examples.MESSAGE_ANSWER, examples.WAITING))
async def resend_message(
    ports: Ports, asked: Asked, message: Id, body: ResendBody | None = None
) -> MessageAnswer | Response:
    """Try once more to send a message that was refused; it keeps its id."""
    found = _message(ports, message)
    if found.state is not MessageState.REFUSED:
        detail = f"Message '{message}' is {found.state}: only a refused one can be sent again"
        raise Problem(REFUSED, detail, code=_NOT_REFUSED)
    command = ResendMessage(**asked.common(body or ResendBody()), message=message)
    return await asked.answer(
        command, message, lambda outcome: MessageAnswer(outcome=outcome, message=_message(ports, message))
    )


def _item(ports: ApiPorts, told: AlarmNotification) -> NotificationItem:
    message = None if told.notice is None else ports.outbox.message(told.notice)
    return NotificationItem(notification=told, message=message)
