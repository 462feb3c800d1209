"""Points in time as whole microseconds since 1970-01-01T00:00:00Z.

Integers compare, subtract and store exactly, travel in numpy as int64 and have no zone to be wrong about. Zones
appear only where people read or write times (`domain.schedule`, the API, the page).
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, TypeAlias

from domain.errors import InvalidTime

INSTANT_MARK: Final = "instant"
"""Tells instants from other integers where types are read at run time (`api.derived` shows them as RFC 3339)."""

Instant: TypeAlias = Annotated[int, INSTANT_MARK]
"""Microseconds since the epoch, UTC."""

Duration: TypeAlias = int
"""A span in microseconds."""

MILLISECOND: Duration = 1_000
SECOND: Duration = 1_000_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

EARLIEST: Instant = 1_420_070_400 * SECOND
"""2015-01-01. A device that says something earlier has lost its clock (reference: devices.md, B3)."""

LATEST: Instant = 4_102_444_800 * SECOND
"""2100-01-01. Later times are a unit mistake (seconds read as milliseconds), not a schedule."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def from_seconds(seconds: float) -> Duration:
    """Turn seconds, as people write them in configuration, into a duration; rounds to whole microseconds."""
    return round(seconds * SECOND)


def to_seconds(span: Duration) -> float:
    """Give a duration in seconds."""
    return span / SECOND


def from_datetime(moment: datetime) -> Instant:
    """Convert an aware datetime exactly.

    Raises:
        InvalidTime: `moment` has no zone, so it names no single instant.
    """
    if moment.tzinfo is None:
        msg = f"{moment.isoformat()} has no zone: give an offset such as +08:00 or Z"
        raise InvalidTime(msg)
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(at: Instant) -> datetime:
    """Give the instant as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=at)


def from_iso(text: str) -> Instant:
    """Parse RFC 3339 (`2026-11-23T07:30:00.5Z`, `…+08:00`); digits beyond microseconds are cut, not an error.

    Raises:
        InvalidTime: the text is no date and time, or names no offset.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"'{text[:64]}' is not an RFC 3339 time: write it like 2026-11-23T07:30:00Z"
        raise InvalidTime(msg) from error
    return from_datetime(moment)


def to_iso(at: Instant) -> str:
    """Write RFC 3339 in UTC with microseconds only where there are any."""
    text = to_datetime(at).isoformat()
    return text.replace("+00:00", "Z")
