"""What every history of readings promises: all that was stored, record by record, in the order of judging."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.identity import MessageIdentity
from domain.instant import DAY, HOUR
from domain.reading_envelopes import NO_ENVELOPES
from domain.readings import readings_from
from domain.record import Believed, Record
from stores.historian import ParquetHistorian
from stores.historian_memory import MemoryHistorian
from stores.historian_reader import ParquetHistoryReader
from stores.ports import ReadingColumns, ReadingHistory
from tests.stores.historian_columns import T0, columns_of

Held: TypeAlias = list[tuple[int, int]]
Maker: TypeAlias = Callable[[Path, Sequence[ReadingColumns]], ReadingHistory]


def never_faulty(fault: Exception) -> None:
    raise AssertionError(fault)


def in_memory(_: Path, parts: Sequence[ReadingColumns]) -> ReadingHistory:
    historian = MemoryHistorian()
    for part in parts:
        historian.add(part)
    return historian


def in_files(folder: Path, parts: Sequence[ReadingColumns]) -> ReadingHistory:
    """A segment for every part."""
    with closing(ParquetHistorian(folder, clock=lambda: T0, on_fault=never_faulty)) as historian:
        for part in parts:
            historian.add(part)
            historian.flush()
    return ParquetHistoryReader(folder, on_fault=never_faulty)


def merged(folder: Path, parts: Sequence[ReadingColumns]) -> ReadingHistory:
    in_files(folder, parts)
    with closing(ParquetHistorian(folder, clock=lambda: T0, on_fault=never_faulty)) as historian:
        historian.compact(T0 + 365 * DAY)
    return ParquetHistoryReader(folder, on_fault=never_faulty)


MAKERS: Mapping[str, Maker] = {"memory": in_memory, "files": in_files, "merged": merged}


@contextmanager
def opened(kind: str, folder: Path, parts: Sequence[ReadingColumns]) -> Iterator[ReadingHistory]:
    history = MAKERS[kind](folder, parts)
    try:
        yield history
    finally:
        if isinstance(history, ParquetHistoryReader):
            history.close()


def records_in(parts: Sequence[ReadingColumns]) -> list[Record]:
    """The records again, those without an envelope from `nobody`."""
    made = []
    for part in parts:
        known = {seq: place for place, seq in enumerate(part.envelopes.seq.tolist())}
        for seq in dict.fromkeys(part.seq.tolist()):
            row = part.seq == seq
            names = [part.points[place] for place in part.index[row].tolist()]
            body = readings_from(names, part.at[row], part.values[row], part.quality[row])
            if seq in known:
                made.append(part.envelopes.record(known[seq], body))
            else:
                made.append(Record(seq=seq, body=body, event_time=0, received_at=0, source="nobody"))
    return made


def bounds_of(parts: Sequence[ReadingColumns]) -> Held:
    """What the parts answer for, joined where they follow upon each other."""
    held: Held = []
    for part in parts:
        if held and held[-1][1] + 1 == part.seq_first:
            held[-1] = (held[-1][0], part.seq_last)
        else:
            held.append((part.seq_first, part.seq_last))
    return held


def a_record(seq: int, *rows: tuple[str, int, float], **envelope: object) -> Record:
    body = readings_from(
        [point for point, _, _ in rows],
        [T0 + at for _, at, _ in rows],
        [value for _, _, value in rows],
        [0] * len(rows),
    )
    newest = T0 + max(row[1] for row in rows)
    record = Record(seq=seq, body=body, event_time=newest, received_at=newest + 70, source="gateway", site="tower")
    return replace(record, **envelope)


DAY_OF_RECORDS = [
    a_record(2, ("flow", 5, 1.5), ("heat", 4, 20.0), identity=MessageIdentity("gateway", "b1", 1)),
    a_record(3, ("flow", 2, float("nan")), received_at=T0 + 9),
    a_record(5, ("heat", 1, 7.0), source="sensor", site=None, device_time=T0 + 1, believed=Believed.DEVICE),
    a_record(8, ("flow", 9, 2.0), event_time=T0 - 50, device_time=T0 + HOUR, identity=MessageIdentity("x", "b2", 99)),
    a_record(9, ("flow", 9, 2.0), ("flow", 9, 3.0), ("heat", -HOUR, -0.0)),
]


@pytest.mark.parametrize("kind", MAKERS)
def test_records_come_back_as_they_were_judged(kind: str, tmp_path: Path) -> None:
    parts = [columns_of(DAY_OF_RECORDS, *bounds) for bounds in ((1, 3), (4, 4), (5, 7), (8, 9))]
    with opened(kind, tmp_path, parts) as history:
        found = list(history.readings(0, 20))
    assert records_in(found) == DAY_OF_RECORDS
    assert bounds_of(found) == [(1, 9)]


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(("after", "until"), [(2, 8), (0, 2), (3, 4), (8, 9), (9, 40), (5, 5), (8, 3)])
def test_a_range_holds_its_end_and_not_its_start(kind: str, after: int, until: int, tmp_path: Path) -> None:
    parts = [columns_of(DAY_OF_RECORDS, *bounds) for bounds in ((1, 4), (5, 9))]
    with opened(kind, tmp_path, parts) as history:
        found = list(history.readings(after, until))
    assert records_in(found) == [record for record in DAY_OF_RECORDS if after < record.seq <= until]
    assert bounds_of(found) == ([(after + 1, min(until, 9))] if after < min(until, 9) else [])


@pytest.mark.parametrize("kind", MAKERS)
def test_what_has_no_envelope_comes_without_one(kind: str, tmp_path: Path) -> None:
    parts = [columns_of(DAY_OF_RECORDS, *bounds) for bounds in ((1, 4), (5, 9))]
    parts[0] = replace(parts[0], envelopes=NO_ENVELOPES)
    with opened(kind, tmp_path, parts) as history:
        found = records_in(list(history.readings(0, 9)))
    assert [record.source for record in found] == ["nobody", "nobody", "sensor", "gateway", "gateway"]
    assert found[2:] == DAY_OF_RECORDS[2:]
    assert [record.body for record in found] == [record.body for record in DAY_OF_RECORDS]


bodies = st.lists(
    st.tuples(st.sampled_from(["p", "q", "r"]), st.integers(-50, 50), st.floats(allow_nan=False)),
    min_size=1,
    max_size=4,
)
drawn_records = st.lists(
    st.tuples(
        bodies,
        st.integers(0, 5),
        st.sampled_from([None, "tower", "annex"]),
        st.sampled_from(["gateway", "sensor"]),
        st.one_of(st.none(), st.builds(MessageIdentity, st.just("gateway"), st.sampled_from("abc"), st.integers(1, 9))),
        st.one_of(st.none(), st.integers(-90, 90)),
    ),
    max_size=25,
)


@pytest.mark.parametrize("kind", MAKERS)
@settings(max_examples=20, deadline=None)
@given(drawn=drawn_records, cuts=st.sets(st.integers(1, 60)), window=st.tuples(st.integers(0, 60), st.integers(0, 90)))
def test_any_history_comes_back_however_it_was_cut(
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[list[tuple[str, int, float]], int, str | None, str, MessageIdentity | None, int | None]],
    cuts: set[int],
    window: tuple[int, int],
) -> None:
    records: list[Record] = []
    seq = 0
    for rows, skipped, site, source, identity, device in drawn:
        seq += 1 + skipped
        device_time = None if device is None else T0 + device
        records.append(a_record(seq, *rows, site=site, source=source, identity=identity, device_time=device_time))
    last = seq + 1
    edges = sorted({0, *(cut for cut in cuts if cut < last), last})
    parts = [columns_of(records, first + 1, end) for first, end in pairwise(edges)]
    after, until = window
    with opened(kind, tmp_path_factory.mktemp("telemetry"), parts) as history:
        found = list(history.readings(after, until))
    assert records_in(found) == [record for record in records if after < record.seq <= until]
    assert bounds_of(found) == ([(after + 1, min(until, last))] if after < min(until, last) else [])
