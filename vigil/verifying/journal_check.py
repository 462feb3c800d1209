"""The journal: its chain, whether every record can be read, and whether what the effects name as causes is there."""

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from journal.chain import Head, JournalDamaged, load_chain
from journal.codec import UnreadableRecord
from journal.ports import JournalUnavailable
from journal.sqlite_archive import SqliteArchive
from journal.verification import Problem, verify
from vigil.verifying.flaw import RESTORE, Flaw, readable

THING: Final = "journal"
_SLICE: Final = 1024
_SHOWN_CAUSES: Final = 5


class JournalFindings(Struct, frozen=True):
    """What was found, up to which seq (None where it cannot be opened), and in how many records."""

    flaws: list[Flaw]
    last_seq: int | None
    records: int


def check_journal(folder: Path, key: bytes, witnesses: Sequence[Head], causes: "array[int]") -> JournalFindings:
    """Walk the chain and read every record. `causes` are seqs, ascending, that records must have."""
    flaws = [
        Flaw(thing=THING, place=problem.file, what=problem.what, remedy=RESTORE)
        for problem in _problems(folder, key, witnesses)
    ]
    try:
        archive = SqliteArchive(folder, key)
    except (JournalDamaged, sqlite3.Error) as error:
        return JournalFindings([*flaws, *_unreadable(error, folder, flaws)], None, 0)
    try:
        retired = max((link.head.last_seq for link in load_chain(folder, key) if link.retired and link.head), default=0)
        waiting = _Causes(causes, retired)
        records = 0
        seq = 0
        while found := archive.read(seq, _SLICE):
            for record in found:
                waiting.pass_by(record.seq)
            records += len(found)
            seq = found[-1].seq
        flaws += waiting.missing(archive.last_seq)
    except (JournalDamaged, JournalUnavailable, UnreadableRecord, sqlite3.Error) as error:
        flaws += _unreadable(error, folder, flaws)
    finally:
        archive.close()
    return JournalFindings(flaws, archive.last_seq, records)


def _problems(folder: Path, key: bytes, witnesses: Sequence[Head]) -> list[Problem]:
    """What does not fit. A service may begin or delete a segment while we look: only what shows twice counts."""
    found = verify(folder, key, witnesses)
    if not found:
        return []
    again = verify(folder, key, witnesses)
    return [problem for problem in found if problem in again]


def _unreadable(error: Exception, folder: Path, known: Sequence[Flaw]) -> Iterator[Flaw]:
    """A flaw for an error that the walk along the chain has not explained already."""
    if not known:
        yield Flaw(thing=THING, place=folder.name, what=readable(error), remedy=RESTORE)


class _Causes:
    """Compares two ascending rows of seqs: those of the records, and those that effects name."""

    def __init__(self, causes: "array[int]", retired: int) -> None:
        """Up to `retired` a record may be gone because its retention was over."""
        self._causes = causes
        self._place = 0
        self._retired = retired
        self._missing: list[int] = []

    def pass_by(self, seq: int) -> None:
        """A record has this seq."""
        while self._place < len(self._causes) and self._causes[self._place] < seq:
            self._note(self._causes[self._place])
            self._place += 1
        if self._place < len(self._causes) and self._causes[self._place] == seq:
            self._place += 1

    def missing(self, last_seq: int) -> list[Flaw]:
        """The flaws, once the journal's end is reached."""
        for cause in self._causes[self._place :]:
            self._note(cause)
        if not self._missing:
            return []
        shown = ", ".join(map(str, self._missing[:_SHOWN_CAUSES]))
        what = f"effects name {len(self._missing)} records as causes that are not there (up to seq {last_seq}): {shown}"
        return [Flaw(thing=THING, place="effects' causes", what=what, remedy=RESTORE)]

    def _note(self, cause: int) -> None:
        if cause > self._retired:
            self._missing.append(cause)
