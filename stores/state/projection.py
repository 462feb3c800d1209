"""What each effect does to the read models: an effect carries its thing whole, and the last one stands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import Table

from domain.alarm import Acknowledgement, Alarm, Occurrence
from domain.effects import (
    AlarmChanged,
    CommandOutcome,
    DeviceChanged,
    DoorChanged,
    Effect,
    EffectBody,
    FloodChanged,
    IdentityConflict,
    IncidentChanged,
    LateObservation,
    LogEntryAdded,
    ModeChanged,
    NotificationDecided,
    NotificationDue,
    PatrolProposalChanged,
    QuarantineAdded,
    ScanJudged,
    SequenceGap,
    SequenceGapClosed,
    TourRunChanged,
    WorkOrderChanged,
)
from domain.incident import Incident
from domain.instant import Instant
from domain.mode import Mode
from domain.notification import AlarmNotification
from domain.operator_log import LogEntry
from domain.patrol_proposal import PatrolProposal
from domain.priority import Priority
from domain.tour_run import StopVerdict, TourRun
from domain.work_order import ENDED_STATES, WorkOrder
from stores import schema

Row: TypeAlias = dict[str, Any]
"""Column names and what the driver takes for them: the edge at which types end."""

EFFECT_VERSION: Final = 1
"""The version of the effects' format that is written today."""

SETTLED_URGENCY: Final = len(Priority)
"""`urgency` of what does not stand or is suppressed: behind the rank of every priority, so it lists newest first."""

READ_MODELS: Final = (
    schema.alarm,
    schema.occurrence,
    schema.incident,
    schema.flood,
    schema.log_entry,
    schema.mode,
    schema.work_order,
    schema.tour_run,
    schema.patrol_proposal,
    schema.door,
    schema.device,
    schema.quarantine,
    schema.command_outcome,
    schema.notification,
)

_KEYS: Final[Mapping[Table, tuple[str, ...]]] = {
    table: tuple(column.name for column in table.primary_key) for table in READ_MODELS
}
_encode = msgspec.msgpack.Encoder().encode


def outside_tours(site: str) -> str:
    """The subject of scans at a site that no run holds, so that they are found together."""
    return f"outside-tours:{site}"


def subject_of(body: EffectBody) -> str | None:
    """Whose history the effect is part of: an alarm, a work order or a tour run, or None."""
    match body:
        case AlarmChanged():
            return body.alarm.id
        case IncidentChanged():
            return body.incident.id
        case ModeChanged():
            return body.mode.id
        case WorkOrderChanged():
            return body.order.id
        case TourRunChanged():
            return body.run.id
        case PatrolProposalChanged():
            return body.proposal.id
        case ScanJudged():
            return outside_tours(body.site) if body.verdict is StopVerdict.OUTSIDE_TOUR else body.run
        case _:
            return None


def site_of(body: EffectBody) -> str | None:  # noqa: C901, PLR0911 - one for each kind of thing
    """The site the effect is about, where there is one."""
    match body:
        case AlarmChanged():
            return body.alarm.site
        case IncidentChanged():
            return body.incident.site
        case LogEntryAdded():
            return body.entry.site
        case ModeChanged():
            return body.mode.site
        case WorkOrderChanged():
            return body.order.site
        case TourRunChanged():
            return body.run.site
        case PatrolProposalChanged():
            return body.proposal.site
        case ScanJudged() | DoorChanged() | DeviceChanged() | QuarantineAdded() | LateObservation():
            return body.site
        case SequenceGap() | SequenceGapClosed() | IdentityConflict() | NotificationDecided():
            return body.site
        case NotificationDue():
            return body.notice.site
        case _:
            return None


def effect_rows(effects: Sequence[Effect], committed_at: Instant) -> list[Row]:
    """The effects as rows of the stream, in their order; positions are given inside the transaction."""
    return [
        {
            "position": 0,
            "id": effect.id,
            "cause": effect.cause,
            "n": effect.n,
            "type": effect.type,
            "at": effect.at,
            "lane": effect.lane,
            "site": site_of(effect.body),
            "subject": subject_of(effect.body),
            "committed_at": committed_at,
            "version": EFFECT_VERSION,
            "body": _encode(effect),
        }
        for effect in effects
    ]


def model_rows(effects: Iterable[Effect]) -> Iterator[tuple[Table, list[Row]]]:
    """The read models' rows after these effects, each key once, for every table that is touched."""
    latest: dict[Table, dict[tuple[str | int, ...], Row]] = {}
    for effect in effects:
        for table, row in _rows_of(effect):
            latest.setdefault(table, {})[tuple(row[name] for name in _KEYS[table])] = row
    for table, rows in latest.items():
        for row in rows.values():
            row["body"] = _encode(row["body"])
        yield table, list(rows.values())


def _rows_of(effect: Effect) -> tuple[tuple[Table, Row], ...]:  # noqa: C901, PLR0911, PLR0912 - one for each
    lane, body = effect.lane, effect.body
    match body:
        case AlarmChanged():
            return (
                (schema.alarm, _alarm_row(lane, body.alarm)),
                (schema.occurrence, _occurrence_row(lane, body.alarm, body.occurrence)),
            )
        case IncidentChanged():
            return ((schema.incident, _incident_row(lane, body.incident)),)
        case FloodChanged():
            return ((schema.flood, {"lane": lane, "began_at": body.flood.began_at, "body": body.flood}),)
        case LogEntryAdded():
            return ((schema.log_entry, _log_row(lane, body.entry)),)
        case ModeChanged():
            return ((schema.mode, _mode_row(lane, body.mode)),)
        case WorkOrderChanged():
            return ((schema.work_order, _order_row(lane, body.order)),)
        case TourRunChanged():
            return ((schema.tour_run, _run_row(lane, body.run)),)
        case PatrolProposalChanged():
            return ((schema.patrol_proposal, _proposal_row(lane, body.proposal)),)
        case DoorChanged():
            return ((schema.door, {"lane": lane, "site": body.site, "id": body.door, "body": body}),)
        case DeviceChanged():
            return ((schema.device, {"lane": lane, "site": body.site, "id": body.device, "body": body}),)
        case QuarantineAdded():
            return ((schema.quarantine, _quarantine_row(effect, body)),)
        case CommandOutcome():
            return ((schema.command_outcome, {"lane": lane, "id": body.command, "body": body}),)
        case _:
            return tuple((schema.notification, _notification_row(effect, told)) for told in _told_of(body))


def _alarm_row(lane: str, alarm: Alarm) -> Row:
    standing = alarm.is_standing or alarm.acknowledgement is Acknowledgement.UNACKED
    return {
        "lane": lane,
        "id": alarm.id,
        "site": alarm.site,
        "rule": alarm.rule,
        "condition": alarm.condition.value,
        "standing": standing,
        "suppressed": alarm.is_suppressed,
        "urgency": alarm.priority.rank if standing and not alarm.is_suppressed else SETTLED_URGENCY,
        "raised_at": alarm.latest.raised_at,
        "body": alarm,
        "mode": alarm.inhibited_mode,
    }


def _occurrence_row(lane: str, alarm: Alarm, occurrence: Occurrence) -> Row:
    return {
        "lane": lane,
        "id": occurrence.id,
        "alarm": occurrence.alarm,
        "number": occurrence.number,
        "site": alarm.site,
        "rule": alarm.rule,
        "priority": occurrence.priority.value,
        "count": occurrence.count,
        "raised_at": occurrence.raised_at,
        "announced_at": occurrence.announced_at,
        "acknowledged_at": occurrence.acknowledged_at,
        "cleared_at": occurrence.cleared_at,
        "disposition": None if occurrence.disposition is None else occurrence.disposition.value,
        "incident": occurrence.incident,
        "body": occurrence,
    }


def _incident_row(lane: str, incident: Incident) -> Row:
    return {
        "lane": lane,
        "id": incident.id,
        "site": incident.site,
        "state": incident.state.value,
        "merged_into": incident.merged_into,
        "urgency": incident.priority.rank if incident.standing else SETTLED_URGENCY,
        "opened_at": incident.opened_at,
        "body": incident,
    }


def _log_row(lane: str, entry: LogEntry) -> Row:
    return {
        "lane": lane,
        "id": entry.id,
        "site": entry.site,
        "kind": entry.kind.value,
        "at": entry.at,
        "body": entry,
    }


def _mode_row(lane: str, mode: Mode) -> Row:
    return {
        "lane": lane,
        "id": mode.id,
        "site": mode.site,
        "state": mode.state.value,
        "begun_at": mode.begun_at,
        "body": mode,
    }


def _order_row(lane: str, order: WorkOrder) -> Row:
    return {
        "lane": lane,
        "id": order.id,
        "site": order.site,
        "asset": order.asset,
        "state": order.state.value,
        "open": order.state not in ENDED_STATES,
        "created_at": order.created_at,
        "body": order,
    }


def _run_row(lane: str, run: TourRun) -> Row:
    return {
        "lane": lane,
        "id": run.id,
        "site": run.site,
        "tour": run.tour,
        "starts_at": run.starts_at,
        "body": run,
    }


def _proposal_row(lane: str, proposal: PatrolProposal) -> Row:
    return {
        "lane": lane,
        "id": proposal.id,
        "site": proposal.site,
        "state": proposal.state.value,
        "proposed_at": proposal.proposed_at,
        "body": proposal,
    }


def _quarantine_row(effect: Effect, entry: QuarantineAdded) -> Row:
    return {
        "lane": effect.lane,
        "seq": effect.cause,
        "n": effect.n,
        "at": effect.at,
        "reason": entry.reason,
        "body": entry,
    }


def _told_of(body: EffectBody) -> Iterator[AlarmNotification]:
    """What an effect says of telling somebody of alarms."""
    if isinstance(body, NotificationDecided):
        yield body.decided
    elif isinstance(body, NotificationDue):
        notice = body.notice
        spelled_out = [(item.alarm, item.occurrence) for item in notice.items]
        for alarm, occurrence in (*spelled_out, *((alarm, "") for alarm in notice.others)):
            yield AlarmNotification(
                alarm=alarm,
                occurrence=occurrence,
                recipient=notice.recipient,
                reason=notice.reason,
                at=notice.at,
                notice=notice.id,
            )


def _notification_row(effect: Effect, told: AlarmNotification) -> Row:
    return {"lane": effect.lane, "alarm": told.alarm, "seq": effect.cause, "n": effect.n, "body": told}
