"""The newest end of a journal in memory: how far it reaches, who waits for more, and the last records themselves.

Readers at the tail, the engine above all, get the records that were read back when they were submitted, and touch no
disk.
"""

import time
from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter
from threading import Condition

from domain.record import Record

_BY_SEQ = attrgetter("seq")


class Tail:
    """Up to twice `keep` of the newest records (all of them with `keep` None). Safe to call from any thread."""

    def __init__(self, last_seq: int, keep: int | None) -> None:
        """Begin behind `last_seq`, with no record in memory."""
        self._keep = keep
        self._records: list[Record] = []
        # Every stored record after this seq is in memory; None after a failure, when the storage may hold more.
        self._complete_after: int | None = last_seq
        self._last_seq = last_seq
        self._closed = False
        self._changed = Condition()

    @property
    def last_seq(self) -> int:
        """The newest stored seq; everything up to it can be read."""
        return self._last_seq

    def publish(self, records: Sequence[Record]) -> None:
        """Take records that are stored now, in order of seq, and wake who waits."""
        with self._changed:
            if self._complete_after is None:
                self._complete_after = records[0].seq - 1
            self._records.extend(records)
            self._last_seq = records[-1].seq
            if self._keep is not None and len(self._records) > 2 * self._keep:
                self._complete_after = self._records[-self._keep - 1].seq
                del self._records[: -self._keep]
            self._changed.notify_all()

    def forget(self) -> None:
        """Drop what is in memory: after a failed commit the storage alone knows what it holds."""
        with self._changed:
            self._records.clear()
            self._complete_after = None

    def read(self, after: int, limit: int) -> list[Record] | None:
        """Give up to `limit` records after a seq, or None where they are not all in memory."""
        with self._changed:
            if after >= self._last_seq:
                return []
            if self._complete_after is None or after < self._complete_after:
                return None
            start = bisect_right(self._records, after, key=_BY_SEQ)
            return self._records[start : start + limit]

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until there is a record after the seq; False after `timeout` seconds, or when the journal closes."""
        if self._last_seq > after:
            return True
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._last_seq <= after and not self._closed:
                if not self._changed.wait(deadline - time.monotonic()):
                    break
            return self._last_seq > after

    def close(self) -> None:
        """Wake all who wait: nothing more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
