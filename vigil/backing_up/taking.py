"""Making a backup beside a running service."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from domain.errors import VigilError
from domain.instant import to_iso
from journal.chain import Head
from journal.durable_files import replace_durably, sync_folder
from runtime.clock import wall_clock
from stores.migrating import SchemaUnknown
from vigil.backing_up.copying import (
    CannotCopy,
    copy_database,
    copy_journal,
    copy_photos,
    copy_snapshots,
    copy_telemetry,
    sync_below,
)
from vigil.backing_up.manifest import DATA, Manifest, entry_of, files_below, write_manifest
from vigil.data_folder import DataFolder
from vigil.verifying.flaw import Flaw, readable
from vigil.verifying.whole import verify_data

_WITHOUT_VERDICT: Final = -1
"""A seq that could not be read, because another release wrote the state."""


class CannotBackUp(VigilError):
    """The backup was not made; nothing is left of it."""


class BackupMade(Struct, frozen=True, kw_only=True):
    """Where the two parts are, and what the manifest says. `unjudged` tells why the copy was not verified, if so."""

    backup: str
    keys: str | None
    manifest: Manifest
    unjudged: str = ""


def take_backup(folder: DataFolder, key: bytes, target: Path, keys: Path | None, release: str) -> BackupMade:
    """Copy a data folder to `target`, and its keys to `keys` (None: leave them out), both of which must not exist.

    Telemetry and snapshots are copied before the state and the state before the journal: each part in the copy is then
    at most as far as the one it follows from. Pictures come last: what the journal names had been stored before. The
    copy is verified before it gets its name. Where the segments of the journal ended is also noted in the data folder,
    as witnesses for `vigil verify`.

    Raises:
        CannotBackUp: a target exists, or the disk refuses.
        CannotCopy, JournalDamaged: the data folder cannot be read.
    """
    for path in (target, keys):
        if path is not None and path.exists():
            raise CannotBackUp(f"{path} exists, and a backup overwrites nothing: name one that is not there yet")
    try:
        with _unfinished(target) as copy:
            made = _copy(folder, key, copy, release)
            if keys is not None:
                _copy_keys(folder, keys)
            # Never over a backup that came into being meanwhile: renaming onto a folder with content is refused.
            copy.rename(target)
        sync_folder(target.parent)
        replace_durably(folder.heads, msgspec.json.encode(list(made.manifest.heads)))
    except OSError as error:
        raise CannotBackUp(f"the backup to {target} failed, and nothing is left of it: {error}") from error
    return msgspec.structs.replace(made, backup=str(target), keys=None if keys is None else str(keys))


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """A folder beside `target`, which disappears unless it is renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".unfinished", dir=target.parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _copy(folder: DataFolder, key: bytes, backup: Path, release: str) -> BackupMade:
    made_at = wall_clock()
    (backup / DATA).mkdir(mode=0o700)
    copy = DataFolder(backup / DATA)
    damaged = copy_telemetry(folder.telemetry, copy.telemetry)
    copy_snapshots(folder.snapshots, copy.snapshots)
    for source, target in ((folder.people, copy.people), (folder.state, copy.state)):
        if source.is_file():
            copy_database(source, target)
    heads = copy_journal(folder.journal, key, copy.journal)
    copy_photos(folder.photos, copy.photos)
    flaws = [f"telemetry, {name}: damaged, left out" for name in damaged]
    state_seq = stored_seq = _WITHOUT_VERDICT
    unjudged = ""
    try:
        verdict = verify_data(copy, key, heads)
    except SchemaUnknown as error:
        unjudged = readable(error)
    else:
        flaws += map(str, _worth_telling(verdict.flaws, damaged))
        state_seq, stored_seq = verdict.state_seq, verdict.stored_seq
    sync_below(copy.root)
    manifest = Manifest(
        release=release,
        made_at=to_iso(made_at),
        journal_seq=_last_seq(heads),
        state_seq=state_seq,
        stored_seq=stored_seq,
        heads=heads,
        keys=[path.relative_to(folder.root).as_posix() for path in key_files(folder)],
        flaws=flaws,
        files=[entry_of(copy.root, path) for path in files_below(copy.root)],
    )
    write_manifest(backup, manifest, key)
    return BackupMade(backup="", keys=None, manifest=manifest, unjudged=unjudged)


def _worth_telling(flaws: list[Flaw], damaged: list[str]) -> list[Flaw]:
    """Where segments were left out as damaged, the gaps in telemetry say nothing new."""
    return [flaw for flaw in flaws if not damaged or flaw.thing != "telemetry"]


def _last_seq(heads: list[Head]) -> int:
    return max((head.last_seq for head in heads), default=0)


def key_files(folder: DataFolder) -> list[Path]:
    """Every key and password of a data folder."""
    return sorted(path for below in (folder.keys.glob("*"), folder.broker.glob("*.json")) for path in below)


def _copy_keys(folder: DataFolder, target: Path) -> None:
    with _unfinished(target) as copy:
        for path in key_files(folder):
            place = copy / path.relative_to(folder.root)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            replace_durably(place, path.read_bytes())
        sync_below(copy)
        copy.rename(target)
    sync_folder(target.parent)


__all__ = ["BackupMade", "CannotBackUp", "CannotCopy", "key_files", "take_backup"]
