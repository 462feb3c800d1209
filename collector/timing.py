"""Which clock is believed: the device's, unless it has none, has lost it, or runs ahead of ours.

A device that says something old is right: phones come back from the basement, gateways from an outage.
"""

import re
from typing import Final, NamedTuple

from collector.refusal import Reason, Refused
from domain.errors import InvalidTime
from domain.instant import EARLIEST, LATEST, MILLISECOND, Duration, Instant, from_iso
from domain.record import Believed

# RFC 3339, but the offset may be missing and its digits may name no moment: such a time is kept out of the record, not
# its message (reliability.md B7).
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)


class Timing(NamedTuple):
    """When it happened as far as we believe, whose clock that is, and what the device claimed."""

    event_time: Instant
    believed: Believed
    device_time: Instant | None


def claimed_instant(at: int | str | None) -> Instant | None:
    """Read `at`: milliseconds since 1970 or RFC 3339; None where it names no instant (absent, no offset, 30 February).

    Raises:
        Refused: `invalid_time`, a text that is no date and time at all.
    """
    if at is None:
        return None
    if isinstance(at, int):
        return at * MILLISECOND
    if _TIME.fullmatch(at) is None:
        detail = "`at` is neither integer milliseconds since 1970 nor RFC 3339 such as 2026-11-23T07:30:00+08:00"
        raise Refused(Reason.INVALID_TIME, detail)
    try:
        return from_iso(at)
    except (InvalidTime, OverflowError):
        return None


def believe(claimed: Instant | None, received_at: Instant, tolerance: Duration) -> Timing:
    """Decide between the device's time and ours. All in microseconds."""
    if claimed is None:
        return Timing(received_at, Believed.RECEIVED, None)
    if is_believable(claimed, received_at, tolerance):
        return Timing(claimed, Believed.DEVICE, claimed)
    return Timing(received_at, Believed.RECEIVED, claimed)


def is_believable(claimed: Instant, received_at: Instant, tolerance: Duration) -> bool:
    """Tell whether a device's time may stand: from 2015 to 2100 and not further ahead of ours than the tolerance."""
    return EARLIEST <= claimed <= min(LATEST, received_at + tolerance)
