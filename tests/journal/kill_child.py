"""Writes to a journal until it is killed, saying each seq on standard output once its callback was called.

`python -m tests.journal.kill_child FOLDER BUG AFTER BEGAN`: with AFTER above 0 it kills itself inside its AFTER-th
callback; BUG `callback-before-commit` answers before anything is stored, `none` leaves the journal as it is; BEGAN is
the time of day at which the journal's clock stood at its start.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from domain.instant import DAY
from domain.record import Urgency
from journal.chain import SegmentKind
from journal.group_writer import GroupWriter, _Submission
from journal.sqlite_journal import SqliteJournal
from tests.journal.journal_folder import KEY
from tests.journal.record_samples import NOW, a_scan, some_readings

MOST_WAITING = 200
LEDGER = 1
# Days pass quickly, so that some rounds die at the change of segments.
DAYS_A_SECOND = 4


class AnswersTooSoon(SqliteJournal):
    """The planted bug."""

    def _store(self, kind: SegmentKind, batch: Sequence[_Submission]) -> None:
        first = self._segments._next_seq
        for seq, submission in enumerate(batch, first):
            self._answer(submission.stored, seq, None)
        self._segments.store(kind, [submission.data for submission in batch])


class Ledger:
    def __init__(self, after: int) -> None:
        self._left = after

    def __call__(self, seq: int | None, error: Exception | None) -> None:
        if seq is None:
            print(error, file=sys.stderr)  # noqa: T201 - the test shows it
            os._exit(2)
        os.write(LEDGER, b"%d\n" % seq)
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def write_until_killed(journal: GroupWriter, ledger: Ledger) -> None:
    for number in count():
        if number % 3:
            journal.submit(a_scan(number), Urgency.EVENT, ledger)
        else:
            journal.submit(some_readings(20), Urgency.READING, ledger)
        while sum(journal.waiting().values()) > MOST_WAITING:
            time.sleep(0.0005)


def main() -> None:
    folder, bug, after, began = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    kind = AnswersTooSoon if bug == "callback-before-commit" else SqliteJournal
    journal = kind(folder, KEY, lambda: NOW + int((time.time() - began) * DAYS_A_SECOND * DAY))
    write_until_killed(journal, Ledger(after))


if __name__ == "__main__":
    main()
