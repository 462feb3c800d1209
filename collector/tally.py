"""What the collector counts, so that nothing is dropped, delayed or repeated without being seen."""

import threading
from collections import Counter

from msgspec import Struct

from domain.record import Urgency


class CollectorStats(Struct, frozen=True, kw_only=True):
    """Counts since the start of the process.

    `received` counts deliveries, redelivered ones included; `stored` records committed by the journal, and
    `not_stored` those it could not take. `acknowledged` counts PUBACKs; `stale` those that came too late for their
    connection and were not sent (the broker delivers the message again). `redelivered` are deliveries the broker
    marked as repeated, `still_waiting` those of them whose first delivery was still on its way into the journal.
    `unacknowledged_qos` came at QoS 0: lost while Vigil is down. `shed` are QoS 0 readings dropped under overload, by
    policy. `clock_not_believed` are records whose device time was replaced by ours. `dropped_links` are connections
    given up so that the broker delivers again. `receipts` were handed to the connection for devices that asked,
    `receipts_dropped` were not: the connection had ended, or too many waited; the device sends again. `passed_over`
    counts what foreign messages said that made no record, by format and reason. `raw_not_kept` are foreign messages of
    which no copy could be written.
    """

    received: int = 0
    stored: int = 0
    not_stored: int = 0
    acknowledged: int = 0
    stale: int = 0
    redelivered: int = 0
    still_waiting: int = 0
    unacknowledged_qos: int = 0
    shed: int = 0
    clock_not_believed: int = 0
    dropped_links: int = 0
    receipts: int = 0
    receipts_dropped: int = 0
    raw_not_kept: int = 0
    quarantined: dict[str, int] = {}
    passed_over: dict[str, int] = {}
    waiting: dict[str, int] = {}


class Tally:
    """Counters that every thread of the collector may raise."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._passed_over: Counter[str] = Counter()

    def count(self, *names: str) -> None:
        """Raise each of the named counters by one."""
        with self._lock:
            for name in names:
                self._counts[name] += 1

    def count_quarantined(self, reason: str) -> None:
        """Raise the counter of a reason by one."""
        with self._lock:
            self._reasons[reason] += 1

    def count_passed_over(self, why: str) -> None:
        """Raise the counter of something that made no record by one."""
        with self._lock:
            self._passed_over[why] += 1

    def stats(self, waiting: dict[Urgency, int]) -> CollectorStats:
        """Give all counters at one moment; `waiting` are deliveries on their way into the journal."""
        with self._lock:
            return CollectorStats(
                **self._counts,
                quarantined=dict(self._reasons),
                passed_over=dict(self._passed_over),
                waiting={str(urgency): count for urgency, count in waiting.items()},
            )
