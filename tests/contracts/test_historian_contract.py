"""What every historian promises, on each adapter, with its readings in memory, on disk, half and half, and reopened."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.instant import MINUTE, SECOND, Instant
from domain.readings import Quality
from stores.historian import ParquetHistorian
from stores.historian_memory import MemoryHistorian
from stores.ports import Historian, LatestReading, ReadingColumns, Series, SeriesBucket
from tests.stores.historian_columns import T0, Reading, columns, good, raw


def never_faulty(fault: Exception) -> None:
    raise AssertionError(fault)


def open_parquet(folder: Path) -> ParquetHistorian:
    return ParquetHistorian(folder, clock=lambda: T0, on_fault=never_faulty)


class OnDisk(ParquetHistorian):
    """Writes a segment after every second `add`: answers come from several files, or from a file and memory."""

    every = 2

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, clock=lambda: T0, on_fault=never_faulty)
        self.added = 0

    def add(self, columns: ReadingColumns) -> None:
        super().add(columns)
        self.added += 1
        if self.added % self.every == 0:
            self.flush()


class Reopened:
    """Closes and opens the folder before every question."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open = open_parquet(folder)

    def again(self) -> ParquetHistorian:
        self.close()
        self.open = open_parquet(self.folder)
        return self.open

    def add(self, columns: ReadingColumns) -> None:
        self.open.add(columns)

    def stored_seq(self) -> int:
        return self.open.stored_seq()

    def series(self, point: str, start: Instant, end: Instant, max_points: int) -> Series:
        return self.again().series(point, start, end, max_points)

    def latest(self, points: Sequence[str]) -> Mapping[str, LatestReading]:
        return self.again().latest(points)

    def flush(self) -> None:
        self.open.flush()

    def close(self) -> None:
        self.open.close()


MAKERS: Mapping[str, Callable[[Path], Historian]] = {
    "memory": lambda _: MemoryHistorian(),
    "parquet": open_parquet,
    "on-disk": OnDisk,
    "reopened": Reopened,
}


def close(historian: Historian) -> None:
    if isinstance(historian, ParquetHistorian | Reopened):
        historian.close()


@pytest.fixture(params=MAKERS)
def historian(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Historian]:
    made = MAKERS[request.param](tmp_path / "telemetry [a]*")  # DuckDB must not take the name for a pattern
    try:
        yield made
    finally:
        close(made)


def test_what_was_added_can_be_read_at_once(historian: Historian) -> None:
    historian.add(columns([good(1, "temp", T0, 20.5), good(1, "flow", T0, 3.0)]))
    historian.add(columns([good(2, "temp", T0 + SECOND, 21.0)]))

    assert raw(historian, "temp") == [(T0, 20.5), (T0 + SECOND, 21.0)]
    assert raw(historian, "flow") == [(T0, 3.0)]
    assert raw(historian, "unknown") == []


def test_a_series_holds_its_start_and_not_its_end(historian: Historian) -> None:
    historian.add(columns([good(seq, "p", T0 + seq, float(seq)) for seq in range(1, 6)]))

    assert historian.series("p", T0 + 2, T0 + 4, 10).mean.tolist() == [2.0, 3.0]
    assert len(historian.series("p", T0 + 4, T0 + 4, 10).at) == 0
    assert len(historian.series("p", T0 + 4, T0 + 2, 10).at) == 0


def test_late_rows_take_their_place_in_time(historian: Historian) -> None:
    historian.add(columns([good(1, "p", T0 + 10, 1.0)]))
    historian.add(columns([good(2, "p", T0, 2.0)]))
    historian.add(columns([good(3, "p", T0 + 10, 3.0), good(3, "p", T0 + 10, 4.0)]))

    assert raw(historian, "p") == [(T0, 2.0), (T0 + 10, 1.0), (T0 + 10, 3.0), (T0 + 10, 4.0)]


def test_raw_keeps_every_value_and_says_how_good_it_is(historian: Historian) -> None:
    historian.add(
        columns(
            [(1, "p", T0, 1.0, Quality.GOOD), (2, "p", T0 + 1, 2.0, Quality.UNCERTAIN), (3, "p", T0 + 2, math.nan, 2)]
        )
    )

    series = historian.series("p", T0, T0 + 3, 3)
    assert series.bucket is SeriesBucket.RAW
    assert series.quality is not None
    assert series.quality.tolist() == [0, 1, 2]
    assert series.count.tolist() == [1, 0, 0]
    assert series.mean[:2].tolist() == [1.0, 2.0]
    assert math.isnan(series.mean[2])


def test_many_rows_become_aligned_buckets_of_good_values(historian: Historian) -> None:
    start = T0 // MINUTE * MINUTE
    rows = [good(n + 1, "p", start + n * SECOND, float(n)) for n in range(120)]
    rows[0] = (1, "p", start, 1e9, Quality.BAD)
    for first in range(0, 120, 40):
        historian.add(columns(rows[first : first + 40]))

    series = historian.series("p", start, start + 2 * MINUTE, 4)
    assert series.bucket is SeriesBucket.BUCKETS
    assert series.bucket_span == 30 * SECOND
    assert series.at.tolist() == [start + n * 30 * SECOND for n in range(4)]
    assert series.minimum.tolist() == [1.0, 30.0, 60.0, 90.0]
    assert series.maximum.tolist() == [29.0, 59.0, 89.0, 119.0]
    assert series.mean.tolist() == [15.0, 44.5, 74.5, 104.5]
    assert series.count.tolist() == [29, 30, 30, 30]


def test_a_gap_stays_a_gap(historian: Historian) -> None:
    start = T0 // MINUTE * MINUTE
    early = [good(n + 1, "p", start + n, 1.0) for n in range(10)]
    spoilt = [(20 + n, "p", start + 2 * MINUTE + n, 5.0, int(Quality.UNCERTAIN)) for n in range(10)]
    late = [good(n + 40, "p", start + 5 * MINUTE + n, 2.0) for n in range(10)]
    historian.add(columns(early + spoilt + late))

    series = historian.series("p", start, start + 6 * MINUTE, 6)
    assert series.bucket_span == MINUTE
    assert series.at.tolist() == [start, start + 5 * MINUTE]


def test_latest_is_the_newest_by_time_and_then_by_judging(historian: Historian) -> None:
    historian.add(columns([good(1, "p", T0 + 10, 1.0), good(1, "q", T0, 7.0)]))
    historian.add(columns([good(2, "p", T0, 2.0)]))
    assert historian.latest(["p"])["p"].value == 1.0

    historian.add(columns([good(3, "p", T0 + 10, 3.0), (3, "p", T0 + 10, 4.0, Quality.BAD)]))
    assert historian.latest(["p", "q", "unknown"]) == {
        "p": LatestReading(point="p", at=T0 + 10, value=4.0, quality=Quality.BAD),
        "q": LatestReading(point="q", at=T0, value=7.0, quality=Quality.GOOD),
    }


def test_what_is_fed_again_is_ignored_even_where_it_overlaps(historian: Historian) -> None:
    historian.add(columns([good(seq, "p", T0 + seq, float(seq)) for seq in (1, 2, 3)]))
    historian.flush()
    historian.add(columns([good(seq, "p", T0 + seq, float(seq)) for seq in (2, 3)]))
    historian.add(columns([good(seq, "p", T0 + seq, float(seq)) for seq in (2, 3, 4, 5)]))
    historian.add(columns([good(seq, "p", T0 + seq, float(seq)) for seq in (5, 6)]))

    assert raw(historian, "p") == [(T0 + seq, float(seq)) for seq in range(1, 7)]


def test_stored_seq_covers_records_without_readings(historian: Historian) -> None:
    assert historian.stored_seq() == 0
    historian.add(columns([good(5, "p", T0, 1.0)], seq_first=3, seq_last=9))
    historian.add(columns([], seq_first=10, seq_last=12))
    historian.flush()
    assert historian.stored_seq() == 12

    historian.add(columns([], seq_first=13, seq_last=20))
    historian.flush()
    assert historian.stored_seq() == 20
    assert raw(historian, "p") == [(T0, 1.0)]


def test_seqs_need_not_be_dense(historian: Historian) -> None:
    historian.add(columns([good(5, "p", T0, 1.0)]))
    historian.add(columns([good(17, "p", T0 + 1, 2.0)]))
    historian.flush()
    assert historian.stored_seq() == 17


@pytest.mark.parametrize("max_points", [0, -1])
def test_a_series_without_points_is_refused(historian: Historian, max_points: int) -> None:
    with pytest.raises(ValueError, match="max_points"):
        historian.series("p", T0, T0 + 1, max_points)


def test_columns_that_do_not_fit_are_refused_and_spoil_nothing(historian: Historian) -> None:
    whole = columns([good(1, "p", T0, 1.0)])
    for name, value in (("at", whole.at[:0]), ("index", whole.index + 1), ("seq_last", 0)):
        spoilt = ReadingColumns(**{**{field: getattr(whole, field) for field in whole.__struct_fields__}, name: value})
        with pytest.raises(ValueError, match="records 1 to"):
            historian.add(spoilt)
    historian.add(whole)
    assert raw(historian, "p") == [(T0, 1.0)]


readings = st.lists(
    st.tuples(
        st.sampled_from(["p", "q"]),
        st.integers(0, 2_000),
        st.floats(-1e6, 1e6),
        st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.UNCERTAIN, Quality.BAD]),
    ),
    max_size=60,
)


def expected_buckets(rows: Sequence[Reading], span: int) -> dict[int, tuple[float, float, float, int]]:
    """The reference: plain Python over all rows."""
    grouped: dict[int, list[float]] = {}
    for _, _, at, value, quality in rows:
        if quality == Quality.GOOD:
            grouped.setdefault(at // span * span, []).append(value)
    return {
        at: (min(values), math.fsum(values) / len(values), max(values), len(values)) for at, values in grouped.items()
    }


@pytest.mark.parametrize("kind", MAKERS)
@settings(max_examples=25, deadline=None)
@given(drawn=readings, cuts=st.sets(st.integers(0, 60)), max_points=st.integers(1, 40), window=st.integers(1, 2_000))
def test_reduction_equals_the_reference(
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[str, int, float, Quality]],
    cuts: set[int],
    max_points: int,
    window: int,
) -> None:
    rows: list[Reading] = [
        (seq, point, T0 + at, value, quality) for seq, (point, at, value, quality) in enumerate(drawn, start=1)
    ]
    historian = MAKERS[kind](tmp_path_factory.mktemp("telemetry"))
    bounds = sorted({0, *(cut for cut in cuts if cut < len(rows)), len(rows)})
    for first, last in pairwise(bounds):
        historian.add(columns(rows[first:last]))

    series = historian.series("p", T0, T0 + window, max_points)
    close(historian)

    within = [row for row in rows if row[1] == "p" and row[2] < T0 + window]
    if len(within) <= max_points:
        in_order = sorted(within, key=lambda row: (row[2], row[0]))
        assert series.bucket is SeriesBucket.RAW
        assert series.at.tolist() == [row[2] for row in in_order]
        assert series.mean.tolist() == [row[3] for row in in_order]
        return
    assert series.bucket is SeriesBucket.BUCKETS
    assert len(series.at) <= max_points
    expected = expected_buckets(within, series.bucket_span)
    assert series.at.tolist() == sorted(expected)
    wanted = [expected[at] for at in sorted(expected)]
    assert series.minimum.tolist() == [lowest for lowest, _, _, _ in wanted]
    assert series.maximum.tolist() == [highest for _, _, highest, _ in wanted]
    assert series.count.tolist() == [count for _, _, _, count in wanted]
    # Of the mean only the order of summation is free: bounded by the magnitudes summed, not by the mean itself.
    assert np.allclose(series.mean, [mean for _, mean, _, _ in wanted], rtol=1e-12, atol=1e-12 * 1e6 * 60)
