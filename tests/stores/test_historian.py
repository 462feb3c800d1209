"""The Parquet historian: resuming, writing in the background, a disk that refuses, damage, retention, merging."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import VigilError
from domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from stores.historian import HistorianPolicy, ParquetHistorian
from stores.historian_memory import MemoryHistorian
from stores.historian_segments import Segment, SegmentDamaged
from stores.ports import LatestReading, ReadingColumns, StoreUnavailable
from tests.stores.historian_columns import T0, columns, good, raw, same_series

DEADLINE = 20.0


class Clock:
    def __init__(self) -> None:
        self.now: Instant = T0 // HOUR * HOUR

    def __call__(self) -> Instant:
        return self.now


class Bench:
    """A folder, a clock, the faults reported, and historians opened on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.faults: list[VigilError] = []
        self.told = threading.Event()
        self.opened: list[ParquetHistorian] = []

    def report(self, fault: VigilError) -> None:
        self.faults.append(fault)
        self.told.set()

    def open(self, policy: HistorianPolicy | None = None) -> ParquetHistorian:
        historian = ParquetHistorian(
            self.folder, clock=self.clock, on_fault=self.report, policy=policy or HistorianPolicy()
        )
        self.opened.append(historian)
        return historian

    def files(self, suffix: str = ".parquet") -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.name.endswith(suffix))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "telemetry")
    yield made
    for historian in made.opened:
        historian.close()


def batch(first: int, last: int, at: Instant = T0) -> ReadingColumns:
    return columns([good(seq, "p", at + seq, float(seq)) for seq in range(first, last + 1)])


def until(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(int(DEADLINE / 0.01)):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("the condition did not come about")


def values(historian: ParquetHistorian) -> list[float]:
    return [value for _, value in raw(historian, "p")]


def test_a_restart_resumes_after_what_is_on_disk(bench: Bench) -> None:
    first = bench.open()
    first.add(batch(1, 10))
    first.flush()
    first.add(batch(11, 15))
    assert first.stored_seq() == 10
    copy = bench.folder.with_name("after the crash")
    shutil.copytree(bench.folder, copy)
    bench.folder = copy

    second = bench.open()
    assert second.stored_seq() == 10
    second.add(batch(8, 20))
    assert values(second) == [float(seq) for seq in range(1, 21)]


def test_closing_writes_the_rest(bench: Bench) -> None:
    first = bench.open()
    first.add(batch(1, 10))
    first.close()
    first.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        first.add(batch(11, 11))
    assert bench.open().stored_seq() == 10


def test_one_process_writes_at_a_time(bench: Bench) -> None:
    first = bench.open()
    with pytest.raises(StoreUnavailable, match="another process writes"):
        bench.open()
    first.close()
    bench.open()


def test_segments_are_written_at_the_change_of_the_hour(bench: Bench) -> None:
    historian = bench.open()
    historian.add(batch(1, 2))
    bench.clock.now += HOUR - 1
    historian.add(batch(3, 4))
    assert bench.files() == []

    bench.clock.now += 1
    historian.add(batch(5, 6))
    until(lambda: historian.stored_seq() == 6)
    assert len(bench.files()) == 1


def test_segments_are_written_when_there_are_many_rows(bench: Bench) -> None:
    historian = bench.open(HistorianPolicy(rows=100))
    historian.add(batch(1, 99))
    historian.add(batch(100, 100))
    until(lambda: historian.stored_seq() == 100)
    assert values(historian) == [float(seq) for seq in range(1, 101)]


def test_a_disk_that_refuses_is_reported_and_tried_again(bench: Bench) -> None:
    historian = bench.open(HistorianPolicy(rows=10, retry=10 * SECOND))
    shutil.rmtree(bench.folder)
    historian.add(batch(1, 10))
    assert bench.told.wait(DEADLINE)
    assert isinstance(bench.faults[0], StoreUnavailable)
    with pytest.raises(StoreUnavailable):
        historian.flush()
    assert values(historian) == [float(seq) for seq in range(1, 11)]

    bench.folder.mkdir()
    bench.clock.now += 9 * SECOND
    historian.add(batch(11, 12))
    assert historian.stored_seq() == 0
    bench.clock.now += 2 * SECOND
    historian.add(batch(13, 13))
    until(lambda: historian.stored_seq() == 13)
    assert bench.files(".partial") == []
    assert values(historian) == [float(seq) for seq in range(1, 14)]


def test_a_clock_set_back_does_not_put_the_next_try_off(bench: Bench) -> None:
    historian = bench.open(HistorianPolicy(rows=10))
    shutil.rmtree(bench.folder)
    historian.add(batch(1, 10))
    assert bench.told.wait(DEADLINE)
    bench.folder.mkdir()
    bench.clock.now -= DAY
    until(lambda: not historian._wanted)
    historian.add(batch(11, 11))
    until(lambda: historian.stored_seq() == 11)


def test_a_failed_fsync_stores_nothing_and_the_next_try_writes_a_new_file(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    historian = bench.open()
    historian.add(batch(1, 10))

    def refuse(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", refuse)
        with pytest.raises(StoreUnavailable, match="Input/output"):
            historian.flush()
    assert historian.stored_seq() == 0
    assert bench.files() == bench.files(".partial") == []
    historian.flush()
    assert historian.stored_seq() == 10


def test_memory_is_bounded_and_what_left_it_is_fed_again(bench: Bench) -> None:
    policy = HistorianPolicy(rows=1_000_000, memory_rows=100)
    historian = bench.open(policy)
    historian.add(batch(1, 60))
    assert values(historian)[0] == 1.0  # folds the rows into a block of their own
    historian.add(batch(61, 120))

    assert isinstance(bench.faults[0], StoreUnavailable)
    assert "records 1 to" in str(bench.faults[0])
    kept = values(historian)
    assert 0 < len(kept) <= 100
    assert kept[-1] == 120.0
    missing = historian.missing()
    assert missing == [(1, 120 - len(kept))]
    assert historian.stored_seq() == 0

    historian.flush()
    assert historian.stored_seq() == 0
    historian.close()
    again = bench.open(policy)
    assert again.stored_seq() == 0
    for first in range(1, 121, 30):  # the journal's tail, from stored_seq on
        again.add(batch(first, first + 29))
    again.flush()
    assert again.stored_seq() == 120
    assert values(again) == [float(seq) for seq in range(1, 121)]
    assert again.missing() == []


def test_latest_is_found_on_disk_after_a_restart_however_old(bench: Bench) -> None:
    first = bench.open()
    for day in range(6):
        at = T0 + day * DAY
        rows = [good(day + 1, "p", at, float(day))]
        rows += [good(day + 1, "silent", at, 7.0)] if day == 0 else []
        rows += [good(day + 1, "late", T0 + (10 - day) * DAY, float(day))]
        first.add(columns(rows))
        first.flush()
    first.close()

    second = bench.open()
    second.add(columns([good(7, "p", T0 - DAY, 99.0)]))
    assert second.latest(["p", "silent", "late", "never"]) == {
        "p": LatestReading(point="p", at=T0 + 5 * DAY, value=5.0, quality=0),
        "silent": LatestReading(point="silent", at=T0, value=7.0, quality=0),
        "late": LatestReading(point="late", at=T0 + 10 * DAY, value=0.0, quality=0),
    }


def test_latest_comes_from_memory_once_it_was_looked_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    historian = bench.open()
    historian.add(batch(1, 3))
    historian.flush()
    historian.latest(["p", "never"])
    monkeypatch.setattr("stores.historian_duckdb.SegmentDatabase.newest", None)
    historian.add(batch(4, 4))
    assert historian.latest(["p", "never"])["p"].value == 4.0


@pytest.mark.parametrize("spoil", ["truncated", "bit", "empty", "deleted"])
def test_damage_is_reported_set_aside_and_never_served(bench: Bench, spoil: str) -> None:
    first = bench.open()
    for start in (1, 11, 21):
        first.add(batch(start, start + 9))
        first.flush()
    first.close()
    victim = bench.files()[1]
    content = victim.read_bytes()
    middle = len(content) // 3
    match spoil:
        case "truncated":
            victim.write_bytes(content[:-7])
        case "bit":
            victim.write_bytes(content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :])
        case "empty":
            victim.write_bytes(b"")
        case "deleted":
            victim.unlink()

    second = bench.open()
    assert values(second) == [float(seq) for seq in (*range(1, 11), *range(21, 31))]
    assert second.stored_seq() == 10
    if spoil != "deleted":
        assert [type(fault) for fault in bench.faults] == [SegmentDamaged]
        assert "records 11 to 20" in str(bench.faults[0])
        assert [path.name for path in bench.files(".damaged")] == [f"{victim.name}.damaged"]
    assert second.missing() == ([] if spoil in {"truncated", "empty", "deleted"} else [(11, 20)])
    second.close()

    third = bench.open()
    assert third.stored_seq() == 10
    third.add(batch(11, 30))
    third.flush()
    assert third.stored_seq() == 30
    assert values(third) == [float(seq) for seq in range(1, 31)]


def test_the_first_segment_damaged_is_a_hole_and_not_retention(bench: Bench) -> None:
    first = bench.open()
    for start in (1, 11):
        first.add(batch(start, start + 9))
        first.flush()
    first.close()
    bench.files()[0].write_bytes(b"")
    assert bench.open().stored_seq() == 0


def test_what_a_killed_process_left_is_cleared(bench: Bench) -> None:
    first = bench.open()
    first.add(batch(1, 10))
    first.close()
    (bench.folder / "0000000000000011-0000000000000020.partial").write_bytes(b"PAR1 half")
    (bench.folder / "spill").mkdir()
    (bench.folder / "notes.txt").write_text("somebody's own")

    second = bench.open()
    assert second.stored_seq() == 10
    names = {path.name for path in bench.folder.iterdir()}
    assert names == {bench.files()[0].name, "writer.lock", "notes.txt"}


def test_retirement_deletes_what_is_old_and_stays_where_it_was(bench: Bench) -> None:
    historian = bench.open()
    for day in range(5):
        historian.add(batch(day * 10 + 1, day * 10 + 10, T0 + day * DAY))
        historian.flush()

    assert historian.retire(T0 + 2 * DAY) == 2
    assert historian.stored_seq() == 50
    assert values(historian) == [float(seq) for seq in range(21, 51)]
    assert historian.retire(T0 + 2 * DAY) == 0
    assert historian.retire(T0 + 3 * DAY) == 1
    assert len(bench.files()) == 3
    assert historian.retire(T0 + 99 * DAY) == 2
    historian.close()

    again = bench.open()
    assert again.stored_seq() == 50
    assert values(again) == []
    again.add(batch(45, 52))
    assert values(again) == [51.0, 52.0]


def test_a_query_outlives_retirement_and_merging(bench: Bench) -> None:
    historian = bench.open()
    for start in (1, 11):
        historian.add(batch(start, start + 9))
        historian.flush()
    with historian._store.reading() as segments:
        historian.compact(T0 + DAY)
        historian.retire(T0 + DAY)
        assert all(historian._store.folder.file(segment).exists() for segment in segments)
        assert values(historian) == []
    assert len(bench.files()) == 1


def test_merging_changes_no_answer_and_keeps_judging_order(bench: Bench) -> None:
    historian = bench.open()
    noise = np.random.default_rng(5)
    start = T0 // DAY * DAY
    for number in range(40):
        at = start + number * HOUR
        rows = [
            good(number * 3 + row // 20 + 1, f"p{noise.integers(4)}", at + int(noise.integers(HOUR)), noise.normal())
            for row in range(60)
        ]
        historian.add(columns(rows))
        historian.flush()
    before = {point: historian.series(point, 0, 2**62, 10_000) for point in ("p0", "p1", "p2", "p3")}
    reduced = historian.series("p0", start, start + 2 * DAY, 50)
    order = stored_rows(historian)

    assert historian.compact(start + DAY + 1) == 24
    assert len(bench.files()) == 1 + 16
    assert historian.compact(start + DAY + 1) == 0
    assert historian.stored_seq() == 120
    assert stored_rows(historian) == order
    for point, series in before.items():
        assert same_series(historian.series(point, 0, 2**62, 10_000), series)
    assert same_series(historian.series("p0", start, start + 2 * DAY, 50), reduced)

    historian.close()
    assert stored_rows(bench.open()) == order


def stored_rows(historian: ParquetHistorian) -> list[tuple[object, ...]]:
    """Every stored row in file order."""
    folder, database = historian._store.folder, historian._store.database
    files = [str(folder.file(segment)) for segment in historian._store.segments]
    with database._cursor() as cursor:
        return cursor.execute("SELECT * FROM read_parquet($files)", {"files": files}).fetchall()


def test_every_hour_it_tidies_up_by_itself(bench: Bench) -> None:
    historian = bench.open(HistorianPolicy(retention=DAY))
    for minute in range(90):  # somebody flushes every minute
        at = bench.clock.now + minute * MINUTE
        historian.add(columns([good(minute + 1, "p", at, float(minute))], seq_first=minute + 1))
        historian.flush()
    assert len(bench.files()) == 90

    bench.clock.now += HOUR
    historian.add(columns([], seq_first=91, seq_last=91))
    until(lambda: len(bench.files()) == 1 + 30)
    bench.clock.now += DAY
    historian.add(columns([], seq_first=92, seq_last=92))
    until(lambda: len(values(historian)) == 30)
    historian.flush()
    assert historian.stored_seq() == 92


def test_a_flush_does_not_wait_for_a_merge(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    historian = bench.open()
    for start in (1, 11):
        historian.add(batch(start, start + 9))
        historian.flush()
    merging, go_on = threading.Event(), threading.Event()
    merge = historian._store.merge

    def slow(parts: Sequence[Segment]) -> Segment:
        merging.set()
        assert go_on.wait(DEADLINE)
        return merge(parts)

    monkeypatch.setattr(historian._store, "merge", slow)
    upkeep = threading.Thread(target=historian.compact, args=[T0 + DAY])
    upkeep.start()
    assert merging.wait(DEADLINE)
    historian.add(batch(21, 30))
    historian.flush()
    assert historian.stored_seq() == 30
    go_on.set()
    upkeep.join(DEADLINE)
    assert len(bench.files()) == 2
    assert values(historian) == [float(seq) for seq in range(1, 31)]


def test_a_merge_killed_before_the_parts_went_counts_once(bench: Bench) -> None:
    first = bench.open()
    for start in (1, 11, 21):
        first.add(batch(start, start + 9))
        first.flush()
    parts = {path.name: path.read_bytes() for path in bench.files()}
    first.compact(T0 + DAY)
    first.close()
    for name, content in parts.items():
        (bench.folder / name).write_bytes(content)

    second = bench.open()
    assert values(second) == [float(seq) for seq in range(1, 31)]
    assert len(bench.files()) == 1


def test_a_damaged_part_is_not_merged(bench: Bench) -> None:
    historian = bench.open()
    for start in (1, 11, 21):
        historian.add(batch(start, start + 9))
        historian.flush()
    historian.close()
    victim = bench.files()[1]
    victim.write_bytes(victim.read_bytes()[::-1])
    historian = bench.open()
    assert historian.compact(T0 + DAY) == 0
    assert [type(fault) for fault in bench.faults] == [SegmentDamaged]
    assert values(historian) == [float(seq) for seq in (*range(1, 11), *range(21, 31))]


def test_queries_are_right_while_readings_are_added_and_written(bench: Bench) -> None:
    historian = bench.open(HistorianPolicy(rows=40))
    wrong: list[list[float]] = []
    finished = threading.Event()

    def ask() -> None:
        while not finished.is_set():
            found = values(historian)
            if found != [float(seq) for seq in range(1, len(found) + 1)]:
                wrong.append(found)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for seq in range(1, 601, 5):
        historian.add(batch(seq, seq + 4))
        if seq % 200 == 1:
            historian.compact(T0 + DAY)
    until(lambda: historian.stored_seq() > 500)
    finished.set()
    for thread in asking:
        thread.join(DEADLINE)
    assert wrong == []
    assert bench.faults == []


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 12), st.integers(0, 5)),
        st.tuples(st.sampled_from(["flush", "reopen", "compact"]), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None)
@given(steps=steps)
def test_any_history_of_adding_writing_and_restarting_equals_the_plain_one(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("telemetry"))
    plain, historian, seq = MemoryHistorian(), bench.open(), 0
    for step, length, back in steps:
        match step:
            case "add":
                fed = batch(max(1, seq + 1 - back), seq + length, T0 + seq * MINUTE)
                seq += length
                plain.add(fed)
                historian.add(fed)
            case "flush":
                historian.flush()
                assert historian.stored_seq() == seq
            case "reopen":
                historian.close()
                historian = bench.open()
            case "compact":
                historian.compact(T0 + DAY)
    assert same_series(historian.series("p", 0, 2**62, 10_000), plain.series("p", 0, 2**62, 10_000))
    assert historian.latest(["p"]) == plain.latest(["p"])
    historian.close()
