"""The segments as the writer thread holds them: which one takes the next block, and what follows a failure.

Seqs are given out at the commit and never twice: a batch that failed leaves a gap. After an error that may have hidden
a half-done commit (any but a full disk or a lock), every file is opened anew and proves a commit before the next batch,
so that nothing can come to light later behind what readers have passed.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from domain.instant import Instant
from journal.chain import Head, JournalDamaged, Link, SegmentKind, day_of, load_chain, save_chain, segment_name
from journal.codec import pack_block
from journal.durable_files import sync_folder
from journal.ports import JournalUnavailable
from journal.sqlite_segments import Segment, create_segment, holds_records

# These leave no doubt: SQLite could not begin, or has rolled back, and no commit was under way at the disk.
_CERTAIN: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PRIMARY_CODE: Final = 0xFF


class SegmentWriter:
    """Appends blocks to the day's segments and keeps the chain. `store` belongs to one thread, `retire` to any."""

    def __init__(
        self,
        folder: Path,
        key: bytes,
        clock: Callable[[], Instant],
        timeout: float,
        factory: type[sqlite3.Connection],
    ) -> None:
        """Take the folder, for this process alone, and open the newest segment of each kind.

        Raises:
            JournalUnavailable: another process has it, or the files cannot be opened.
            JournalDamaged: key, chain and files do not belong together.
        """
        self._folder = folder
        self._key = key
        self._clock = clock
        self._timeout = timeout
        self._factory = factory
        self._open: dict[SegmentKind, tuple[Link, Segment]] = {}
        self._chain_lock = Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock_file = _take_folder(folder)
        self.links: Sequence[Link] = ()
        with ExitStack() as on_error:
            on_error.callback(self.close)
            self._open_folder()
            on_error.pop_all()
        self.last_seq = max((head.last_seq for head in self.heads()), default=0)
        self._next_seq = self.last_seq + 1
        self._in_doubt = False

    def _open_folder(self) -> None:
        try:
            self.links = tuple(load_chain(self._folder, self._key))
            self._tidy()
            self._open_newest()
        except (sqlite3.Error, OSError) as error:
            raise JournalUnavailable(f"the journal in {self._folder} cannot be opened: {error}") from error

    def store(self, kind: SegmentKind, parts: Sequence[bytes]) -> int:
        """Commit one block and give its first seq (`journal.group_writer.Storage`)."""
        first = last = self._next_seq
        try:
            if self._in_doubt:
                self._resolve_doubt()
                first = self._next_seq
            last = first + len(parts) - 1
            self._segment(kind).add(first, last, pack_block(parts))
        except (sqlite3.Error, OSError) as error:
            code = getattr(error, "sqlite_errorcode", None)
            self._in_doubt = self._in_doubt or code is None or code & _PRIMARY_CODE not in _CERTAIN
            raise JournalUnavailable(f"the journal in {self._folder} cannot store now: {error}") from error
        finally:
            # Whatever became of it, these numbers are spent.
            self._next_seq = last + 1
        return first

    def heads(self) -> list[Head]:
        """Where each segment ends, the open ones as of their last commit. Safe to call from any thread."""
        closed = [link.head for link in self.links if link.head]
        return closed + [segment.head for _, segment in tuple(self._open.values())]

    def retire(self, kind: SegmentKind, before: Instant) -> list[str]:
        """Delete the closed segments of a kind whose day ended before an instant; their heads stay in the chain."""
        with self._chain_lock:
            gone = [link for link in self.links if _is_over(link, kind, day_of(before))]
            if not gone:
                return []
            links = [msgspec.structs.replace(link, retired=True) if link in gone else link for link in self.links]
            save_chain(self._folder, self._key, links)
            self.links = tuple(links)
        for link in gone:
            _delete(self._folder / link.name)
        return [link.name for link in gone]

    def close(self) -> None:
        """Close the files and let go of the folder."""
        self._close_segments()
        os.close(self._lock_file)

    def _segment(self, kind: SegmentKind) -> Segment:
        """The segment of today; never one of an earlier day than the newest, should the clock have been set back."""
        today = day_of(self._clock())
        current = self._open.get(kind)
        if current is not None and current[0].day >= today:
            return current[1]
        return self._begin(kind, today)

    def _begin(self, kind: SegmentKind, day: str) -> Segment:
        """Start a segment: the empty file first, then its place in the chain, and only then records."""
        current = self._open.get(kind)
        link = Link(kind=kind, day=day, previous=current[1].head.digest if current else "")
        path = self._folder / link.name
        create_segment(path, self._key, link.previous, self._timeout)
        sync_folder(self._folder)
        segment = Segment(path, self._key, self._timeout, self._factory)
        with ExitStack() as on_error, self._chain_lock:
            on_error.callback(segment.close)
            links = list(self.links)
            if current is not None:
                links[links.index(current[0])] = msgspec.structs.replace(current[0], head=current[1].head)
            links.append(link)
            save_chain(self._folder, self._key, links)
            self.links = tuple(links)
            on_error.pop_all()
        self._open[kind] = (link, segment)
        if current is not None:
            current[1].close()
        return segment

    def _resolve_doubt(self) -> None:
        self._close_segments()
        with self._chain_lock:
            # Beginning a segment may have failed after its place in the chain was written.
            self.links = tuple(load_chain(self._folder, self._key))
        self._open_newest()
        for _, segment in self._open.values():
            segment.prove_writable()
            self._next_seq = max(self._next_seq, segment.head.last_seq + 1)
        self._in_doubt = False

    def _open_newest(self) -> None:
        for link in self.links:
            if link.head is None:
                path = self._folder / link.name
                if not path.exists():
                    raise JournalDamaged(f"{path} is missing, but the chain lists it: restore it from a backup")
                self._open[link.kind] = (link, Segment(path, self._key, self._timeout, self._factory))

    def _close_segments(self) -> None:
        while self._open:
            _, (_, segment) = self._open.popitem()
            segment.close()

    def _tidy(self) -> None:
        """Finish deletions that a crash cut short, and refuse segments that hold records and are not in the chain."""
        names = {link.name for link in self.links}
        for link in self.links:
            if link.retired:
                _delete(self._folder / link.name)
        for kind in SegmentKind:
            for path in self._folder.glob(segment_name(kind, "*")):
                if path.name not in names and holds_records(path, self._timeout):
                    raise JournalDamaged(
                        f"{path} holds records, but the chain does not list it: restore the chain file that belongs "
                        "to it, or move the segment out of the folder"
                    )


def _is_over(link: Link, kind: SegmentKind, day: str) -> bool:
    return link.kind is kind and link.head is not None and not link.retired and link.day < day


def _delete(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _take_folder(folder: Path) -> int:
    """Lock the folder until the process ends, however it ends: two writers would give the same seqs."""
    descriptor = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise JournalUnavailable(f"the journal in {folder} is in use: stop the other Vigil that writes it") from error
    return descriptor
