"""What each effect does to the read models: an effect carries its thing whole, and the last one stands.

`EFFECTS` is the one table of it: by type of effect its site, whose history it belongs to, and which rows it writes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import Table

from domain.alarm import Acknowledgement
from domain.effects import (
    AlarmChanged,
    CommandOutcome,
    ConfigurationApplied,
    DeviceChanged,
    DoorChanged,
    DuplicateIgnored,
    Effect,
    EffectBody,
    FloodChanged,
    IdentityConflict,
    IncidentChanged,
    LateObservation,
    LogEntryAdded,
    MessageResent,
    ModeChanged,
    NotificationDecided,
    NotificationDue,
    PatrolProposalChanged,
    QuarantineAdded,
    RuleFaulted,
    ScanJudged,
    SequenceGap,
    SequenceGapClosed,
    TourRunChanged,
    UndecidedChanged,
    WorkOrderChanged,
)
from domain.instant import Instant
from domain.notification import AlarmNotification, Notice
from domain.priority import Priority
from domain.tour_run import StopVerdict
from domain.work_order import ENDED_STATES
from stores import schema

Row: TypeAlias = dict[str, Any]
"""Column names and what the driver takes for them: the edge at which types end."""

_Written: TypeAlias = tuple[Table, Row]

_Rows: TypeAlias = Callable[[Effect], Iterable[_Written]]

_From: TypeAlias = str | Callable[[Any], Any]
"""Where in an effect something stands: a path of attributes, or a function of its body."""

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
    schema.undecided,
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


class _Model:
    """How an effect becomes the row of a read model: from where in the effect each column comes."""

    def __init__(self, table: Table, thing: str, **columns: _From) -> None:
        """`thing` is where in the effect what is stored stands. Columns are its attributes of the same name, but those
        that `columns` takes from elsewhere in the effect.
        """
        self._table = table
        places: dict[str, _From] = {column.name: f"{thing}.{column.name}" for column in table.columns}
        places |= {"lane": "lane", "body": thing} | columns
        self._columns = [(name, _reader(place)) for name, place in places.items()]

    def __call__(self, effect: Effect) -> Iterable[_Written]:
        """The row that the effect writes."""
        return ((self._table, {name: read(effect) for name, read in self._columns}),)


class _Stored:
    """What is stored of a type of effect: the site it is about, whose history it is part of (an alarm, a work order, a
    tour run), and what it writes into read models.
    """

    def __init__(self, site: _From | None = None, subject: _From | None = None, *models: _Rows) -> None:
        """`site` and `subject` are where in the effect they stand, None where there is none."""
        self.site = _reader(site)
        self.subject = _reader(subject)
        self._models = models

    def rows(self, effect: Effect) -> Iterator[_Written]:
        """The rows that the effect writes, each with its table."""
        for model in self._models:
            yield from model(effect)


def outside_tours(site: str) -> str:
    """The subject of scans at a site that no run holds, so that they are found together."""
    return f"outside-tours:{site}"


def late_at(site: str) -> str:
    """The subject of late observations at a site."""
    return f"late:{site}"


def effect_rows(effects: Sequence[Effect], committed_at: Instant) -> list[Row]:
    """The effects as rows of the stream, in their order; positions are given inside the transaction."""
    rows = []
    for effect in effects:
        stored = EFFECTS[type(effect.body)]
        rows.append(
            {
                "position": 0,
                "id": effect.id,
                "cause": effect.cause,
                "n": effect.n,
                "type": effect.type,
                "at": effect.at,
                "lane": effect.lane,
                "site": stored.site(effect),
                "subject": stored.subject(effect),
                "committed_at": committed_at,
                "version": EFFECT_VERSION,
                "body": _encode(effect),
            }
        )
    return rows


def model_rows(effects: Iterable[Effect]) -> Iterator[tuple[Table, list[Row]]]:
    """The read models' rows after these effects, each key once, for every table that is touched."""
    latest: dict[Table, dict[tuple[str | int, ...], Row]] = {}
    for effect in effects:
        for table, row in EFFECTS[type(effect.body)].rows(effect):
            latest.setdefault(table, {})[tuple(row[name] for name in _KEYS[table])] = row
    for table, rows in latest.items():
        for row in rows.values():
            row["body"] = _encode(row["body"])
        yield table, list(rows.values())


def _reader(place: _From | None) -> Callable[[Effect], Any]:
    if place is None:
        return lambda _: None
    return attrgetter(place) if isinstance(place, str) else lambda effect: place(effect.body)


def _is_shown(changed: AlarmChanged) -> bool:
    return changed.alarm.is_standing or changed.alarm.acknowledgement is Acknowledgement.UNACKED


def _urgency(changed: AlarmChanged) -> int:
    is_urgent = _is_shown(changed) and not changed.alarm.is_suppressed
    return changed.alarm.priority.rank if is_urgent else SETTLED_URGENCY


def _disposition(changed: AlarmChanged) -> str | None:
    found = changed.occurrence.disposition
    return None if found is None else found.value


def _incident_urgency(changed: IncidentChanged) -> int:
    return changed.incident.priority.rank if changed.incident.standing else SETTLED_URGENCY


def _is_open(changed: WorkOrderChanged) -> bool:
    return changed.order.state not in ENDED_STATES


def _is_undecided(changed: UndecidedChanged) -> bool:
    return changed.undecided.over_at is None


def _scanned(scan: ScanJudged) -> str | None:
    return outside_tours(scan.site) if scan.verdict is StopVerdict.OUTSIDE_TOUR else scan.run


def _late(late: LateObservation) -> str:
    return late_at(late.site)


def _told_of(notice: Notice) -> Iterator[AlarmNotification]:
    """What a notice says of each alarm; of those it only counts, not which occurrence."""
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


def _notices(effect: Effect) -> Iterator[_Written]:
    """A notice tells of several alarms, each a row."""
    for told in _told_of(effect.body.notice) if isinstance(effect.body, NotificationDue) else ():
        place = {"lane": effect.lane, "alarm": told.alarm, "seq": effect.cause, "n": effect.n}
        yield schema.notification, {**place, "body": told}


_OF_SITE: Final = _Stored("body.site")

EFFECTS: Final[Mapping[type[EffectBody], _Stored]] = {
    AlarmChanged: _Stored(
        "body.alarm.site",
        "body.alarm.id",
        _Model(
            schema.alarm,
            "body.alarm",
            condition="body.alarm.condition.value",
            standing=_is_shown,
            suppressed="body.alarm.is_suppressed",
            urgency=_urgency,
            raised_at="body.alarm.latest.raised_at",
            mode="body.alarm.inhibited_mode",
        ),
        _Model(
            schema.occurrence,
            "body.occurrence",
            site="body.alarm.site",
            rule="body.alarm.rule",
            priority="body.occurrence.priority.value",
            disposition=_disposition,
        ),
    ),
    IncidentChanged: _Stored(
        "body.incident.site",
        "body.incident.id",
        _Model(schema.incident, "body.incident", state="body.incident.state.value", urgency=_incident_urgency),
    ),
    FloodChanged: _Stored(None, None, _Model(schema.flood, "body.flood")),
    LogEntryAdded: _Stored(
        "body.entry.site", None, _Model(schema.log_entry, "body.entry", kind="body.entry.kind.value")
    ),
    ModeChanged: _Stored(
        "body.mode.site", "body.mode.id", _Model(schema.mode, "body.mode", state="body.mode.state.value")
    ),
    WorkOrderChanged: _Stored(
        "body.order.site",
        "body.order.id",
        _Model(schema.work_order, "body.order", state="body.order.state.value", open=_is_open),
    ),
    TourRunChanged: _Stored("body.run.site", "body.run.id", _Model(schema.tour_run, "body.run")),
    PatrolProposalChanged: _Stored(
        "body.proposal.site",
        "body.proposal.id",
        _Model(schema.patrol_proposal, "body.proposal", state="body.proposal.state.value"),
    ),
    ScanJudged: _Stored("body.site", _scanned),
    UndecidedChanged: _Stored(
        "body.undecided.site", None, _Model(schema.undecided, "body.undecided", standing=_is_undecided)
    ),
    DoorChanged: _Stored("body.site", None, _Model(schema.door, "body", id="body.door")),
    DeviceChanged: _Stored("body.site", None, _Model(schema.device, "body", id="body.device")),
    QuarantineAdded: _Stored("body.site", None, _Model(schema.quarantine, "body", seq="cause", n="n", at="at")),
    CommandOutcome: _Stored(None, None, _Model(schema.command_outcome, "body", id="body.command")),
    NotificationDecided: _Stored("body.site", None, _Model(schema.notification, "body.decided", seq="cause", n="n")),
    NotificationDue: _Stored("body.notice.site", None, _notices),
    LateObservation: _Stored("body.site", _late),
    SequenceGap: _OF_SITE,
    SequenceGapClosed: _OF_SITE,
    IdentityConflict: _OF_SITE,
    DuplicateIgnored: _Stored(),
    RuleFaulted: _Stored(),
    ConfigurationApplied: _Stored(),
    MessageResent: _Stored(),
}
"""What is stored of every type of effect."""
