"""The segments one process writes: who may write, which segments hold now, and who is still reading replaced ones."""

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from domain.errors import VigilError
from domain.instant import Instant
from stores.historian_coverage import SeqRange, stored_until
from stores.historian_duckdb import SegmentDatabase
from stores.historian_recent import Block
from stores.historian_segments import Segment, SegmentDamaged, SegmentFolder
from stores.ports import StoreUnavailable

_LOCK_FILE: Final = "writer.lock"
_SPILL_FOLDER: Final = "spill"

ReportFault = Callable[[VigilError], None]
"""Told of what went wrong where nobody waits for an answer; called from any thread, must not block."""


class SegmentStore:
    """The one writer of a folder. `lock` guards the list of segments; the owner may hold it for changes of its own."""

    def __init__(self, path: Path, on_fault: ReportFault) -> None:
        """Open the folder for writing and clear what a killed process left.

        Raises:
            StoreUnavailable: another process writes here, or the folder cannot be used.
        """
        self.lock = threading.RLock()
        self.folder = SegmentFolder(path)
        self._on_fault = on_fault
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._writer_lock = _lock_for_writing(path / _LOCK_FILE)
            self.folder.clear_partial()
            shutil.rmtree(path / _SPILL_FOLDER, ignore_errors=True)
            holding, replaced = self.folder.found()
            self.folder.remove(replaced)
        except OSError as error:
            raise StoreUnavailable(f"the historian cannot use the folder {path}: {error}") from error
        self.database = SegmentDatabase(path / _SPILL_FOLDER)
        self._segments: tuple[Segment, ...] = tuple(holding)
        self._trusted: set[Segment] = set()
        self._replaced: list[Segment] = []
        self._readers = 0
        self._keep_those(self._segments, self.folder.same_size)

    def close(self) -> None:
        """Let others write."""
        self.database.close()
        os.close(self._writer_lock)

    @property
    def segments(self) -> Sequence[Segment]:
        """The segments that hold now, by seq."""
        return self._segments

    def stored_seq(self) -> int:
        """The seq up to which everything is in segments."""
        with self.lock:
            return stored_until(segment.seqs for segment in self._segments)

    @contextmanager
    def reading(self) -> Iterator[Sequence[Segment]]:
        """Give the segments that hold now; none of their files goes before the end of the block."""
        with self.lock:
            self._readers += 1
            segments = self._segments
        try:
            yield segments
        finally:
            with self.lock:
                self._readers -= 1
            self._remove_replaced()

    def intact(self, segments: Sequence[Segment]) -> list[Segment]:
        """Give those that are as they were written; the others are set aside and reported.

        Each file is read through once in a process (4 GB/s from the page cache), before it is first used.

        Raises:
            StoreUnavailable: a file cannot be read at all.
        """
        new = [segment for segment in segments if segment not in self._trusted]
        self._trusted.update(self._keep_those(new, self.folder.intact))
        return [segment for segment in segments if segment in self._trusted]

    def write(self, block: Block, points: Sequence[str]) -> Segment:
        """Write a block, which has one range, to a segment on disk. It holds once it is `replace`d in.

        Raises:
            StoreUnavailable: it could not be written; nothing is left of it.
        """
        (seqs,) = block.ranges
        times = (int(block.at.min()), int(block.at.max())) if len(block) else None
        return self._publish(seqs, times, lambda path: self.database.write(path, block, points))

    def merge(self, parts: Sequence[Segment]) -> Segment:
        """Write what `parts`, following upon each other, hold to one segment on disk.

        Raises:
            StoreUnavailable: it could not be written; nothing is left of it.
        """
        oldest = [part.oldest for part in parts if part.oldest is not None]
        newest = [part.newest for part in parts if part.newest is not None]
        times = (min(oldest), max(newest)) if oldest and newest else None
        files = [self.folder.file(part) for part in parts]
        seqs = (parts[0].seq_first, parts[-1].seq_last)
        return self._publish(seqs, times, lambda path: self.database.merge(files, path))

    def replace(self, old: Sequence[Segment], new: Sequence[Segment]) -> None:
        """Let `new` hold instead of `old`, whose files go as soon as nobody reads them."""
        with self.lock:
            staying = [segment for segment in self._segments if segment not in old]
            self._segments = tuple(sorted([*staying, *new], key=lambda segment: segment.seq_first))
            self._trusted.difference_update(old)
            self._trusted.update(new)
            self._replaced += old
        self._remove_replaced()

    def _publish(self, seqs: SeqRange, times: tuple[Instant, Instant] | None, write: Callable[[Path], None]) -> Segment:
        partial = self.folder.partial(seqs)
        try:
            write(partial)
            return self.folder.publish(partial, seqs, times)
        except OSError as error:
            raise StoreUnavailable(f"the historian cannot write to {self.folder.path}: {error}") from error
        finally:
            partial.unlink(missing_ok=True)

    def _keep_those(self, segments: Sequence[Segment], sound: Callable[[Segment], bool]) -> list[Segment]:
        kept = []
        for segment in segments:
            try:
                if sound(segment):
                    kept.append(segment)
                    continue
            except FileNotFoundError:
                pass
            except OSError as error:
                raise StoreUnavailable(f"the historian cannot read {self.folder.file(segment)}: {error}") from error
            self._set_aside(segment)
        return kept

    def _set_aside(self, segment: Segment) -> None:
        with self.lock:
            if segment not in self._segments:
                return  # replaced, or set aside by another thread
            self._segments = tuple(other for other in self._segments if other != segment)
        try:
            fate = f"set aside as {self.folder.set_aside(segment).name}"
        except FileNotFoundError:
            fate = "gone"
        except OSError as error:
            fate = f"not served any more, though it cannot be renamed ({error})"
        self._on_fault(SegmentDamaged(segment, fate))

    def _remove_replaced(self) -> None:
        with self.lock:
            if self._readers or not self._replaced:
                return
            gone, self._replaced = self._replaced, []
        try:
            self.folder.remove(gone)
        except OSError as error:
            self._on_fault(
                StoreUnavailable(f"replaced segments stay until the next start: {self.folder.path}: {error}")
            )


def _lock_for_writing(path: Path) -> int:
    """Take the writer's lock. The kernel frees it with the process, however that ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreUnavailable(
            f"another process writes the historian in {path.parent}: stop it, or open the folder for reading"
        ) from error
    return descriptor
