"""What every `EngineStore` and `ReadModels` must do, whatever holds the data."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from domain.alarm import OWN_SITE, Acknowledgement, Alarm, Condition, Occurrence
from domain.effects import (
    AlarmChange,
    AlarmChanged,
    DoorState,
    EffectBody,
    LateObservation,
    PatrolProposalChanged,
    ScanJudged,
    UndecidedChanged,
    WorkOrderChange,
    WorkOrderChanged,
)
from domain.identity import derive_id
from domain.instant import LATEST
from domain.patrol_proposal import PatrolProposal, ProposalKind, ProposalState, ProposedPlan
from domain.priority import Priority
from domain.text import same
from domain.tour_run import StopVerdict
from domain.undecided import Undecided, UndecidedCause
from domain.work_order import WorkOrderState
from stores.ports import (
    AlarmFilter,
    BadCursor,
    OrderFilter,
    Page,
    PartitionLost,
    ProposalFilter,
    ReadModels,
    StoredQuarantine,
    UndecidedFilter,
)
from stores.state.opening import StateStore
from tests.brokers import PATIENCE_SECONDS
from tests.contracts.state_stores import OPENERS
from tests.samples import NOW, an_alarm, an_occurrence, an_order
from tests.stores.commits import Owner, a_device, a_door, a_run, an_outcome, quarantined

T = TypeVar("T")
ANY_ALARM = AlarmFilter()
ANY_ORDER = OrderFilter()


@pytest.fixture(params=sorted(OPENERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    with OPENERS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def owner(store: StateStore) -> Owner:
    return Owner(store.writer)


@pytest.fixture
def read(store: StateStore) -> ReadModels:
    return store.reader


def changed(alarm: Alarm, occurrence: Occurrence | None = None) -> AlarmChanged:
    return AlarmChanged(change=AlarmChange.RAISED, alarm=alarm, occurrence=occurrence or alarm.latest)


def order(order_id: str, **values: object) -> WorkOrderChanged:
    return WorkOrderChanged(change=WorkOrderChange.CREATED, order=replace(an_order(order_id), **values))


def all_pages(fetch: Callable[[Page], tuple[Sequence[T], str | None]], limit: int) -> list[T]:
    items, cursor = fetch(Page(limit=limit))
    found = list(items)
    while cursor is not None:
        items, cursor = fetch(Page(limit=limit, cursor=cursor))
        assert items, "a cursor was given, and there was nothing behind it"
        found += items
    return found


# The guard


def test_a_new_store_is_empty(store: StateStore) -> None:
    assert store.writer.last_seq() == 0
    assert store.reader.last_position() == 0
    assert store.reader.effects_after(0, 10) == []


def test_a_commit_advances_seq_and_gives_the_last_position(store: StateStore, owner: Owner) -> None:
    assert owner.commit(a_door(), a_device()) == 2
    assert owner.commit() == 2
    assert owner.commit(a_door()) == 3
    assert store.writer.last_seq() == 3
    assert store.reader.last_position() == 3


def test_claims_raise_the_epoch_and_keep_the_seq(store: StateStore, owner: Owner) -> None:
    owner.commit()
    assert store.writer.claim() == owner.epoch + 1
    assert store.writer.last_seq() == 1


def test_an_owner_that_was_superseded_is_refused_and_stores_nothing(store: StateStore) -> None:
    first = Owner(store.writer)
    second = Owner(store.writer)
    with pytest.raises(PartitionLost, match=f"under epoch {second.epoch}"):
        first.commit(a_door())
    assert second.commit(a_device()) == 1
    assert store.reader.doors("tower") == []


@pytest.mark.parametrize("seq_before", [0, 2])
def test_a_commit_on_another_seq_than_the_last_is_refused(store: StateStore, owner: Owner, seq_before: int) -> None:
    owner.commit(a_door())
    with pytest.raises(PartitionLost, match="at seq 1"):
        store.writer.commit(replace(owner.next([owner.effect(a_device())]), seq_before=seq_before))
    assert store.reader.last_position() == 1
    assert store.reader.devices("tower") == []


def test_nobody_commits_without_a_claim(store: StateStore, owner: Owner) -> None:
    writer, _, _ = store.of_lane("drill-1")
    with pytest.raises(PartitionLost, match="nobody has claimed"):
        writer.commit(owner.next())


def test_two_owners_racing_never_both_store_the_consequences_of_a_record(store: StateStore) -> None:
    rounds, lost = 20, []
    owners = [Owner(store.writer), Owner(store.writer)]
    together = threading.Barrier(2)

    def run(owner: Owner) -> None:
        for seq in range(rounds):
            owner.seq = seq
            together.wait(timeout=PATIENCE_SECONDS)
            try:
                owner.commit(a_door(door=f"d{owner.epoch}"))
            except PartitionLost:
                lost.append(owner.epoch)

    threads = [threading.Thread(target=run, args=(owner,)) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == [owners[0].epoch] * rounds
    assert [stored.effect.cause for stored in store.reader.effects_after(0, 100)] == list(range(1, rounds + 1))


def test_a_repeated_effect_is_a_mistake_that_surfaces_and_stores_nothing(store: StateStore, owner: Owner) -> None:
    effect = owner.effect(a_door())
    with pytest.raises(Exception, match=r"(?i)unique"):
        owner.commit_effects([effect, effect])
    assert store.writer.last_seq() == 0
    assert store.reader.last_position() == 0
    assert owner.commit(a_door()) == 1


def test_what_is_stored_is_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    for opener in OPENERS.values():
        with opener(tmp_path) as store:
            owner = Owner(store.writer)
            owner.commit(changed(an_alarm()))
        with opener(tmp_path) as store:
            assert store.writer.last_seq() == 1
            assert store.writer.claim() == owner.epoch + 1
            assert store.reader.alarm("alarm-1") == an_alarm()


# The stream of effects


def test_effects_come_back_as_they_were_in_the_order_given(store: StateStore, owner: Owner) -> None:
    bodies: list[EffectBody] = [changed(an_alarm()), order("order-1"), a_run(), a_door(), quarantined(), an_outcome()]
    given = [owner.effect(body, n) for n, body in enumerate(bodies)]
    owner.commit_effects(given[:4])
    given[4:] = [owner.effect(body, n) for n, body in enumerate(bodies[4:])]
    owner.commit_effects(given[4:])
    stored = [*store.reader.effects_after(0, 3), *store.reader.effects_after(3, 100)]
    assert [one.effect for one in stored] == given
    assert [one.position for one in stored] == [1, 2, 3, 4, 5, 6]
    assert [one.committed_at for one in stored] == [NOW + 1] * 4 + [NOW + 2] * 2


def test_waiting_ends_when_an_effect_is_there_or_comes(store: StateStore, owner: Owner) -> None:
    assert not store.reader.wait_for_effects(0, timeout=0)
    owner.commit(a_door())
    assert store.reader.wait_for_effects(0, timeout=0)
    woken: list[bool] = []
    waiter = threading.Thread(target=lambda: woken.append(store.reader.wait_for_effects(1, timeout=10)))
    waiter.start()
    owner.commit()
    owner.commit(a_device())
    waiter.join()
    assert woken == [True]
    assert store.reader.effects_after(1, 1)


def test_waiting_sees_what_another_process_commits(store: StateStore, tmp_path: Path) -> None:
    with OPENERS["sqlite"](tmp_path) as elsewhere:
        Owner(elsewhere.writer).commit(a_door())
        assert store.reader.wait_for_effects(0, timeout=10)
        assert not store.reader.wait_for_effects(1, timeout=0)


# Alarms


def alarm_of(alarm_id: str, priority: Priority, raised_at: int, **values: object) -> Alarm:
    latest = an_occurrence(alarm_id, raised_at=raised_at)
    return replace(replace(an_alarm(alarm_id), priority=priority, latest=latest), **values)


SETTLED = {"condition": Condition.INACTIVE, "acknowledgement": Acknowledgement.NOT_NEEDED}


def test_alarms_come_by_urgency_while_they_stand_and_newest_first_afterwards(owner: Owner, read: ReadModels) -> None:
    sorted_alarms = [
        alarm_of("critical-new", Priority.CRITICAL, 20),
        alarm_of("critical-old", Priority.CRITICAL, 10, condition=Condition.UNKNOWN),
        alarm_of("high-a", Priority.HIGH, 30),
        alarm_of("high-b", Priority.HIGH, 30, condition=Condition.INACTIVE),
        alarm_of("low", Priority.LOW, 40),
        alarm_of("settled-new", Priority.LOW, 60, **SETTLED),
        alarm_of("settled-old", Priority.CRITICAL, 50, **SETTLED),
    ]
    owner.commit(*(changed(alarm) for alarm in sorted(sorted_alarms, key=lambda alarm: alarm.id)))
    for limit in (1, 2, 3, 7, 8):
        assert all_pages(lambda page: read.alarms(ANY_ALARM, page), limit) == sorted_alarms


def test_alarms_are_filtered(owner: Owner, read: ReadModels) -> None:
    standing = alarm_of("standing", Priority.HIGH, 1)
    unseen = alarm_of("unseen", Priority.HIGH, 2, condition=Condition.UNKNOWN, site="annex")
    settled = alarm_of("settled", Priority.HIGH, 3, rule="door-held", **SETTLED)
    owner.commit(changed(standing), changed(unseen), changed(settled))

    def ids(which: AlarmFilter) -> set[str]:
        return {alarm.id for alarm in all_pages(lambda page: read.alarms(which, page), 1)}

    assert ids(AlarmFilter(site="annex")) == {"unseen"}
    assert ids(AlarmFilter(condition=Condition.INACTIVE)) == {"settled"}
    assert ids(AlarmFilter(rule="door-forced")) == {"standing", "unseen"}
    assert ids(AlarmFilter(standing=True)) == {"standing", "unseen"}
    assert ids(AlarmFilter(standing=False)) == {"settled"}
    assert ids(AlarmFilter(site="tower", standing=True)) == {"standing"}


def test_alarms_of_vigils_own_are_listed_with_the_site_that_they_concern(owner: Owner, read: ReadModels) -> None:
    own = [alarm_of(name, Priority.HIGH, 1, site=OWN_SITE) for name in ("all", "tower's", "annex's")]
    told = [own[0], replace(own[1], concerns="tower"), replace(own[2], concerns="annex")]
    owner.commit(*(changed(alarm) for alarm in (*told, alarm_of("here", Priority.LOW, 1))))

    def ids(**which: object) -> set[str]:
        return {alarm.id for alarm in all_pages(lambda page: read.alarms(AlarmFilter(**which), page), 1)}  # type: ignore[arg-type]

    assert ids(site="tower") == {"here"}
    assert ids(site="tower", own=True) == {"here", "all", "tower's"}
    assert ids(site=OWN_SITE) == {"all", "tower's", "annex's"}
    assert len(ids(own=True)) == 4


def test_an_alarm_is_as_it_was_last_said_even_within_one_commit(owner: Owner, read: ReadModels) -> None:
    acknowledged = replace(an_alarm(version=2), acknowledgement=Acknowledgement.ACKED, acknowledged_by="operator-1")
    owner.commit(changed(an_alarm()), changed(acknowledged))
    assert read.alarm("alarm-1") == acknowledged
    cleared = replace(acknowledged, condition=Condition.INACTIVE, version=3)
    owner.commit(changed(cleared))
    assert read.alarm("alarm-1") == cleared
    assert read.alarms(ANY_ALARM, Page()) == ([cleared], None)
    assert read.alarm("alarm-2") is None


def test_occurrences_of_an_alarm_come_newest_first(owner: Owner, read: ReadModels) -> None:
    occurrences = [an_occurrence(number=number, raised_at=NOW + number) for number in range(1, 12)]
    for one in occurrences:
        owner.commit(changed(an_alarm(), one))
    owner.commit(changed(an_alarm("alarm-2")))
    newest_first = occurrences[::-1]
    assert all_pages(lambda page: read.occurrences("alarm-1", page), 4) == newest_first
    corrected = replace(occurrences[2], correction=an_alarm().name)
    owner.commit(changed(an_alarm(), corrected))
    assert read.occurrence(corrected.id) == corrected
    assert read.occurrence(derive_id("occurrence", "alarm-1", 99)) is None


def test_histories_hold_every_change_of_one_thing_newest_first(owner: Owner, read: ReadModels) -> None:
    for version in range(1, 6):
        owner.commit(
            changed(an_alarm("same-id", version=version)), order("same-id", version=version), changed(an_alarm())
        )
    bodies = [stored.effect.body for stored in all_pages(lambda page: read.alarm_history("same-id", page), 2)]
    assert bodies == [changed(an_alarm("same-id", version=version)) for version in range(5, 0, -1)]
    history = all_pages(lambda page: read.order_history("same-id", page), 2)
    assert [stored.effect.body for stored in history] == [order("same-id", version=n) for n in range(5, 0, -1)]
    assert [stored.position for stored in history] == [14, 11, 8, 5, 2]
    assert read.order_history("alarm-1", Page()) == ([], None)


# The other read models


def test_orders_come_newest_first_and_filtered(owner: Owner, read: ReadModels) -> None:
    owner.commit(
        order("a", created_at=10),
        order("b", created_at=30, state=WorkOrderState.CLOSED),
        order("c", created_at=20, site="annex", asset="lift-1"),
        order("d", created_at=40, state=WorkOrderState.CANCELLED),
    )

    def ids(which: OrderFilter) -> str:
        return "".join(one.id for one in all_pages(lambda page: read.orders(which, page), 2))

    assert ids(ANY_ORDER) == "dbca"
    assert ids(OrderFilter(open=True)) == "ca"
    assert ids(OrderFilter(open=False)) == "db"
    assert ids(OrderFilter(state=WorkOrderState.CLOSED)) == "b"
    assert ids(OrderFilter(site="annex")) == ids(OrderFilter(asset="lift-1")) == "c"
    assert read.order("a") == replace(an_order("a"), created_at=10)
    assert read.order("e") is None


def test_tour_runs_come_latest_start_first_and_filtered(owner: Owner, read: ReadModels) -> None:
    runs = [
        a_run("r1", starts_at=10),
        a_run("r2", starts_at=20, tour="day"),
        a_run("r3", starts_at=20, site="annex"),
        a_run("r4", starts_at=30),
    ]
    owner.commit(*runs)

    def ids(site: str | None, tour: str | None) -> list[str]:
        return [run.id for run in all_pages(lambda page: read.runs(site, tour, page), 1)]

    assert ids(None, None) == ["r4", "r3", "r2", "r1"]
    assert ids("tower", None) == ["r4", "r2", "r1"]
    assert ids("tower", "night") == ["r4", "r1"]
    assert ids(None, "day") == ["r2"]
    assert read.run("r2") == runs[1].run
    assert read.run("r5") is None


def test_late_observations_are_found_by_site_and_time_the_newest_first(owner: Owner, read: ReadModels) -> None:
    told = [
        LateObservation(site=site, points=(f"p{n}",), count=n) for n, site in enumerate(("tower", "annex", "tower"))
    ]
    owner.commit(*told)
    assert [each.effect.body for each in read.late_observations("tower", NOW - 1, LATEST, 5)] == [told[2], told[0]]
    assert [each.effect.body for each in read.late_observations("tower", NOW - 1, LATEST, 1)] == [told[2]]
    assert read.late_observations("tower", LATEST - 1, LATEST, 5) == []
    end = owner.effect(told[0]).at  # times go on with each commit
    owner.commit(told[0])
    assert read.late_observations("tower", NOW - 1, end, 1) == [], "of the newest one, which is later"


def test_scans_outside_of_tours_are_found_by_site_and_time(owner: Owner, read: ReadModels) -> None:
    def a_scan(seq: int, at: int, site: str = "tower", verdict: StopVerdict = StopVerdict.OUTSIDE_TOUR) -> ScanJudged:
        return ScanJudged(site=site, checkpoint="cp-1", officer="li", scanned_at=at, verdict=verdict, run=None, seq=seq)

    owner.commit(a_scan(1, NOW), a_scan(2, NOW, site="annex"), a_scan(3, NOW, verdict=StopVerdict.UNKNOWN_TAG))
    assert [scan.seq for scan in read.scans_outside("tower", NOW - 1, NOW + 1)] == [1]
    assert read.scans_outside("tower", NOW + 1, NOW + 2) == []


def test_what_is_undecided_comes_latest_first_until_it_is_over(owner: Owner, read: ReadModels) -> None:
    def undecided(rule: str, subject: str, since: int, **fields: Any) -> UndecidedChanged:  # noqa: ANN401 - any field
        plain = Undecided(
            site="tower",
            rule=rule,
            subject=subject,
            cause=UndecidedCause.SILENT,
            because=same("no reading"),
            since=since,
        )
        return UndecidedChanged(undecided=replace(plain, **fields))

    owner.commit(undecided("r1", "a", 10), undecided("r1", "b", 30), undecided("r2", "a", 20, site="annex"))
    owner.commit(undecided("r1", "c", 5), undecided("r1", "c", 5, over_at=9))

    def found(**wanted: str) -> list[str]:
        which = UndecidedFilter(**wanted)
        return [f"{each.rule} {each.subject}" for each in all_pages(lambda page: read.undecided(which, page), 1)]

    assert found() == ["r1 b", "r2 a", "r1 a"]
    assert (found(site="annex"), found(rule="r1")) == (["r2 a"], ["r1 b", "r1 a"])
    assert read.undecided_counts() == {"r1": 2, "r2": 1}
    owner.commit(undecided("r1", "b", 30, over_at=40))
    assert (found(rule="r1"), read.undecided_counts()) == (["r1 a"], {"r1": 1, "r2": 1})
    owner.commit(undecided("r1", "b", 50, cause=UndecidedCause.UNUSABLE))
    again, _ = read.undecided(UndecidedFilter(rule="r1"), Page(limit=1))
    assert [(each.subject, each.cause, each.since) for each in again] == [("b", UndecidedCause.UNUSABLE, 50)]


def test_proposals_come_newest_first_and_filtered(owner: Owner, read: ReadModels) -> None:
    def a_proposal(name: str, at: int, **fields: Any) -> PatrolProposalChanged:  # noqa: ANN401 - any field
        plan = ProposedPlan(kind=ProposalKind.WEEK, tours=(), why=same("drawn"))
        plain = PatrolProposal(
            id=name,
            site="tower",
            state=ProposalState.PROPOSED,
            plan=plan,
            proposed_at=at,
            proposed_by="ada",
            changed_at=at,
        )
        return PatrolProposalChanged(proposal=replace(plain, **fields))

    owner.commit(a_proposal("p1", 10), a_proposal("p2", 20, site="annex"), a_proposal("p3", 30))
    owner.commit(a_proposal("p1", 10, state=ProposalState.ACCEPTED, version=2))

    def ids(site: str | None = None, state: ProposalState | None = None) -> list[str]:
        which = ProposalFilter(site=site, state=state)
        return [each.id for each in all_pages(lambda page: read.proposals(which, page), 1)]

    assert ids() == ["p3", "p2", "p1"]
    assert ids("tower", ProposalState.PROPOSED) == ["p3"]
    assert ids(state=ProposalState.ACCEPTED) == ["p1"]
    found = read.proposal("p1")
    assert found is not None
    assert (found.version, read.proposal("p4")) == (2, None)


def test_doors_and_devices_of_a_site_come_by_id_as_last_said(owner: Owner, read: ReadModels) -> None:
    owner.commit(a_door("d2"), a_door("d1"), a_door("d1", site="annex"), a_device("g2"), a_device("g1"))
    closed = a_door("d1", state=DoorState.CLOSED)
    offline = a_device("g2", online=False)
    owner.commit(closed, offline)
    assert read.doors("tower") == [closed, a_door("d2")]
    assert read.devices("tower") == [a_device("g1"), offline]
    assert read.doors("annex") == [a_door("d1", site="annex")]
    assert read.devices("annex") == []


def test_quarantine_is_listed_newest_first_and_counted_by_reason(owner: Owner, read: ReadModels) -> None:
    for reason in ("oversize", "unknown_device", "oversize"):
        owner.commit(quarantined(reason))
    expected = [
        StoredQuarantine(seq=seq, at=NOW + seq - 1, entry=quarantined(reason))
        for seq, reason in ((3, "oversize"), (2, "unknown_device"), (1, "oversize"))
    ]
    assert all_pages(lambda page: read.quarantine(None, page), 2) == expected
    assert all_pages(lambda page: read.quarantine("oversize", page), 1) == [expected[0], expected[2]]
    assert read.quarantine_counts() == {"oversize": 2, "unknown_device": 1}


def test_the_outcome_of_a_command_is_found_by_its_id(owner: Owner, read: ReadModels) -> None:
    assert read.outcome("command-1") is None
    owner.commit(an_outcome(), an_outcome("command-2", accepted=False))
    assert read.outcome("command-1") == an_outcome()
    assert read.outcome("command-2") == an_outcome("command-2", accepted=False)


# Lanes


def test_a_drill_changes_nothing_that_the_real_lane_reads(store: StateStore, owner: Owner) -> None:
    writer, _, drill_reader = store.of_lane("drill-1")
    drill = Owner(writer, "drill-1")
    real = (changed(an_alarm()), order("order-1"), a_run(), a_door(), a_device(), quarantined(), an_outcome())
    owner.commit(*real)
    drilled = replace(an_alarm(), condition=Condition.INACTIVE)
    drill.commit(
        changed(drilled),
        order("order-1", state=WorkOrderState.DONE),
        a_run(starts_at=1),
        a_door(state=DoorState.CLOSED),
        a_device(online=False),
        quarantined("oversize"),
        an_outcome(accepted=False),
    )
    read = store.reader
    assert read.alarm("alarm-1") == an_alarm()
    assert read.order("order-1") == an_order()
    assert read.run("run-1") == a_run().run
    assert read.doors("tower") == [a_door()]
    assert read.devices("tower") == [a_device()]
    assert read.quarantine_counts() == {"unknown_device": 1}
    assert read.outcome("command-1") == an_outcome()
    assert [stored.effect.body for stored in read.alarm_history("alarm-1", Page())[0]] == [real[0]]
    assert drill_reader.alarm("alarm-1") == drilled
    assert (store.writer.last_seq(), writer.last_seq()) == (1, 1)
    assert len(read.effects_after(0, 100)) == len(drill_reader.effects_after(0, 100)) == 2 * len(real)


# Paging


def test_pages_neither_repeat_nor_miss_what_was_there_while_others_come(owner: Owner, read: ReadModels) -> None:
    there = [order(f"old-{n}", created_at=100 + n // 2) for n in range(10)]
    owner.commit(*there)
    seen: list[str] = []
    cursor: str | None = None
    for round_ in range(5):
        items, cursor = read.orders(ANY_ORDER, Page(limit=2, cursor=cursor))
        seen += [one.id for one in items]
        owner.commit(order(f"newer-{round_}", created_at=1000), order(f"older-{round_}", created_at=1))
    assert seen == [f"old-{n}" for n in range(9, -1, -1)]
    assert cursor is None or read.orders(ANY_ORDER, Page(limit=9, cursor=cursor))[0][0].id.startswith("older")


def test_the_last_page_has_no_cursor(owner: Owner, read: ReadModels) -> None:
    owner.commit(order("a"), order("b"))
    assert read.orders(ANY_ORDER, Page(limit=2))[1] is None
    assert read.orders(ANY_ORDER, Page(limit=1))[1] is not None
    assert read.runs(None, None, Page(limit=1)) == ([], None)


def test_a_cursor_is_refused_by_other_lists(owner: Owner, read: ReadModels) -> None:
    owner.commit(order("a"), order("b"), changed(an_alarm()), changed(an_alarm("alarm-2")))
    _, cursor = read.orders(ANY_ORDER, Page(limit=1))
    with pytest.raises(BadCursor, match="not a cursor of the list of alarms"):
        read.alarms(ANY_ALARM, Page(cursor=cursor))
    with pytest.raises(BadCursor, match="not a cursor of the list of runs"):
        read.runs(None, None, Page(cursor=cursor))


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "gA", "kqZvcmRlcnOSAQ", "a" * 10_000, "é", "\x00"])
def test_what_is_no_cursor_is_refused_with_a_remedy(read: ReadModels, cursor: str) -> None:
    with pytest.raises(BadCursor, match="leave it out to start at the beginning"):
        read.orders(ANY_ORDER, Page(cursor=cursor))


def test_a_page_of_nothing_is_refused(read: ReadModels) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        read.orders(ANY_ORDER, Page(limit=0))
