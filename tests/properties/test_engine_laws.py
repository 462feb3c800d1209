"""The laws of design.md section 2 on the whole engine, over random days (tests/properties/engine_world.py)."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.alarm import CONDITION_TABLE, Acknowledgement
from domain.effects import (
    AlarmChange,
    AlarmChanged,
    DuplicateIgnored,
    Effect,
    IdentityConflict,
    RuleFaulted,
    SequenceGapClosed,
    TourRunChanged,
    WorkOrderChange,
    WorkOrderChanged,
)
from domain.identity import MessageIdentity
from domain.instant import HOUR, SECOND
from domain.observations import CheckpointScan, ScanMethod
from domain.record import BacklogDrained, Record, Tick
from domain.tour_run import TOUR_RUN_TABLE, TourRun, TourRunState, TourRunTrigger
from domain.work_order import WORK_ORDER_TABLE
from rules.engine import Engine
from tests.properties.engine_world import FRAGILE, SPACING, START, Step, day_from, days, encoded, journal, judged

ROOT = Path(__file__).resolve().parents[2]


@settings(max_examples=60)
@given(days, st.data())
def test_batch_law_how_records_are_cut_into_calls_never_changes_the_effects(
    drawn: list[Step], data: st.DataObject
) -> None:
    records = journal(drawn)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(records) - 1), max_size=6)))
    whole, stored = judged(records)
    one_by_one, stored_singly = judged(records, range(1, len(records)))
    somehow, stored_somehow = judged(records, cuts)
    assert encoded(one_by_one) == encoded(whole)
    assert encoded(somehow) == encoded(whole)
    assert stored_singly == stored == stored_somehow


@settings(max_examples=60)
@given(days, st.data())
def test_snapshot_at_any_cut_equals_no_snapshot(drawn: list[Step], data: st.DataObject) -> None:
    records = journal(drawn)
    cuts = data.draw(st.sets(st.integers(0, len(records)), max_size=4))
    engine = Engine(catalog=FRAGILE)
    effects: list[Effect] = []
    for place, record in enumerate(records):
        if place in cuts:
            content = engine.snapshot()
            engine = Engine.restore(content, FRAGILE)
            assert engine.snapshot() == content
        effects += engine.handle([record]).effects
    assert encoded(effects) == encoded(judged(records)[0])


@settings(max_examples=60)
@given(days, st.data())
def test_duplicates_have_no_effect_but_being_told(drawn: list[Step], data: st.DataObject) -> None:
    records = journal(drawn)
    # The first of each number: another message under it is no duplicate, but another device.
    first = {record.identity: record for record in reversed(records) if record.identity is not None}
    messages = sorted(first.values(), key=lambda record: record.seq)
    again = data.draw(st.lists(st.sampled_from(messages), max_size=8)) if messages else []
    extra: dict[int, Record] = {}
    for number, record in enumerate(again, start=1):
        after = data.draw(st.sampled_from([each.seq for each in records if each.seq >= record.seq]))
        received = next(each.received_at for each in records if each.seq == after)
        extra.setdefault(after + number, replace(record, seq=after + number, received_at=received))
    resent = sorted([*records, *extra.values()], key=lambda record: record.seq)
    effects, stored = judged(resent)
    others = [effect for effect in effects if effect.cause % SPACING == 0]
    assert [type(effect.body) for effect in effects if effect not in others] == [DuplicateIgnored] * len(extra)
    assert (encoded(others), stored) == (encoded(judged(records)[0]), judged(records)[1])


@settings(max_examples=60)
@given(days, st.data())
def test_lane_law_a_drill_changes_nothing_in_reality(drawn: list[Step], data: st.DataObject) -> None:
    records = journal(drawn)
    drilled = data.draw(st.lists(st.sampled_from(records), max_size=8, unique_by=lambda record: record.seq))
    drill = [replace(record, seq=record.seq + 5, lane="drill-1") for record in drilled]
    both = sorted([*records, *drill], key=lambda record: record.seq)
    assert encoded(judged(both)[0]) == encoded(judged(records)[0])


@given(days)
def test_every_step_said_is_a_step_of_its_table(drawn: list[Step]) -> None:
    effects, _ = judged(journal(drawn))
    assert not [effect for effect in effects if isinstance(effect.body, RuleFaulted) and effect.body.rule != "frail"]
    last: dict[str, AlarmChanged | WorkOrderChanged | TourRunChanged] = {}
    for effect in effects:
        body = effect.body
        match body:
            case AlarmChanged():
                check_alarm(last.get(body.alarm.id), body)
                last[body.alarm.id] = body
            case WorkOrderChanged():
                check_order(last.get(body.order.id), body)
                last[body.order.id] = body
            case TourRunChanged():
                check_run(last.get(body.run.id), body.run)
                last[body.run.id] = body


def test_the_days_show_everything_that_messages_say_of_their_devices() -> None:
    missing = {"sequence_gap", "filled", "accepted", "content_differs", "boots_alternate"}
    rules = ("missing-messages", "identity-conflict", "device-silent", "site-silent")
    missing |= {f"vigil-{rule} {change}" for rule in rules for change in ("raised", "cleared")}
    for seed in range(12):
        for effect in judged(journal(day_from(Random(seed), 300)))[0]:
            body = effect.body
            name = effect.type
            if isinstance(body, SequenceGapClosed | IdentityConflict):
                name = str(body.end if isinstance(body, SequenceGapClosed) else body.kind)
            elif isinstance(body, AlarmChanged):
                name = f"{body.alarm.rule} {body.change}"
            missing.discard(name)
        if not missing:
            return
    assert missing == set()


def check_alarm(before: object, now: AlarmChanged) -> None:
    if not isinstance(before, AlarmChanged):
        assert now.change is AlarmChange.RAISED
        return
    old, new = before.alarm, now.alarm
    assert new.version == old.version + 1
    moved = {target for (source, _), target in CONDITION_TABLE.items() if source is old.condition}
    assert new.condition is old.condition or new.condition in moved
    if old.acknowledgement is Acknowledgement.ACKED and new.acknowledgement is not Acknowledgement.ACKED:
        assert now.change in (AlarmChange.RAISED, AlarmChange.CLOSED, AlarmChange.ACKNOWLEDGEMENT_EXPIRED)
    assert (new.acknowledgement is Acknowledgement.ACKED) == (new.acknowledged_by is not None)


def check_order(before: object, now: WorkOrderChanged) -> None:
    if not isinstance(before, WorkOrderChanged):
        assert now.change is WorkOrderChange.CREATED
        return
    old, new = before.order, now.order
    assert new.version == old.version + 1
    reached = {target for (source, _), target in WORK_ORDER_TABLE.items() if source is old.state}
    assert new.state is old.state or new.state in reached


def check_run(before: object, now: TourRun) -> None:
    if isinstance(before, TourRunChanged):
        assert now.version == before.run.version + 1
        assert now.state in reachable(before.run.state, TOUR_RUN_TABLE)


def reachable(
    start: TourRunState, table: Mapping[tuple[TourRunState, TourRunTrigger], TourRunState]
) -> list[TourRunState]:
    """All states some triggers lead to, the start included."""
    found = [start]
    for state in found:
        found += [target for (source, _), target in table.items() if source is state and target not in found]
    return found


@given(days)
def test_effects_are_numbered_and_named_once(drawn: list[Step]) -> None:
    effects, _ = judged(journal(drawn))
    numbers: dict[int, int] = {}
    for effect in effects:
        assert effect.n == numbers.get(effect.cause, 0)
        numbers[effect.cause] = effect.n + 1
    assert len({effect.id for effect in effects}) == len(effects)
    assert [effect.cause for effect in effects] == sorted(effect.cause for effect in effects)


SCANS = st.lists(
    st.tuples(st.sampled_from(["gate", "roof"]), st.integers(-20 * 60, 5 * 3600), st.integers(0, 8 * 3600)), max_size=8
)


@settings(max_examples=40)
@given(SCANS, st.integers(0, 2**32))
def test_final_tour_verdicts_do_not_depend_on_the_order_of_arrival(
    drawn: list[tuple[str, int, int]], seed: int
) -> None:
    assert final_runs(drawn, None) == final_runs(drawn, seed)


def final_runs(drawn: list[tuple[str, int, int]], seed: int | None) -> dict[str, tuple[object, ...]]:
    """The runs at the end of a night whose scans were received as drawn, or shuffled, among ticks every ten minutes."""
    delays = [delay for _, _, delay in drawn]
    if seed is not None:
        Random(seed).shuffle(delays)
    records = journal([])[:1]
    arriving: list[tuple[int, Record]] = []
    for number, ((stop, made, _), delay) in enumerate(zip(drawn, delays, strict=True)):
        body = CheckpointScan(site="tower", officer="li", checkpoint=stop, method=ScanMethod.NFC)
        at = START + made * SECOND
        identity = MessageIdentity("phone", "b", number)
        arriving.append((at + delay * SECOND, replace(records[0], body=body, event_time=at, identity=identity)))
    end = START + 14 * HOUR
    arriving += [(at, replace(records[0], body=Tick(), event_time=at)) for at in range(START, end, 600 * SECOND)]
    arriving.append((end, replace(records[0], body=BacklogDrained(waited=0), event_time=end)))
    ordered = sorted(arriving, key=lambda pair: pair[0])
    records += [
        replace(record, seq=(number + 2) * SPACING, received_at=max(at, START), source="phone")
        for number, (at, record) in enumerate(ordered)
    ]
    runs: dict[str, TourRun] = {}
    for effect in judged(records)[0]:
        if isinstance(effect.body, TourRunChanged):
            runs[effect.body.run.id] = effect.body.run
    return {run.id: (run.state, *((stop.verdict, stop.scanned_at) for stop in run.stops)) for run in runs.values()}


DIGEST = """
import hashlib
from random import Random
from tests.properties.engine_world import day_from, encoded, journal, judged

effects, _ = judged(journal(day_from(Random(7), 400)))
print(len(effects), hashlib.blake2b(b"".join(encoded(effects))).hexdigest())
"""


def test_identity_law_the_same_journal_gives_the_same_bytes_under_any_hash_seed() -> None:
    said = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", DIGEST]
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=50)
        said.append(ran.stdout)
    assert said[0] == said[1]
    assert int(said[0].split()[0]) > 200
