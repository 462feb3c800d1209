"""Streaming a historian's files record by record: old segments, large ones, damaged ones, and changing folders."""

import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest

from domain.errors import VigilError
from domain.instant import DAY, HOUR
from domain.reading_envelopes import envelopes_of
from domain.readings import readings_from
from domain.record import Record
from stores.historian import ParquetHistorian
from stores.historian_reader import ParquetHistoryReader
from stores.historian_segments import SegmentFolder
from stores.ports import ReadingColumns
from tests.stores.historian_columns import T0, columns, good, raw

VERSION_1 = """
    COPY (SELECT seq, point, "at", value, quality::UTINYINT AS quality
        FROM (VALUES (1::BIGINT, 'p', {at}::BIGINT, 1.5::DOUBLE, 0), (2, 'q', {at} + 1, NULL, 2))
            AS rows(seq, point, "at", value, quality))
    TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""
"""What a Vigil of before the envelopes wrote."""


def segment_of_version_1(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / "old"
    with duckdb.connect() as connection:
        connection.execute(VERSION_1.format(path=written, at=T0))
    content = written.read_bytes()
    written.rename(folder / f"{1:016d}-{2:016d}.{T0}~{T0 + 1}.{len(content)}-{zlib.crc32(content):08x}.parquet")


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[VigilError] = []
        self._open: list[ParquetHistorian | ParquetHistoryReader] = []

    def writer(self) -> ParquetHistorian:
        made = ParquetHistorian(self.folder, clock=lambda: T0, on_fault=self.faults.append)
        self._open.append(made)
        return made

    def reader(self) -> ParquetHistoryReader:
        made = ParquetHistoryReader(self.folder, on_fault=self.faults.append)
        self._open.append(made)
        return made

    def close(self) -> None:
        for each in self._open:
            each.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "telemetry")
    yield made
    made.close()


def with_envelopes(seq: int) -> ReadingColumns:
    """One record with one reading, received a second after it was taken."""
    at = T0 + seq
    record = Record(
        seq=seq, body=readings_from(["p"], [at], [1.0], [0]), event_time=at, received_at=at + 1_000_000, source="gw"
    )
    made = columns([good(seq, "p", at, float(seq))])
    return ReadingColumns(
        **{field: getattr(made, field) for field in made.__struct_fields__ if field != "envelopes"},
        envelopes=envelopes_of([record]),
    )


def bounds(parts: list[ReadingColumns]) -> list[tuple[int, int]]:
    return [(part.seq_first, part.seq_last) for part in parts]


@pytest.mark.parametrize("merges", [False, True])
def test_segments_of_version_1_stay_readable(bench: Bench, *, merges: bool) -> None:
    segment_of_version_1(bench.folder)
    writer = bench.writer()
    assert writer.stored_seq() == 2
    writer.add(with_envelopes(3))
    writer.flush()
    if merges:
        assert writer.compact(T0 + DAY) == 2
    assert raw(writer, "p") == [(T0, 1.5), (T0 + 3, 3.0)]

    parts = list(bench.reader().readings(0, 3))
    assert [seq for part in parts for seq in part.seq.tolist()] == [1, 2, 3]
    assert [part.points[place] for part in parts for place in part.index.tolist()] == ["p", "q", "p"]
    assert np.isnan(np.concatenate([part.values for part in parts])[1])
    assert [seq for part in parts for seq in part.envelopes.seq.tolist()] == [3]
    assert [at for part in parts for at in part.envelopes.received_at.tolist()] == [T0 + 3 + 1_000_000]


def test_a_large_segment_comes_in_parts_of_whole_records(bench: Bench) -> None:
    writer = bench.writer()
    records, rows = 500, 700
    seq = np.repeat(np.arange(1, records + 1), rows)
    writer.add(
        ReadingColumns(
            seq_first=1,
            seq_last=records,
            points=("p",),
            seq=seq,
            index=np.zeros(seq.size, np.int32),
            at=T0 + np.arange(seq.size),
            values=np.arange(seq.size, dtype=np.float64),
            quality=np.zeros(seq.size, np.uint8),
        )
    )
    writer.flush()

    parts = list(bench.reader().readings(0, records))
    assert len(parts) > 2
    assert max(len(part.seq) for part in parts) < 200_000
    assert np.array_equal(np.concatenate([part.values for part in parts]), np.arange(seq.size))
    assert all(first.seq_last + 1 == then.seq_first for first, then in pairwise(parts))
    for part in parts:
        assert part.seq[0] == part.seq_first
        assert np.count_nonzero(part.seq == part.seq_last) == rows


def test_what_is_damaged_is_told_and_held_no_more(bench: Bench) -> None:
    writer = bench.writer()
    for seq in (1, 2, 3):
        writer.add(with_envelopes(seq))
        writer.flush()
    folder = SegmentFolder(bench.folder)
    file = folder.file(folder.found()[0][1])
    file.write_bytes(bytes(len(file.read_bytes())))

    assert bounds(list(bench.reader().readings(0, 9))) == [(1, 1), (3, 3)]
    assert len(bench.faults) == 1


def test_what_retention_took_is_an_empty_part(bench: Bench) -> None:
    writer = bench.writer()
    for seq in (1, 2):
        writer.add(with_envelopes(seq))
        writer.flush()
    writer.retire(T0 + 2)
    parts = list(bench.reader().readings(0, 9))
    assert [(part.seq_first, part.seq_last, len(part.seq)) for part in parts] == [(1, 1, 0), (2, 2, 1)]


def test_segments_may_be_merged_while_they_are_read(bench: Bench) -> None:
    writer = bench.writer()
    for seq in (1, 2, 3, 4):
        writer.add(with_envelopes(seq))
        writer.flush()
    reading = bench.reader().readings(0, 4)
    first = next(reading)
    assert writer.compact(T0 + HOUR) == 4
    parts = [first, *reading]
    assert [seq for part in parts for seq in part.seq.tolist()] == [1, 2, 3, 4]
    assert bounds(parts) == [(1, 1), (2, 4)]
