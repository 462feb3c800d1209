"""Reading what the engine decided: lists, single things and histories of one lane."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import BindParameter, Column, ColumnElement, Table, and_, bindparam, func, or_, select

from domain.alarm import OWN_SITE, Alarm, Occurrence
from domain.alarm_figures import OccurrenceFacts
from domain.effects import (
    AlarmChanged,
    CommandOutcome,
    DeviceChanged,
    DoorChanged,
    EffectBody,
    QuarantineAdded,
    ScanJudged,
    WorkOrderChanged,
)
from domain.identity import REAL_LANE
from domain.incident import Flood, Incident
from domain.instant import Instant
from domain.mode import Mode
from domain.notification import AlarmNotification
from domain.operator_log import LogEntry
from domain.patrol_proposal import PatrolProposal
from domain.tour_run import TourRun
from domain.undecided import Undecided
from domain.work_order import WorkOrder
from stores.database import Database
from stores.ports import (
    AlarmFilter,
    IncidentFilter,
    LogFilter,
    ModeFilter,
    OrderFilter,
    Page,
    ProposalFilter,
    StoredEffect,
    StoredQuarantine,
    UndecidedFilter,
)
from stores.schema import (
    alarm,
    command_outcome,
    device,
    door,
    effect,
    incident,
    mode,
    notification,
    occurrence,
    patrol_proposal,
    quarantine,
    tour_run,
    undecided,
    work_order,
)
from stores.state.alarm_history import facts_of, floods_of, log_of
from stores.state.effect_log import EffectSignal, StoredEffects, effect_columns, stored_effect
from stores.state.paging import AnySelect, ListOrder
from stores.state.projection import late_at, outside_tours

T = TypeVar("T")

_ALARMS: Final = ListOrder("alarms", (alarm.c.urgency, False), (alarm.c.raised_at, True), (alarm.c.id, False))
_OCCURRENCES: Final = ListOrder("occurrences", (occurrence.c.number, True), (occurrence.c.id, True))
_ORDERS: Final = ListOrder("orders", (work_order.c.created_at, True), (work_order.c.id, True))
_RUNS: Final = ListOrder("runs", (tour_run.c.starts_at, True), (tour_run.c.id, True))
_PROPOSALS: Final = ListOrder("proposals", (patrol_proposal.c.proposed_at, True), (patrol_proposal.c.id, True))
_UNDECIDED: Final = ListOrder(
    "undecided", (undecided.c.since, True), (undecided.c.rule, False), (undecided.c.subject, False)
)
_QUARANTINE: Final = ListOrder("quarantine", (quarantine.c.seq, True), (quarantine.c.n, True))
_INCIDENTS: Final = ListOrder(
    "incidents", (incident.c.urgency, False), (incident.c.opened_at, True), (incident.c.id, False)
)
_GATHERED: Final = ListOrder("occurrences of an incident", (occurrence.c.raised_at, True), (occurrence.c.id, True))
_MODES: Final = ListOrder("modes", (mode.c.begun_at, True), (mode.c.id, True))
_AHEAD: Final[BindParameter[Any]] = bindparam("ahead", expanding=True)
_ALARM_HISTORY: Final = ListOrder("alarm history", (effect.c.position, True))
_NOTIFICATIONS: Final = ListOrder("notifications", (notification.c.seq, True), (notification.c.n, True))
_ORDER_HISTORY: Final = ListOrder("order history", (effect.c.position, True))

_alarm = msgspec.msgpack.Decoder(Alarm).decode
_occurrence = msgspec.msgpack.Decoder(Occurrence).decode
_incident = msgspec.msgpack.Decoder(Incident).decode
_mode = msgspec.msgpack.Decoder(Mode).decode
_order = msgspec.msgpack.Decoder(WorkOrder).decode
_run = msgspec.msgpack.Decoder(TourRun).decode
_proposal = msgspec.msgpack.Decoder(PatrolProposal).decode
_undecided = msgspec.msgpack.Decoder(Undecided).decode
_door = msgspec.msgpack.Decoder(DoorChanged).decode
_device = msgspec.msgpack.Decoder(DeviceChanged).decode
_quarantined = msgspec.msgpack.Decoder(QuarantineAdded).decode
_notified = msgspec.msgpack.Decoder(AlarmNotification).decode
_outcome = msgspec.msgpack.Decoder(CommandOutcome).decode


class StateReader(StoredEffects):
    """`stores.ports.ReadModels` of one lane. Safe from any thread; never waits for a writer."""

    def __init__(self, database: Database, signal: EffectSignal, lane: str = REAL_LANE) -> None:
        """Read what the engine of `lane` decided from `database`; `signal` tells of new effects."""
        super().__init__(database, signal)
        self._lane = lane

    def alarms(self, which: AlarmFilter, page: Page) -> tuple[Sequence[Alarm], str | None]:
        query = self._all(alarm, alarm.c.urgency, alarm.c.raised_at, alarm.c.id).where(
            *_equal(alarm, condition=which.condition, rule=which.rule, standing=which.standing),
            *_equal(alarm, suppressed=which.suppressed, mode=which.mode),
            *_of_site(which.site, own=which.own),
        )
        return self._page(_ALARMS, query, page, _alarm)

    def alarm(self, alarm_id: str) -> Alarm | None:
        return self._one(alarm, alarm_id, _alarm)

    def occurrences(self, alarm_id: str, page: Page) -> tuple[Sequence[Occurrence], str | None]:
        query = self._all(occurrence, occurrence.c.number, occurrence.c.id).where(occurrence.c.alarm == alarm_id)
        return self._page(_OCCURRENCES, query, page, _occurrence)

    def occurrence(self, occurrence_id: str) -> Occurrence | None:
        return self._one(occurrence, occurrence_id, _occurrence)

    def alarm_history(self, alarm_id: str, page: Page) -> tuple[Sequence[StoredEffect], str | None]:
        return self._history(_ALARM_HISTORY, AlarmChanged, alarm_id, page)

    def notifications(self, alarm_id: str, page: Page) -> tuple[Sequence[AlarmNotification], str | None]:
        query = self._all(notification, notification.c.seq, notification.c.n).where(notification.c.alarm == alarm_id)
        return self._page(_NOTIFICATIONS, query, page, _notified)

    def incidents(self, which: IncidentFilter, page: Page) -> tuple[Sequence[Incident], str | None]:
        query = self._all(incident, incident.c.urgency, incident.c.opened_at, incident.c.id).where(
            *_equal(incident, site=which.site, state=which.state)
        )
        if which.state is None:
            query = query.where(incident.c.merged_into.is_(None))
        return self._page(_INCIDENTS, query, page, _incident)

    def incident(self, incident_id: str) -> Incident | None:
        return self._one(incident, incident_id, _incident)

    def incident_occurrences(self, incident_id: str, page: Page) -> tuple[Sequence[Occurrence], str | None]:
        parts = self._parts(incident_id)
        query = self._all(occurrence, occurrence.c.raised_at, occurrence.c.id).where(occurrence.c.incident.in_(parts))
        return self._page(_GATHERED, query, page, _occurrence)

    def modes(self, which: ModeFilter, page: Page) -> tuple[Sequence[Mode], str | None]:
        query = self._all(mode, mode.c.begun_at, mode.c.id).where(*_equal(mode, site=which.site, state=which.state))
        return self._page(_MODES, query, page, _mode)

    def mode(self, mode_id: str) -> Mode | None:
        return self._one(mode, mode_id, _mode)

    def suppressed_counts(self, mode: str | None = None) -> Mapping[str, int]:
        which = alarm.c.mode.is_not(None) if mode is None else alarm.c.mode == mode
        query = select(alarm.c.mode, func.count()).where(alarm.c.lane == self._lane, which)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(alarm.c.mode))}

    def log(self, which: LogFilter, page: Page) -> tuple[Sequence[LogEntry], str | None]:
        return log_of(self._database, self._lane, which, page)

    def occurrence_facts(self, site: str | None, start: Instant, end: Instant) -> Sequence[OccurrenceFacts]:
        return facts_of(self._database, self._lane, site, start, end)

    def floods(self, start: Instant, end: Instant) -> Sequence[Flood]:
        return floods_of(self._database, self._lane, start, end)

    def orders(self, which: OrderFilter, page: Page) -> tuple[Sequence[WorkOrder], str | None]:
        query = self._all(work_order, work_order.c.created_at, work_order.c.id).where(
            *_equal(work_order, site=which.site, state=which.state, asset=which.asset, open=which.open)
        )
        return self._page(_ORDERS, query, page, _order)

    def order(self, order_id: str) -> WorkOrder | None:
        return self._one(work_order, order_id, _order)

    def order_history(self, order_id: str, page: Page) -> tuple[Sequence[StoredEffect], str | None]:
        return self._history(_ORDER_HISTORY, WorkOrderChanged, order_id, page)

    def runs(self, site: str | None, tour: str | None, page: Page) -> tuple[Sequence[TourRun], str | None]:
        query = self._all(tour_run, tour_run.c.starts_at, tour_run.c.id).where(*_equal(tour_run, site=site, tour=tour))
        return self._page(_RUNS, query, page, _run)

    def run(self, run_id: str) -> TourRun | None:
        return self._one(tour_run, run_id, _run)

    def proposals(self, which: ProposalFilter, page: Page) -> tuple[Sequence[PatrolProposal], str | None]:
        query = self._all(patrol_proposal, patrol_proposal.c.proposed_at, patrol_proposal.c.id).where(
            *_equal(patrol_proposal, site=which.site, state=which.state)
        )
        return self._page(_PROPOSALS, query, page, _proposal)

    def proposal(self, proposal_id: str) -> PatrolProposal | None:
        return self._one(patrol_proposal, proposal_id, _proposal)

    def undecided(self, which: UndecidedFilter, page: Page) -> tuple[Sequence[Undecided], str | None]:
        query = self._all(undecided, undecided.c.since, undecided.c.rule, undecided.c.subject).where(
            undecided.c.standing, *_equal(undecided, site=which.site, rule=which.rule)
        )
        return self._page(_UNDECIDED, query, page, _undecided)

    def undecided_counts(self) -> Mapping[str, int]:
        query = select(undecided.c.rule, func.count()).where(undecided.c.lane == self._lane, undecided.c.standing)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(undecided.c.rule))}

    def scans_outside(self, site: str, start: Instant, end: Instant) -> Sequence[ScanJudged]:
        query = effect_columns().where(
            effect.c.lane == self._lane,
            effect.c.subject == outside_tours(site),
            effect.c.at >= start,
            effect.c.at < end,
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(effect.c.position)).all()
        bodies = [stored_effect(row).effect.body for row in rows]
        return [body for body in bodies if isinstance(body, ScanJudged)]

    def late_observations(self, site: str, start: Instant, end: Instant, most: int) -> Sequence[StoredEffect]:
        # A backfill leaves millions: looking for those of a time among all of them would cost every chart that.
        newest = select(effect.c.position).where(effect.c.lane == self._lane, effect.c.subject == late_at(site))
        among = newest.order_by(effect.c.position.desc()).limit(most).subquery()
        query = effect_columns().where(
            effect.c.position.in_(select(among.c.position)), effect.c.at >= start, effect.c.at < end
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(effect.c.position.desc())).all()
        return [stored_effect(row) for row in rows]

    def doors(self, site: str) -> Sequence[DoorChanged]:
        return self._things(door, site, _door)

    def devices(self, site: str) -> Sequence[DeviceChanged]:
        return self._things(device, site, _device)

    def quarantine(self, reason: str | None, page: Page) -> tuple[Sequence[StoredQuarantine], str | None]:
        query = self._all(quarantine, quarantine.c.seq, quarantine.c.n, quarantine.c.at).where(
            *_equal(quarantine, reason=reason)
        )
        with self._database.reading() as connection:
            rows, cursor = _QUARANTINE.fetch(connection, query, page)
        return [StoredQuarantine(seq=row.seq, at=row.at, entry=_quarantined(row.body)) for row in rows], cursor

    def quarantine_counts(self) -> Mapping[str, int]:
        reason = quarantine.c.reason
        query = select(reason, func.count()).where(quarantine.c.lane == self._lane).group_by(reason).order_by(reason)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def outcome(self, command_id: str) -> CommandOutcome | None:
        return self._one(command_outcome, command_id, _outcome)

    def _all(self, table: Table, *keys: Column[Any]) -> AnySelect:
        return select(table.c.body, *keys).where(table.c.lane == self._lane)

    def _parts(self, whole: str) -> list[str]:
        """The incident and all that became part of it, directly or through others."""
        found, ahead = [whole], [whole]
        merged = select(incident.c.id).where(incident.c.lane == self._lane, incident.c.merged_into.in_(_AHEAD))
        with self._database.reading() as connection:
            while ahead:
                ahead = list(connection.execute(merged, {"ahead": ahead}).scalars())
                found += ahead
        return found

    def _page(
        self, order: ListOrder, query: AnySelect, page: Page, decode: Callable[[bytes], T]
    ) -> tuple[list[T], str | None]:
        with self._database.reading() as connection:
            rows, cursor = order.fetch(connection, query, page)
        return [decode(row.body) for row in rows], cursor

    def _one(self, table: Table, thing: str, decode: Callable[[bytes], T]) -> T | None:
        query = self._all(table).where(table.c.id == thing)
        with self._database.reading() as connection:
            body = connection.execute(query).scalar_one_or_none()
        return None if body is None else decode(body)

    def _things(self, table: Table, site: str, decode: Callable[[bytes], T]) -> list[T]:
        query = self._all(table).where(table.c.site == site).order_by(table.c.id)
        with self._database.reading() as connection:
            return [decode(body) for body in connection.execute(query).scalars()]

    def _history(
        self, order: ListOrder, change: type[EffectBody], subject: str, page: Page
    ) -> tuple[list[StoredEffect], str | None]:
        query = effect_columns().where(
            effect.c.lane == self._lane,
            effect.c.subject == subject,
            effect.c.type == change.__struct_config__.tag,
        )
        with self._database.reading() as connection:
            rows, cursor = order.fetch(connection, query, page)
        return [stored_effect(row) for row in rows], cursor


def _of_site(site: str | None, *, own: bool) -> list[ColumnElement[bool]]:
    """The alarms of a site; with `own` also those of Vigil's own that concern it."""
    here = _equal(alarm, site=site)
    if not here or not own:
        return here
    concerning = or_(alarm.c.concerns.is_(None), alarm.c.concerns == site)
    return [or_(*here, and_(alarm.c.site == OWN_SITE, concerning))]


def _equal(table: Table, **wanted: str | bool | None) -> list[ColumnElement[bool]]:
    """A condition for each column that something is wanted of; None means any."""
    return [table.c[name] == value for name, value in wanted.items() if value is not None]
