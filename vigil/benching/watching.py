"""Watches a running service from beside: when each record was stored and judged, and what CPU that took.

It looks every 2 ms, because looking disturbs what is measured. A record counts as stored at the first look that finds
it so: the times given are late by up to one look, never early.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from domain.observations import Quarantined
from domain.readings import Readings
from domain.record import Record
from journal.ports import JournalReader
from vigil.benching import cpu
from vigil.benching.generator import Progress
from vigil.benching.workload import Workload

LOOK_SECONDS: Final = 0.002
PAGE: Final = 2000

Times = npt.NDArray[np.int64]


class Moment(Struct, frozen=True, kw_only=True):
    """What had been spent by a moment (wall clock in microseconds)."""

    at: int
    stages: dict[str, float]
    broker: float | None


class Looks(Struct):
    """Looks at the service: at `at`, everything up to seq `stored` was stored and up to `judged` judged."""

    at: list[int] = []
    stored: list[int] = []
    judged: list[int] = []

    def take(self, stored: int, judged: int) -> None:
        """Add a look made now."""
        self.at.append(time.time_ns() // 1000)
        self.stored.append(stored)
        self.judged.append(judged)

    def first_reaching(self, column: Sequence[int], seqs: Times) -> Times:
        """When each seq was first seen in the column; 0 where it never was."""
        places = np.searchsorted(np.array(column, dtype=np.int64), seqs)
        return np.append(np.array(self.at, dtype=np.int64), 0)[places]


class Watcher:
    """Looks until the load has ended and everything of it is judged."""

    def __init__(self, last_stored: Callable[[], int], last_judged: Callable[[], int], progress: Progress) -> None:
        """`progress` is told how far judging has come, so that the load keeps its distance."""
        self._last_stored = last_stored
        self._last_judged = last_judged
        self._progress = progress
        self._first = last_judged()
        self.looks = Looks()

    def watch(self, seconds: float) -> None:
        """Look for so many seconds."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self._look()
            time.sleep(LOOK_SECONDS)

    def watch_until(self, is_over: Callable[[], bool], seconds: float) -> bool:
        """Look until it is over; False where that took longer than `seconds`."""
        ends = time.monotonic() + seconds
        while not is_over():
            if time.monotonic() > ends:
                return False
            self._look()
            time.sleep(LOOK_SECONDS)
        self._look()
        return True

    def moment(self) -> Moment:
        """What has been spent by now."""
        return Moment(at=time.time_ns() // 1000, stages=cpu.stage_seconds(), broker=cpu.broker_seconds())

    def _look(self) -> None:
        judged = self._last_judged()
        self.looks.take(self._last_stored(), judged)
        self._progress.judged = judged - self._first


class Found(Struct, frozen=True, kw_only=True):
    """Where the load stands in the journal: by message number the seq of its record, 0 where there is none.

    `readings` is how many each carried. `repeated` counts records of messages that were there before, `quarantined`
    messages that were not believed.
    """

    seq: Times
    readings: Times
    repeated: int
    quarantined: int


def find_messages(journal: JournalReader, after: int, workload: Workload, count: int) -> Found:
    """Read the journal from a seq on and find each of the first `count` messages by its identity."""
    seq, readings = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    repeated = quarantined = 0
    while batch := journal.read(after, PAGE):
        after = batch[-1].seq
        for record in batch:
            quarantined += isinstance(record.body, Quarantined)
            number = None if record.identity is None else workload.number(record.identity)
            if number is None or number >= count:
                continue
            repeated += bool(seq[number])
            seq[number] = record.seq
            readings[number] = _readings(record)
    return Found(seq=seq, readings=readings, repeated=repeated, quarantined=quarantined)


def _readings(record: Record) -> int:
    return len(record.body) if isinstance(record.body, Readings) else 0
