"""After any effects in any commits, each read model is the fold of the effects."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.alarm import Acknowledgement, Condition
from domain.effects import (
    AlarmChange,
    AlarmChanged,
    CommandOutcome,
    DeviceChanged,
    DoorChanged,
    DoorState,
    DuplicateIgnored,
    Effect,
    EffectBody,
    NotificationDecided,
    NotificationDue,
    QuarantineAdded,
    TourRunChanged,
    WorkOrderChange,
    WorkOrderChanged,
)
from domain.notification import AlarmNotification, NotifyReason
from domain.priority import Priority
from domain.work_order import ENDED_STATES, WorkOrderState
from stores.ports import AlarmFilter, OrderFilter, Page, StoredQuarantine
from stores.state.opening import open_state_store
from stores.state.reader import StateReader
from tests.samples import NOW, a_notice, an_alarm, an_occurrence, an_order
from tests.stores.commits import Owner, a_device, a_door, a_run, an_outcome, quarantined

ids = st.sampled_from(["a", "b", "c"])
sites = st.sampled_from(["tower", "annex"])
times = st.integers(0, 3)


@st.composite
def alarm_changes(draw: st.DrawFn) -> AlarmChanged:
    alarm_id = draw(ids)
    occurrence = an_occurrence(alarm_id, number=draw(st.integers(1, 3)), raised_at=draw(times))
    alarm = replace(
        an_alarm(alarm_id, draw(sites), version=draw(st.integers(1, 9))),
        priority=draw(st.sampled_from(Priority)),
        condition=draw(st.sampled_from(Condition)),
        acknowledgement=draw(st.sampled_from(Acknowledgement)),
        latest=occurrence,
    )
    return AlarmChanged(change=draw(st.sampled_from(AlarmChange)), alarm=alarm, occurrence=occurrence)


@st.composite
def order_changes(draw: st.DrawFn) -> WorkOrderChanged:
    state = draw(st.sampled_from(WorkOrderState))
    order = replace(an_order(draw(ids), draw(sites)), state=state, created_at=draw(times))
    return WorkOrderChanged(change=WorkOrderChange.MOVED, order=order)


def decided(alarm: str) -> NotificationDecided:
    told = AlarmNotification(alarm=alarm, occurrence="o", recipient="mail/duty", reason=NotifyReason.GROUPED, at=NOW)
    return NotificationDecided(site="tower", decided=told)


def due(alarm: str, other: str) -> NotificationDue:
    notice = replace(a_notice("notice-1", "mail", an_alarm(alarm)), others=() if other == alarm else (other,))
    return NotificationDue(notice=notice)


bodies: st.SearchStrategy[EffectBody] = st.one_of(
    alarm_changes(),
    order_changes(),
    st.builds(a_run, ids, sites, ids, times),
    st.builds(a_door, ids, sites, st.sampled_from(DoorState)),
    st.builds(a_device, ids, sites, online=st.booleans()),
    st.builds(quarantined, ids),
    st.builds(an_outcome, ids, accepted=st.booleans()),
    st.builds(decided, ids),
    st.builds(due, ids, ids),
    st.just(DuplicateIgnored(device="a", boot="b", seq=1)),
)
commits = st.lists(st.lists(bodies, max_size=6), max_size=6)


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without anything in it, to be copied: making one takes longer than an example."""
    path = tmp_path_factory.mktemp("empty") / "state.sqlite"
    open_state_store(path).close()
    return path


@settings(max_examples=60, deadline=None)
@given(given_commits=commits)
def test_read_models_are_the_fold_of_the_effects(empty_store: Path, given_commits: list[list[EffectBody]]) -> None:
    with tempfile.TemporaryDirectory() as folder, open_state_store(Path(shutil.copy(empty_store, folder))) as store:
        owner = Owner(store.writer)
        effects: list[Effect] = []
        for one in given_commits:
            effects += [owner.effect(body, n) for n, body in enumerate(one)]
            owner.commit_effects(effects[len(effects) - len(one) :])
        assert [stored.effect for stored in store.reader.effects_after(0, 1000)] == effects
        check_alarms(store.reader, effects)
        check_orders_and_runs(store.reader, effects)
        check_things(store.reader, effects)
        check_notifications(store.reader, effects)


def check_alarms(read: StateReader, effects: Sequence[Effect]) -> None:
    changes = [effect.body for effect in effects if isinstance(effect.body, AlarmChanged)]
    alarms = {change.alarm.id: change.alarm for change in changes}
    occurrences = {change.occurrence.id: change.occurrence for change in changes}
    standing = {
        one.id
        for one in alarms.values()
        if one.condition is not Condition.INACTIVE or one.acknowledgement is Acknowledgement.UNACKED
    }
    expected = sorted(
        alarms.values(),
        key=lambda one: (
            one.id not in standing,
            one.priority.rank if one.id in standing else 0,
            -one.latest.raised_at,
            one.id,
        ),
    )
    assert read.alarms(AlarmFilter(), Page()) == (expected, None)
    assert read.alarms(AlarmFilter(standing=True), Page())[0] == [one for one in expected if one.id in standing]
    for alarm_id in "abc":
        assert read.alarm(alarm_id) == alarms.get(alarm_id)
        own = [one for one in occurrences.values() if one.alarm == alarm_id]
        assert read.occurrences(alarm_id, Page())[0] == sorted(own, key=lambda one: -one.number)
        history = [stored.effect.body for stored in read.alarm_history(alarm_id, Page())[0]]
        assert history == [change for change in reversed(changes) if change.alarm.id == alarm_id]


def check_orders_and_runs(read: StateReader, effects: Sequence[Effect]) -> None:
    changes = [effect.body for effect in effects if isinstance(effect.body, WorkOrderChanged)]
    orders = {change.order.id: change.order for change in changes}
    newest_first = sorted(orders.values(), key=lambda one: (one.created_at, one.id), reverse=True)
    assert list(read.orders(OrderFilter(), Page())[0]) == newest_first
    still_open = [one for one in newest_first if one.state not in ENDED_STATES]
    assert list(read.orders(OrderFilter(open=True), Page())[0]) == still_open
    for order_id in "abc":
        assert read.order(order_id) == orders.get(order_id)
        history = [stored.effect.body for stored in read.order_history(order_id, Page())[0]]
        assert history == [change for change in reversed(changes) if change.order.id == order_id]
    runs = {effect.body.run.id: effect.body.run for effect in effects if isinstance(effect.body, TourRunChanged)}
    latest_first = sorted(runs.values(), key=lambda one: (one.starts_at, one.id), reverse=True)
    assert list(read.runs(None, None, Page())[0]) == latest_first


def check_notifications(read: StateReader, effects: Sequence[Effect]) -> None:
    for alarm in "abc":
        said: list[tuple[NotifyReason, str | None]] = []
        for effect in reversed(effects):
            match effect.body:
                case NotificationDecided(decided=decided) if decided.alarm == alarm:
                    said.append((NotifyReason.GROUPED, None))
                case NotificationDue(notice=notice) if alarm in {*notice.others, notice.items[0].alarm}:
                    said.append((NotifyReason.NEWS, notice.id))
        assert [(told.reason, told.notice) for told in read.notifications(alarm, Page())[0]] == said


def check_things(read: StateReader, effects: Sequence[Effect]) -> None:
    said = [effect.body for effect in effects]
    doors = {(body.site, body.door): body for body in said if isinstance(body, DoorChanged)}
    devices = {(body.site, body.device): body for body in said if isinstance(body, DeviceChanged)}
    outcomes = {body.command: body for body in said if isinstance(body, CommandOutcome)}
    for site in ("tower", "annex"):
        assert read.doors(site) == [doors[key] for key in sorted(doors) if key[0] == site]
        assert read.devices(site) == [devices[key] for key in sorted(devices) if key[0] == site]
    for command in "abc":
        assert read.outcome(command) == outcomes.get(command)
    bad = [
        StoredQuarantine(seq=effect.cause, at=effect.at, entry=effect.body)
        for effect in reversed(effects)
        if isinstance(effect.body, QuarantineAdded)
    ]
    newest_first = sorted(bad, key=lambda one: -one.seq)
    assert read.quarantine(None, Page())[0] == newest_first
    reasons = [one.entry.reason for one in bad]
    assert read.quarantine_counts() == {reason: reasons.count(reason) for reason in set(reasons)}
