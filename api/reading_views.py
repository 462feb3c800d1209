"""Values of points, alone and as series."""

from collections.abc import Mapping

from msgspec import Struct

from domain.instant import Instant
from domain.priority import Priority
from domain.text import Text


class PointValue(Struct, frozen=True, kw_only=True):
    """The newest value of a point. `stale`: too old to stand for the present, or there is none."""

    point: str
    value: float | None
    at: Instant | None
    quality: str | None
    stale: bool


class SiteValues(Struct, frozen=True, kw_only=True):
    """The newest values of all points of a site; `at` is Vigil's clock. They change too often for the live stream."""

    site: str
    at: Instant
    points: tuple[PointValue, ...]


class PointLimit(Struct, frozen=True, kw_only=True):
    """What a configured rule allows a point: not below `low`, not above `high`.

    Of a ladder also its outer limits, beyond which its alarm has `outer_priority`.
    """

    rule: str
    name: Text
    priority: Priority
    low: float | None
    high: float | None
    low_low: float | None = None
    high_high: float | None = None
    outer_priority: Priority | None = None


class LateReadings(Struct, frozen=True, kw_only=True):
    """Messages with readings of a point that were older than what it had been judged by: stored, and not judged.

    `messages` counts those received in the time of the series, among the newest 1,000 such messages of the site;
    `latest` is when the last of them was received.
    """

    messages: int
    latest: Instant | None


class ReadingSeries(Struct, frozen=True, kw_only=True):
    """A point's history as columns of equal length, oldest first.

    `reduced` False: single readings, `quality` beside them, a value None where it is not a number. True: buckets of
    `bucket_seconds` with minimum, mean, maximum and `count` of their good values, at the beginning of each bucket.
    `limits` are those of the rules as configured now, for a chart to draw. `states` are what whole values are called,
    by their number; empty where they are not named.
    """

    point: str
    site: str
    unit: str
    states: Mapping[str, Text]
    start: Instant
    end: Instant
    reduced: bool
    bucket_seconds: float
    at: tuple[Instant, ...]
    minimum: tuple[float | None, ...]
    mean: tuple[float | None, ...]
    maximum: tuple[float | None, ...]
    count: tuple[int, ...]
    quality: tuple[str, ...] | None
    limits: tuple[PointLimit, ...]
    late: LateReadings
