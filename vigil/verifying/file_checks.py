"""Snapshots, telemetry and people: whether each file is as it was written."""

import sqlite3
from pathlib import Path
from typing import Final

from msgspec import Struct

from rules.engine import SNAPSHOT_VERSION, Engine
from stores.historian_coverage import stored_until, subtract_ranges
from stores.historian_segments import DAMAGED, Segment, SegmentFolder
from stores.ports import StoreUnavailable
from stores.snapshots import SnapshotFiles
from vigil.verifying.databases import one_view, structural_flaws
from vigil.verifying.flaw import REBUILD, RESTORE, Flaw, readable

SNAPSHOTS: Final = "snapshots"
TELEMETRY: Final = "telemetry"
PEOPLE: Final = "people"

_REFILL: Final = "restart Vigil: it reads the readings again from the journal, where that still has them"


class SnapshotFindings(Struct, frozen=True):
    """What was found, and the newest intact seq of each lane."""

    flaws: list[Flaw]
    newest: dict[str, int]


class TelemetryFindings(Struct, frozen=True):
    """What was found, up to which seq all is stored, and how many segments there are."""

    flaws: list[Flaw]
    stored_seq: int
    segments: int


def check_snapshots(folder: Path) -> SnapshotFindings:
    """Read every snapshot: its checksum, and whether this release's engine can wake up from it."""
    files = SnapshotFiles(folder)
    flaws: list[Flaw] = []
    newest: dict[str, int] = {}
    for path in sorted(folder.glob("*/*.snapshot")):
        lane, seq = path.parent.name, int(path.stem) if path.stem.isdecimal() else -1
        what = _snapshot_flaw(files, lane, seq)
        if not what:
            newest[lane] = max(seq, newest.get(lane, 0))
        elif path.exists():  # a running service keeps three and deletes the oldest
            flaws.append(Flaw(thing=SNAPSHOTS, place=f"{lane}/{path.name}", what=what, remedy=REBUILD))
    return SnapshotFindings(flaws, newest)


def _snapshot_flaw(files: SnapshotFiles, lane: str, seq: int) -> str:
    try:
        snapshot = files.newest(lane, seq)
        if snapshot is None or snapshot.seq != seq:
            return "is not what was written"
        if snapshot.version == SNAPSHOT_VERSION:
            Engine.restore(snapshot.state)
    except StoreUnavailable as error:
        return readable(error)
    except Exception as error:  # supervision: whoever verifies is told; what bytes can do to a decoder has no one type
        return f"its state cannot be used: {readable(error)}"
    return ""


def check_telemetry(folder: Path) -> TelemetryFindings:
    """Read every segment that holds against the size and checksum in its name."""
    files = SegmentFolder(folder)
    holding, _ = files.found()
    flaws = [flaw for segment in holding for flaw in _segment_flaws(files, segment)]
    for path in sorted(folder.glob(f"*{DAMAGED}")):
        what = "was found damaged and set aside"
        flaws.append(Flaw(thing=TELEMETRY, place=path.name, what=what, remedy=f"{_REFILL}; then delete this file"))
    seqs = [segment.seqs for segment in holding]
    stored = stored_until(seqs)
    for first, last in subtract_ranges((1, seqs[-1][1]), seqs) if seqs else ():
        what = f"the readings of records {first} to {last} are missing"
        flaws.append(Flaw(thing=TELEMETRY, place=folder.name, what=what, remedy=_REFILL))
    return TelemetryFindings(flaws, stored, len(holding))


def _segment_flaws(files: SegmentFolder, segment: Segment) -> list[Flaw]:
    try:
        intact = files.intact(segment)
    except FileNotFoundError:
        return []  # merged or retired since we looked; were it lost instead, its range would be missing next time
    except OSError as error:
        return [Flaw(thing=TELEMETRY, place=segment.name, what=readable(error), remedy=RESTORE)]
    if intact:
        return []
    what = "is not what was written: size or checksum differ from its name"
    return [Flaw(thing=TELEMETRY, place=segment.name, what=what, remedy=_REFILL)]


def check_people(path: Path) -> list[Flaw]:
    """Look whether the database is whole and its rows are texts."""
    try:
        with one_view(path) as connection:
            flaws = structural_flaws(connection, PEOPLE, path)
            for name, telephone in [] if flaws else connection.execute("SELECT name, telephone FROM person"):
                if not isinstance(name, str) or not isinstance(telephone, str | None):
                    flaws.append(Flaw(thing=PEOPLE, place=path.name, what="an entry is no text", remedy=RESTORE))
    except sqlite3.Error as error:
        flaws = [Flaw(thing=PEOPLE, place=path.name, what=readable(error), remedy=RESTORE)]
    return flaws
