"""No record can stop the engine: what it or the store fails on is passed over and told, in a replay too."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from domain.commands import AcknowledgeAlarm
from domain.effects import (
    ENGINE_FAULT,
    PARKED_REASONS,
    STORE_FAULT,
    AlarmChange,
    AlarmChanged,
    DoorChanged,
    Effect,
    QuarantineAdded,
)
from domain.instant import SECOND
from domain.observations import AccessEvent, AccessKind
from domain.readings import readings_from
from domain.record import Record
from journal.ports import Retired
from rules.engine import Engine, Outcome
from rules.own_alarms import PARKED_RECORD
from runtime.judging import Judging, NotEvenParked
from runtime.loop import LoopState
from runtime.recovery import HistoryMismatch
from runtime.replay import compare
from stores.ports import AlarmFilter, Commit, Page, StoreUnavailable
from tests.brokers import wait_until
from tests.rules.estate import configured
from tests.rules.playbook import Playbook
from tests.runtime.bench_of_parts import Workbench
from tests.runtime.poison import BAD_VALUE, POISON, is_poison, plant
from tests.samples import NOW


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    made = Workbench(tmp_path)
    yield made
    made.close()


def opened(reader: str | None = None, door: str = "front") -> AccessEvent:
    return AccessEvent(site="tower", door=door, kind=AccessKind.OPENED, reader=reader)


def parked(bench: Workbench) -> dict[int, str]:
    return {
        effect.cause: effect.body.reason
        for effect in bench.effects()
        if isinstance(effect.body, QuarantineAdded) and effect.body.reason in PARKED_REASONS
    }


def own_alarms(bench: Workbench) -> list[str]:
    alarms, _ = bench.state.reader.alarms(AlarmFilter(rule=PARKED_RECORD), Page())
    return [f"{alarm.subject.id} x{alarm.occurrences} {alarm.display_state}" for alarm in alarms]


def test_a_record_the_engine_fails_on_is_passed_over_and_told(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = plant(monkeypatch)
    bench.start()
    before = bench.put(opened())
    bad = bench.put(opened(POISON, "server"))
    bench.put(AccessEvent(site="tower", door="front", kind=AccessKind.CLOSED))
    bench.settle()
    assert parked(bench) == {bad: ENGINE_FAULT}
    assert own_alarms(bench) == ["panel x1 RTNUN"]
    doors = [(effect.cause, effect.body.door) for effect in bench.effects() if isinstance(effect.body, DoorChanged)]
    assert doors == [(before, "front"), (bad + 1, "front")], "of the bad record nothing has stayed"
    assert bench.faults == [("engine", f"record {bad} (access_event from panel) is passed over: {error_of(bad)}")]
    assert bench.loop.state is LoopState.RUNNING
    assert sum(record.seq == bad for record in asked) <= 3


def error_of(seq: int) -> str:
    return f"ArithmeticError: cannot judge {seq}"


def test_its_neighbours_in_a_batch_of_readings_are_judged_and_stored(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    values = [1.0, 2.0, BAD_VALUE, 4.0, 5.0]
    for number, value in enumerate(values):
        at = NOW - (len(values) - number) * SECOND
        bench.put(readings_from(["flow"], [at], [value], [0]), source="gateway", seq=number + 1)
    bench.start()
    assert list(parked(bench)) == [3]
    series = bench.historian.series("flow", NOW - 60 * SECOND, NOW, 100)
    assert series.mean.tolist() == [1.0, 2.0, 4.0, 5.0]


def test_a_command_that_fails_is_answered(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, lambda record: isinstance(record.body, AcknowledgeAlarm))
    bench.start()
    bench.put(AcknowledgeAlarm(id="c1", actor="op", alarm="a"), source="operator:op")
    bench.settle()
    assert [(outcome.accepted, outcome.code) for outcome in bench.outcomes()] == [(False, ENGINE_FAULT)]


@pytest.mark.parametrize("keep_snapshots", [True, False])
def test_after_a_restart_the_decision_holds_even_where_the_defect_is_mended(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, *, keep_snapshots: bool
) -> None:
    with monkeypatch.context() as defect:
        plant(defect)
        bench.start()
        bench.put(opened(POISON))
        bench.put(opened(door="server"))
        bench.settle()
        bench.loop.stop()
    if not keep_snapshots:
        for path in bench.folder.rglob("*.snapshot"):
            path.unlink()
    said = bench.effects()
    bench.clock.move(1.0)
    bench.loop = bench.new_loop()
    bench.start()
    assert list(bench.effects()[: len(said)]) == list(said)
    bench.door(AccessKind.CLOSED)
    bench.door(AccessKind.CLOSED, door="server")
    bench.settle()
    raised = [change for change in bench.alarm_changes() if change[1] in {"front", "server"}]
    assert raised == [(AlarmChange.RAISED, "server"), (AlarmChange.CLEARED, "server")]


def test_a_replay_passes_over_the_same_records(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    bench.start()
    for number in range(6):
        bench.put(opened(POISON if number % 2 else None, "server"))
    bench.settle()
    report = compare(bench.journal, bench.state.reader, bench.loop.seq)
    assert (report.differences, len(parked(bench))) == ((), 3)


def refuse_doors_of(bench: Workbench, monkeypatch: pytest.MonkeyPatch, seq: int, *, all_of_it: bool = False) -> None:
    """Let the store fail on what follows from one record, as on a text that SQLite cannot hold."""
    commit = bench.state.writer.commit

    def failing(what: Commit) -> int:
        for effect in what.effects:
            if effect.cause == seq and (all_of_it or isinstance(effect.body, DoorChanged)):
                raise OverflowError("Python int too large to convert to SQLite INTEGER")
        return commit(what)

    monkeypatch.setattr(bench.state.writer, "commit", failing)


def test_what_the_store_cannot_hold_parks_its_record(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.start()
    bad = bench.journal.last_seq + 2
    refuse_doors_of(bench, monkeypatch, bad)
    bench.put(opened(door="server"))
    bench.put(opened())
    bench.put(AccessEvent(site="tower", door="server", kind=AccessKind.CLOSED))
    bench.settle()
    assert parked(bench) == {bad: STORE_FAULT}
    assert own_alarms(bench) == ["panel x1 RTNUN"]
    changes = [change for change in bench.alarm_changes() if change[1] in {"front", "server"}]
    assert changes == [(AlarmChange.RAISED, "server"), (AlarmChange.CLEARED, "server")]
    assert compare(bench.journal, bench.state.reader, bench.loop.seq).differences == ()
    bench.restart()
    bench.door(AccessKind.CLOSED)
    bench.settle()
    assert [change for change in bench.alarm_changes() if change[1] == "front"] == []


def test_a_store_that_takes_not_even_the_news_of_it_stops_the_engine(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.start()
    bad = bench.journal.last_seq + 1
    refuse_doors_of(bench, monkeypatch, bad, all_of_it=True)
    bench.put(opened())
    wait_until(lambda: bench.loop.state is LoopState.FAILED, "the loop to stop")
    assert NotEvenParked.__name__ in bench.faults[-1][1]


def test_a_state_ahead_of_its_journal_is_refused(bench: Workbench) -> None:
    epoch = bench.state.writer.claim()
    bench.state.writer.commit(Commit(epoch=epoch, seq_before=0, seq_after=7, committed_at=NOW))
    with pytest.raises(HistoryMismatch, match=r"state is at seq 7 and the journal ends at seq 0.*one backup"):
        bench.loop.start()


class Kept:
    """Takes outcomes in, as a store would."""

    def __init__(self) -> None:
        self.effects: list[Effect] = []

    def take(self, outcome: Outcome, first: int, last: int) -> None:
        assert first <= last
        self.effects += outcome.effects


class Shelf:
    """A journal of these records."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self.last_seq = records[-1].seq
        self.read_again = 0

    def read(self, after: int, limit: int) -> Sequence[Record]:
        found = [record for record in self._records if record.seq > after][:limit]
        self.read_again += len(found)
        return found

    def record(self, seq: int) -> Record | None:
        return next((record for record in self._records if record.seq == seq), None)

    def kept_after(self, seq: int) -> bool:
        return True

    def retired(self) -> Retired:
        return Retired()

    def wait(self, after: int, timeout: float) -> bool:
        return self.last_seq > after


def a_day() -> list[Record]:
    book = Playbook(configured(), "09:00").at("10:00")
    for number in range(30):
        door = "front" if number % 3 else "server"
        book.reading(BAD_VALUE if number % 7 == 3 else float(number), f"10:{number:02}")
        kind = AccessKind.OPENED if number % 2 else AccessKind.CLOSED
        reader = POISON if number % 5 == 4 else None
        body = AccessEvent(site="tower", door=door, kind=kind, reader=reader)
        book.at(f"10:{number:02}").happens(body, source="panel", boot="b1")
    return book.tick("11:00").records


@pytest.mark.parametrize("size", [2, 7, 1000])
def test_how_records_are_cut_into_slices_changes_nothing(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    records = a_day()
    plant(monkeypatch)
    one_by_one, cut = Kept(), Kept()
    for kept, length in ((one_by_one, 1), (cut, size)):
        judging = Judging(Shelf(records), Engine(), lambda _: Engine())
        for start in range(0, len(records), length):
            judging.judge(records[start : start + length], lambda *_: None, kept.take)
    assert cut.effects == one_by_one.effects
    parked_there = {each.cause for each in cut.effects if isinstance(each.body, QuarantineAdded)}
    assert parked_there == {record.seq for record in records if is_poison(record)}


def test_a_flood_of_bad_records_costs_a_few_times_as_much_and_not_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Playbook(configured(), "09:00").at("10:00")
    for _ in range(300):
        book.happens(opened(POISON), source="panel", boot="b1")
    asked = plant(monkeypatch)
    shelf, kept = Shelf(book.records), Kept()
    judging = Judging(shelf, Engine(), lambda _: Engine())
    for start in range(0, len(book.records), 10):
        judging.judge(book.records[start : start + 10], lambda *_: None, kept.take)
    parked = [each for each in kept.effects if isinstance(each.body, QuarantineAdded)]
    assert len(parked) == 300
    # They are one standing alarm from the third on.
    raised = [each.body for each in kept.effects if isinstance(each.body, AlarmChanged)]
    assert [each.occurrence.number for each in raised if each.change is AlarmChange.RAISED] == [1, 2, 3]
    assert len(asked) <= 4 * len(book.records)
    assert shelf.read_again <= 20 * len(book.records)


def test_what_says_nothing_about_a_record_passes_through() -> None:
    records = a_day()
    judging = Judging(Shelf(records), Engine(), lambda _: Engine())

    def refuse(_outcome: Outcome, _first: int, _last: int) -> None:
        raise StoreUnavailable("full")

    with pytest.raises(StoreUnavailable):
        judging.judge(records[:3], refuse, lambda *_: None)
    assert judging.seq == 0
