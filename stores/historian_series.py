"""Reduction of a point's rows to aligned buckets, and the choice of the bucket's span. Pure numpy.

A bucket begins at a multiple of its span since the epoch, so that the same bucket comes out of every query that asks
for its span, whatever the window. Buckets without a good value do not exist: a gap stays a gap.
"""

from collections.abc import Iterator
from itertools import count
from typing import Final

import numpy as np
from msgspec import Struct

from domain.instant import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant
from domain.readings import Qualities, Quality, Times, Values
from stores.ports import Series, SeriesBucket

_STEPS: Final = (1, 2, 5)
_SPANS: Final[tuple[Duration, ...]] = (
    *(step * ten for ten in (1, 10, 100) for step in _STEPS),
    *(step * ten * MILLISECOND for ten in (1, 10, 100) for step in _STEPS),
    *(step * SECOND for step in (1, 2, 5, 10, 15, 30)),
    *(step * MINUTE for step in (1, 2, 5, 10, 15, 30)),
    *(step * HOUR for step in (1, 2, 3, 6, 12)),
)


class Rows(Struct, frozen=True, kw_only=True):
    """One point's readings in columns of length n: seq, time in microseconds, value, quality code."""

    seq: Times
    at: Times
    values: Values
    quality: Qualities


class Buckets(Struct, frozen=True, kw_only=True):
    """Partial reduction: each bucket's number (time // span), how many rows, and what the good ones among them were."""

    bucket: Times
    rows: Times
    good: Times
    minimum: Values
    maximum: Values
    total: Values


def require_window(max_points: int) -> None:
    """Refuse a series without points.

    Raises:
        ValueError: `max_points` is less than 1.
    """
    if max_points < 1:
        raise ValueError(f"max_points is {max_points}: ask for at least 1")


def choose_span(start: Instant, end: Instant, max_points: int) -> Duration:
    """Give the shortest readable span whose aligned buckets cover start <= at < end with at most `max_points`."""
    start = max(start, 0)  # or no span, however long, would hold both sides of the epoch in one bucket
    return next(span for span in _spans() if (end - 1) // span - start // span < max_points)


def reduce_rows(rows: Rows, span: Duration) -> Buckets:
    """Reduce rows, in whatever order, to buckets of `span`."""
    bucket, row = np.unique(rows.at // span, return_inverse=True)
    good = rows.quality == Quality.GOOD
    good_row, good_values = row[good], rows.values[good]
    size = len(bucket)
    minimum, maximum = np.full(size, np.nan), np.full(size, np.nan)
    np.fmin.at(minimum, good_row, good_values)
    np.fmax.at(maximum, good_row, good_values)
    return Buckets(
        bucket=bucket,
        rows=np.bincount(row, minlength=size).astype(np.int64),
        good=np.bincount(good_row, minlength=size).astype(np.int64),
        minimum=minimum,
        maximum=maximum,
        total=np.bincount(good_row, weights=good_values, minlength=size).astype(np.float64),
    )


def join_buckets(one: Buckets, other: Buckets) -> Buckets:
    """Put two reductions with the same span together."""
    bucket, row = np.unique(np.concatenate([one.bucket, other.bucket]), return_inverse=True)
    size = len(bucket)
    rows, good, total = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size)
    minimum, maximum = np.full(size, np.nan), np.full(size, np.nan)
    np.add.at(rows, row, np.concatenate([one.rows, other.rows]))
    np.add.at(good, row, np.concatenate([one.good, other.good]))
    np.add.at(total, row, np.concatenate([one.total, other.total]))
    np.fmin.at(minimum, row, np.concatenate([one.minimum, other.minimum]))
    np.fmax.at(maximum, row, np.concatenate([one.maximum, other.maximum]))
    return Buckets(bucket=bucket, rows=rows, good=good, minimum=minimum, maximum=maximum, total=total)


def bucket_series(point: str, buckets: Buckets, span: Duration) -> Series:
    """Give the series of those buckets that have a good value; each stands at the beginning of its bucket."""
    known = buckets.good > 0
    good = buckets.good[known]
    return Series(
        point=point,
        bucket=SeriesBucket.BUCKETS,
        bucket_span=span,
        at=buckets.bucket[known] * span,
        minimum=buckets.minimum[known],
        mean=buckets.total[known] / good,
        maximum=buckets.maximum[known],
        count=good,
    )


def raw_series(point: str, rows: Rows) -> Series:
    """Give all rows by time; of equal times the later judged comes later. `count` is 1 where the value is good."""
    order = np.lexsort((rows.seq, rows.at))
    values, quality = rows.values[order], rows.quality[order]
    return Series(
        point=point,
        bucket=SeriesBucket.RAW,
        bucket_span=0,
        at=rows.at[order],
        minimum=values,
        mean=values,
        maximum=values,
        count=(quality == Quality.GOOD).astype(np.int64),
        quality=quality,
    )


def join_rows(parts: list[Rows]) -> Rows:
    """Put rows together in the order of the parts."""
    return Rows(
        seq=np.concatenate([NO_ROWS.seq, *(part.seq for part in parts)]),
        at=np.concatenate([NO_ROWS.at, *(part.at for part in parts)]),
        values=np.concatenate([NO_ROWS.values, *(part.values for part in parts)]),
        quality=np.concatenate([NO_ROWS.quality, *(part.quality for part in parts)]),
    )


def _spans() -> Iterator[Duration]:
    yield from _SPANS
    for doubling in count():
        yield DAY << doubling


NO_ROWS: Final = Rows(
    seq=np.zeros(0, np.int64), at=np.zeros(0, np.int64), values=np.zeros(0), quality=np.zeros(0, np.uint8)
)
