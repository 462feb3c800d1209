"""What a historian can do, whatever holds the telemetry."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from domain.instant import Duration, Instant
from domain.reading_envelopes import NO_ENVELOPES, Envelopes
from domain.readings import Qualities, Rows, Times, Values


class ReadingColumns(Struct, frozen=True, kw_only=True):
    """Accepted readings in judging order: n rows of seq, point, time (µs), value and quality.

    `points` are the distinct point ids, `index` (int32, n) picks each row's point among them. `seq_first` and
    `seq_last` bound the records judged, readings or not, so that a restart resumes exactly. `envelopes` are those of
    the records whose readings these are; one is missing where nobody kept it (telemetry of before version 2).
    """

    seq_first: int
    seq_last: int
    points: Sequence[str]
    seq: Times
    index: Rows
    at: Times
    values: Values
    quality: Qualities
    envelopes: Envelopes = NO_ENVELOPES


class SeriesBucket(StrEnum):
    """How a series was reduced."""

    RAW = "raw"
    BUCKETS = "buckets"


class Series(Struct, frozen=True, kw_only=True):
    """A point's history, oldest first. For RAW, `minimum`, `mean` and `maximum` are the same column.

    RAW keeps values of every quality and says which in `quality` (`count` is 1 where GOOD, else 0: draw no line there).
    For BUCKETS, `at` is the beginning of a bucket, `count` its good values, and buckets without one are left out.
    """

    point: str
    bucket: SeriesBucket
    bucket_span: Duration
    at: Times
    minimum: Values
    mean: Values
    maximum: Values
    count: Times
    quality: Qualities | None = None


class LatestReading(Struct, frozen=True, kw_only=True):
    """The newest judged value of a point."""

    point: str
    at: Instant
    value: float
    quality: int


class Historian(Protocol):
    """Telemetry: every accepted reading, by point and time."""

    def add(self, columns: ReadingColumns) -> None:
        """Take readings; they can be read at once, and are durable once `stored_seq` has reached their seq."""

    def stored_seq(self) -> int:
        """Everything up to this seq is on disk; the journal gives the rest after a restart."""

    def series(self, point: str, start: Instant, end: Instant, max_points: int) -> Series:
        """Readings with start <= at < end; where more than `max_points`, reduced to min/mean/max per bucket.

        Values of other than GOOD quality are left out of the reduction.
        """

    def latest(self, points: Sequence[str]) -> Mapping[str, LatestReading]:
        """The newest value of each point that has one."""

    def flush(self) -> None:
        """Write what is in memory to disk."""


class ReadingHistory(Protocol):
    """All that was ever stored, in the order in which it was judged."""

    def readings(self, after: int, until: int) -> Iterator[ReadingColumns]:
        """Give the readings of all records with after < seq <= until in judging order, in parts of bounded size.

        A part holds whole records, and everything of those within its bounds; what lies in no part's bounds is not
        held. A part without rows says that its records left no reading, or that their retention is over.

        Raises:
            StoreUnavailable: it cannot be read.
        """
