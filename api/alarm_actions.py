"""What operators do about alarms: every command answers with the alarm as it then is, or with the refusal."""

from fastapi import APIRouter, Response

from api import examples
from api.alarms import item_of, occurrence_of
from api.answers import command_answer
from api.command_request import Asked, CommandRequest
from api.parameters import Id
from api.ports import ApiPorts, Ports
from api.requests import AcknowledgeBody, AssignBody, CloseBody, CommentBody, ServiceBody, ShelveBody, VersionBody
from api.views import AlarmAnswer, OccurrenceAnswer
from domain.commands import (
    AcknowledgeAlarm,
    AssignAlarm,
    CloseOccurrence,
    CommentAlarm,
    ResetLatch,
    ReturnToService,
    ShelveAlarm,
    TakeOutOfService,
    UnshelveAlarm,
)
from domain.record import AlarmCommand

router = APIRouter(prefix="/api/v1", tags=["alarms"])


@router.post("/alarms/{alarm}/acknowledge", **command_answer(examples.ALARM_ANSWER, examples.WAITING))
async def acknowledge_alarm(
    ports: Ports, asked: Asked, alarm: Id, body: AcknowledgeBody | None = None
) -> AlarmAnswer | Response:
    """Take an alarm on."""
    body = body or AcknowledgeBody()
    command = AcknowledgeAlarm(**asked.common(body), alarm=alarm, comment=body.comment, forced=body.forced)
    return await _answered(ports, asked, command)


@router.post("/alarms/{alarm}/comments", **command_answer(examples.ALARM_ANSWER, examples.WAITING))
async def comment_alarm(ports: Ports, asked: Asked, alarm: Id, body: CommentBody) -> AlarmAnswer | Response:
    """Add a remark to an alarm; it stands in the alarm's history."""
    command = CommentAlarm(**asked.common(body), alarm=alarm, comment=body.comment)
    return await _answered(ports, asked, command)


@router.post("/alarms/{alarm}/assign", **command_answer(examples.ALARM_ANSWER, examples.WAITING))
async def assign_alarm(ports: Ports, asked: Asked, alarm: Id, body: AssignBody) -> AlarmAnswer | Response:
    """Give an alarm to an operator, or take it from one."""
    return await _answered(ports, asked, AssignAlarm(**asked.common(body), alarm=alarm, assignee=body.assignee))


@router.post("/alarms/{alarm}/shelve", **command_answer(examples.ALARM_ANSWER, examples.WAITING))
async def shelve_alarm(ports: Ports, asked: Asked, alarm: Id, body: ShelveBody) -> AlarmAnswer | Response:
    """Put an alarm aside for a while, with a reason. Life safety and duress are never put aside."""
    command = ShelveAlarm(**asked.common(body), alarm=alarm, seconds=body.seconds, reason=body.reason, once=body.once)
    return await _answered(ports, asked, command)


@router.post("/alarms/{alarm}/unshelve", **command_answer(examples.ALARM_ANSWER, examples.WAITING))
async def unshelve_alarm(
    ports: Ports, asked: Asked, alarm: Id, body: VersionBody | None = None
) -> AlarmAnswer | Response:
    """Take an alarm back before its time."""
    return await _answered(ports, asked, UnshelveAlarm(**asked.common(body or VersionBody()), alarm=alarm))


@router.post("/alarms/{alarm}/take-out-of-service", **command_answer(examples.ALARM_ANSWER, examples.WAITING))
async def take_out_of_service(ports: Ports, asked: Asked, alarm: Id, body: ServiceBody) -> AlarmAnswer | Response:
    """Take an alarm out of service until somebody brings it back."""
    return await _answered(ports, asked, TakeOutOfService(**asked.common(body), alarm=alarm, reason=body.reason))


@router.post("/alarms/{alarm}/return-to-service", **command_answer(examples.ALARM_ANSWER, examples.WAITING))
async def return_to_service(
    ports: Ports, asked: Asked, alarm: Id, body: VersionBody | None = None
) -> AlarmAnswer | Response:
    """Bring an alarm back into service."""
    return await _answered(ports, asked, ReturnToService(**asked.common(body or VersionBody()), alarm=alarm))


@router.post("/alarms/{alarm}/reset-latch", **command_answer(examples.ALARM_ANSWER, examples.WAITING))
async def reset_latch(ports: Ports, asked: Asked, alarm: Id, body: VersionBody | None = None) -> AlarmAnswer | Response:
    """Let go of an alarm that its latch holds on after its condition is over."""
    return await _answered(ports, asked, ResetLatch(**asked.common(body or VersionBody()), alarm=alarm))


@router.post("/occurrences/{occurrence}/close", **command_answer(examples.OCCURRENCE_ANSWER, examples.WAITING))
async def close_occurrence(ports: Ports, asked: Asked, occurrence: Id, body: CloseBody) -> OccurrenceAnswer | Response:
    """End a cleared occurrence with its outcome. `expected_version` is the alarm's."""
    command = CloseOccurrence(
        **asked.common(body),
        occurrence=occurrence,
        disposition=body.disposition,
        cause=body.cause,
        comment=body.comment,
    )
    return await asked.answer(
        command,
        occurrence,
        lambda outcome: OccurrenceAnswer(outcome=outcome, occurrence=occurrence_of(ports, occurrence)),
    )


async def _answered(ports: ApiPorts, asked: CommandRequest, command: AlarmCommand) -> AlarmAnswer | Response:
    """Have a command carried out and answer with the alarm as it now is."""
    alarm = command.alarm
    return await asked.answer(command, alarm, lambda outcome: AlarmAnswer(outcome=outcome, alarm=item_of(ports, alarm)))
