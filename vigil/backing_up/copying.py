"""Copies of files that somebody goes on writing, each as it was at one moment."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from domain.errors import VigilError
from journal.chain import Head, Link, load_chain, save_chain
from journal.durable_files import sync_folder
from journal.sqlite_segments import read_head
from stores.historian_segments import Segment, SegmentFolder
from vigil.verifying.databases import one_view

_TRIES: Final = 200
"""A moment without a commit lasts about a millisecond under full load and is found at once; a new day's segment or a
deletion by retention disturbs once."""


class CannotCopy(VigilError):
    """Something changed faster than it could be copied, or cannot be read."""


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite database as it is now.

    Raises:
        CannotCopy: it cannot be read, or the copy not be written.
    """
    try:
        with one_view(source) as connection:
            copy_view(connection, target)
    except sqlite3.Error as error:
        raise CannotCopy(f"{source} cannot be copied ({error}): run `vigil verify`") from error


def copy_view(connection: sqlite3.Connection, target: Path) -> None:
    """Copy what an open transaction sees into a database file that needs no others beside it."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        # The folder becomes a backup only when all is there and synced: until then a crash may spoil it.
        copy.execute("PRAGMA synchronous = OFF")
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    target.chmod(0o600)


def copy_journal(source: Path, key: bytes, target: Path, *, moment: Callable[[], None] = lambda: None) -> list[Head]:
    """Copy the journal's segments as they were at one moment, and give where each of them ended then.

    The segments that are being written are viewed together between two commits, so the copy holds every record up to
    its last one. `moment` is called between the views (tests disturb there).

    Raises:
        CannotCopy: it cannot be read.
        JournalDamaged: chain and key do not belong together.
    """
    target.mkdir(mode=0o700)
    for _ in range(_TRIES):
        links = load_chain(source, key)
        try:
            with ExitStack() as stack:
                views = _views(source, links, stack, moment)
                if views is None or load_chain(source, key) != links:
                    continue
                heads = _copy_segments(source, links, views, target)
        except sqlite3.Error as error:
            if load_chain(source, key) == links:
                msg = f"the journal in {source} cannot be copied ({error}): run `vigil verify`"
                raise CannotCopy(msg) from error
            continue  # its retention ended meanwhile
        save_chain(target, key, links)
        return heads
    raise CannotCopy(f"the journal in {source} cannot be copied: it changed at every look. Try again later")


def _views(
    source: Path, links: Sequence[Link], stack: ExitStack, moment: Callable[[], None]
) -> dict[str, tuple[sqlite3.Connection, Head]] | None:
    """Views of the segments that are being written, or None where something was committed between them."""
    seen: dict[str, tuple[sqlite3.Connection, Head]] = {}
    for link in links:
        if link.head is None:
            connection = stack.enter_context(one_view(source / link.name))
            seen[link.name] = connection, read_head(connection, source / link.name)
            moment()
    for name, (_, head) in seen.items():
        with one_view(source / name) as now:
            if read_head(now, source / name) != head:
                return None
    return seen


def _copy_segments(
    source: Path, links: Sequence[Link], views: dict[str, tuple[sqlite3.Connection, Head]], target: Path
) -> list[Head]:
    """Copy what is kept, and give where every segment ends, those that are over among them."""
    heads: list[Head] = [link.head for link in links if link.head is not None]
    for link in links:
        path = target / link.name
        path.unlink(missing_ok=True)
        if link.name in views:
            connection, head = views[link.name]
            copy_view(connection, path)
            heads.append(head)
        elif not link.retired:
            with one_view(source / link.name) as closed:
                copy_view(closed, path)
    return heads


def copy_telemetry(source: Path, target: Path) -> list[str]:
    """Copy the segments that hold, and give the names of those left out because they are damaged.

    Raises:
        CannotCopy: segments went as fast as they were listed.
    """
    target.mkdir(mode=0o700)
    here, there = SegmentFolder(source), SegmentFolder(target)
    for _ in range(_TRIES):
        holding, _replaced = here.found()
        try:
            damaged = [segment.name for segment in holding if not _copy_segment(here, there, segment)]
        except FileNotFoundError:
            continue  # merged or retired meanwhile
        there.remove([segment for found in there.found() for segment in found if segment not in holding])
        return damaged
    raise CannotCopy(f"telemetry in {source} cannot be copied: its segments changed at every look")


def _copy_segment(here: SegmentFolder, there: SegmentFolder, segment: Segment) -> bool:
    path = there.file(segment)
    if not path.exists():
        shutil.copyfile(here.file(segment), path)
        path.chmod(0o600)
    if there.intact(segment):
        return True
    path.unlink()
    return False


def copy_snapshots(source: Path, target: Path) -> None:
    """Copy the snapshots there are."""
    target.mkdir(mode=0o700)
    _copy_files(source, target, "*/*.snapshot")


def copy_photos(source: Path, target: Path) -> None:
    """Copy the pictures there are, if any ever came; none that is still being written."""
    if source.is_dir():
        target.mkdir(mode=0o700)
        _copy_files(source, target, "*/photo-*")


def _copy_files(source: Path, target: Path, pattern: str) -> None:
    """Copy files that never change, below a folder each; the service may delete the oldest meanwhile."""
    for path in sorted(source.glob(pattern)):
        copy = target / path.parent.name / path.name
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            shutil.copyfile(path, copy)
        except FileNotFoundError:
            continue
        copy.chmod(0o600)


def sync_below(root: Path) -> None:
    """Bring every file and every name below a folder to disk."""
    for path in sorted(root.rglob("*")):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(root)
