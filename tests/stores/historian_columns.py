"""Readings for tests of the historian: short to write, and the reference they are compared with."""

from collections.abc import Sequence

import numpy as np

from domain.instant import Instant
from domain.reading_envelopes import envelopes_of
from domain.readings import Quality, Readings
from domain.record import Record
from stores.ports import Historian, ReadingColumns, Series

T0: Instant = 1_760_000_000_000_000
"""2025-10-09T08:53:20Z."""

Reading = tuple[int, str, Instant, float, int]
"""Seq, point, time, value, quality."""


def good(seq: int, point: str, at: Instant, value: float) -> Reading:
    return (seq, point, at, value, Quality.GOOD)


def columns(rows: Sequence[Reading], seq_first: int | None = None, seq_last: int | None = None) -> ReadingColumns:
    """Columns of the rows; the bounds are those of the rows unless given."""
    points = list(dict.fromkeys(row[1] for row in rows))
    seqs = [row[0] for row in rows]
    return ReadingColumns(
        seq_first=min(seqs) if seq_first is None else seq_first,
        seq_last=max(seqs) if seq_last is None else seq_last,
        points=points,
        seq=np.array(seqs, np.int64),
        index=np.array([points.index(row[1]) for row in rows], np.int64),
        at=np.array([row[2] for row in rows], np.int64),
        values=np.array([row[3] for row in rows], np.float64),
        quality=np.array([row[4] for row in rows], np.uint8),
    )


def columns_of(records: Sequence[Record], first: int, last: int) -> ReadingColumns:
    """Columns as the loop hands them on, for the records among `first` to `last`."""
    within = [record for record in records if first <= record.seq <= last]
    bodies = [record.body for record in within if isinstance(record.body, Readings)]
    names = [name for body in bodies for name in body.point_ids()]
    points = sorted(set(names))
    return ReadingColumns(
        seq_first=first,
        seq_last=last,
        points=points,
        seq=np.repeat([record.seq for record in within], [len(body) for body in bodies]).astype(np.int64),
        index=np.array([points.index(name) for name in names], np.int32),
        at=np.array([at for body in bodies for at in body.times().tolist()], np.int64),
        values=np.array([value for body in bodies for value in body.numbers().tolist()]),
        quality=np.array([code for body in bodies for code in body.qualities().tolist()], np.uint8),
        envelopes=envelopes_of(within),
    )


def raw(historian: Historian, point: str) -> list[tuple[Instant, float]]:
    """All times and values of a point."""
    series = historian.series(point, 0, 2**62, 1_000_000)
    return list(zip(series.at.tolist(), series.mean.tolist(), strict=True))


def same_series(one: Series, other: Series) -> bool:
    """Whether two series tell the same; means may differ in the last digits (order of summation)."""
    return (
        (one.point, one.bucket, one.bucket_span) == (other.point, other.bucket, other.bucket_span)
        and np.array_equal(one.at, other.at)
        and np.array_equal(one.minimum, other.minimum, equal_nan=True)
        and np.array_equal(one.maximum, other.maximum, equal_nan=True)
        and np.array_equal(one.count, other.count)
        and np.allclose(one.mean, other.mean, rtol=1e-9, atol=1e-9, equal_nan=True)
    )
