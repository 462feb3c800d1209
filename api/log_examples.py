"""Examples of the operators' log and of alarm figures for the OpenAPI document, of the same story as the others."""

from typing import Final

from api.examples import ALARM, AT, INCIDENT, OCCURRENCE
from api.views import LogEntryAnswer
from domain.alarm_figures import OccurrenceFacts, alarm_figures
from domain.effects import CommandOutcome
from domain.instant import HOUR, MINUTE
from domain.operator_log import LogEntry, LogKind

LOG_ENTRY: Final = LogEntry(
    id="log-5c1e20",
    site=ALARM.site,
    kind=LogKind.CALL,
    text="Lift 2 stuck at 12F, two people inside",
    at=AT,
    written_at=AT,
    written_by="operator",
    caller="tenant 1203",
    alarms=(ALARM.id,),
)
LOG_ENTRY_ANSWER: Final = LogEntryAnswer(
    outcome=CommandOutcome(command="command-6f0c", accepted=True, code="accepted", detail="", subject=ALARM.site),
    entry=LOG_ENTRY,
)
ALARM_FIGURES: Final = alarm_figures(
    [
        OccurrenceFacts(
            id=OCCURRENCE.id,
            alarm=ALARM.id,
            site=ALARM.site,
            rule=ALARM.rule,
            priority=ALARM.priority,
            raised_at=AT,
            announced_at=AT,
            acknowledged_at=AT + MINUTE,
            incident=INCIDENT.id,
        )
    ],
    [],
    [],
    (AT - HOUR, AT + HOUR),
    1,
)
