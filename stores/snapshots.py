"""Engine snapshots as files, one per snapshot: a folder per lane, named by seq.

They are several megabytes each and worth nothing once superseded; in the state database they would pass through its WAL
and stall the commits beside them. A file is written aside, synced and renamed, so it is whole or absent; its checksum
tells what the disk has spoilt since.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from domain.identity import require_id
from stores.ports import Snapshot, StoreUnavailable

KEPT: Final = 3
"""Snapshots kept per lane: the newest may be damaged, or younger than what a restored state database says."""

_MAGIC: Final = b"vigil snapshot 1\n"
_DIGEST_SIZE: Final = 32
_SUFFIX: Final = ".snapshot"
_ASIDE: Final = "new.part"
_SEQ_DIGITS: Final = 19
"""Enough for any 64-bit seq, so that names sort as numbers do."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode


class SnapshotFiles:
    """`stores.ports.SnapshotStore` in a folder. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        """Keep snapshots in `folder`, which is made with the first one."""
        self._folder = folder
        self._lock = threading.Lock()

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot durably, then drop what it supersedes.

        Besides those beyond the last three, snapshots with a larger seq go: they are of a history that was abandoned
        (an older state was restored), and an engine must never wake up in it.

        Raises:
            StoreUnavailable: the disk refused; earlier snapshots are as they were.
        """
        folder = self._lane(snapshot.lane)
        body = _encode(snapshot)
        with self._lock, _translated(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / _name(snapshot.seq), _MAGIC, hashlib.blake2b(body, digest_size=_DIGEST_SIZE).digest(), body)
            for path, seq in self._newest_first(folder):
                if seq > snapshot.seq:
                    path.unlink()
            for path, _ in self._newest_first(folder)[KEPT:]:
                path.unlink()

    def newest(self, lane: str, at_most: int) -> Snapshot | None:
        """Give the newest intact snapshot with seq <= `at_most`; damaged ones are passed over.

        Raises:
            StoreUnavailable: the disk refused to read.
        """
        folder = self._lane(lane)
        with self._lock, _translated(folder):
            for path, seq in self._newest_first(folder):
                if seq <= at_most and (snapshot := _read(path)) is not None:
                    return snapshot
        return None

    def _lane(self, lane: str) -> Path:
        return self._folder / require_id(lane, "lane")

    @staticmethod
    def _newest_first(folder: Path) -> list[tuple[Path, int]]:
        stems = {path: path.stem for path in folder.glob(f"*{_SUFFIX}")}
        return sorted(((path, int(stem)) for path, stem in stems.items() if stem.isdecimal()), key=_seq, reverse=True)


def _seq(entry: tuple[Path, int]) -> int:
    return entry[1]


def _name(seq: int) -> str:
    return f"{seq:0{_SEQ_DIGITS}}{_SUFFIX}"


def _write(path: Path, *parts: bytes) -> None:
    """Write a file so that it is there whole or not at all, even after a power loss."""
    aside = path.with_name(_ASIDE)
    with aside.open("wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> Snapshot | None:
    """Give the file's snapshot, or None where it is not what was written."""
    content = path.read_bytes()
    start = len(_MAGIC) + _DIGEST_SIZE
    digest, body = content[len(_MAGIC) : start], content[start:]
    if not content.startswith(_MAGIC) or hashlib.blake2b(body, digest_size=_DIGEST_SIZE).digest() != digest:
        return None
    return _decode(body)


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"snapshots in {folder.name} cannot be used now: {error}") from error
