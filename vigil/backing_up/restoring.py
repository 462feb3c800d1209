"""Bringing a backup back into an empty data folder."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from domain.errors import VigilError
from journal.chain import load_or_create_key
from journal.durable_files import replace_durably, sync_folder
from stores.migrating import HEADS, SchemaUnknown
from vigil.backing_up.copying import sync_below
from vigil.backing_up.manifest import DATA, Manifest, read_manifest, require_intact
from vigil.data_folder import DataFolder
from vigil.verifying.databases import one_view
from vigil.verifying.flaw import readable
from vigil.verifying.whole import Verdict, verify_data

KEYS_SUFFIX: Final = ".keys"
"""Where the keys of a backup lie unless told otherwise: beside it, under its name with this behind."""

_UNFINISHED: Final = ".restoring"


class CannotRestore(VigilError):
    """Nothing was restored."""


class Restored(Struct, frozen=True, kw_only=True):
    """What was brought back, and what a verification of it found; where there is none, `unjudged` says why."""

    manifest: Manifest
    verdict: Verdict | None
    unjudged: str = ""


def keys_beside(backup: Path) -> Path:
    """Where a backup's keys lie unless told otherwise."""
    return backup.with_name(f"{backup.name}{KEYS_SUFFIX}")


def restore_backup(backup: Path, keys: Path, root: Path) -> Restored:
    """Copy a backup and its keys into a data folder that is empty or not there.

    Everything is held against the manifest before anything is written, and put in place only when all is copied. What
    follows in the journal upon the restored state is judged at the next start, under the same ids as before: messages
    that had been sent already go out again, and receivers know them by these ids.

    Raises:
        CannotRestore: the data folder is not empty, keys are missing, or the disk refuses.
        BackupDamaged: the backup is not as it was made.
        SchemaUnknown: a newer release made it.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise CannotRestore(f"{root} is not empty, and a restore overwrites nothing: give --data a new folder")
    manifest = read_manifest(backup)
    require_keys(keys, manifest)
    key = load_or_create_key(DataFolder(keys).journal_key)
    require_intact(backup, manifest, key)
    try:
        folder = _put_in_place(backup, keys, manifest, root)
    except OSError as error:
        raise CannotRestore(f"{root} could not be written ({error}): empty it and try again") from error
    try:
        return Restored(manifest=manifest, verdict=verify_data(folder, key, manifest.heads))
    except SchemaUnknown as error:  # older than ours: the next start brings it up to date
        return Restored(manifest=manifest, verdict=None, unjudged=readable(error))


def require_keys(keys: Path, manifest: Manifest) -> None:
    """Refuse to go on without the keys that a backup needs.

    Raises:
        CannotRestore: naming those that are missing.
    """
    missing = [name for name in manifest.keys if not (keys / name).is_file()]
    if missing:
        raise CannotRestore(
            f"{keys} lacks {', '.join(missing)}: name the folder of this backup's keys with --keys (they are kept "
            "apart from it)"
        )


def _put_in_place(backup: Path, keys: Path, manifest: Manifest, root: Path) -> DataFolder:
    folder = DataFolder(root)
    # Inside the data folder, which may be a volume of its own: moving is then renaming.
    unfinished = DataFolder(root / _UNFINISHED)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, unfinished.root, ignore_errors=True)
        for entry in manifest.files:
            _copy_private(backup / DATA / entry.path, unfinished.root / entry.path)
        for name in manifest.keys:
            place = unfinished.root / name
            place.parent.mkdir(mode=0o700, exist_ok=True)
            replace_durably(place, (keys / name).read_bytes())
        _prepare_state(unfinished, manifest)
        replace_durably(unfinished.heads, msgspec.json.encode(list(manifest.heads)))
        sync_below(unfinished.root)
        for path in sorted(unfinished.root.iterdir()):
            path.rename(root / path.name)
    sync_folder(root)
    return folder


def _copy_private(source: Path, place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(source, place)
    place.chmod(0o600)


def _prepare_state(folder: DataFolder, manifest: Manifest) -> None:
    """Refuse the state of a newer release, and drop snapshots that are younger than the state.

    They are of a history that this restore abandons; an engine must not wake up in it.
    """
    reached: dict[str, int] = {}
    if folder.state.is_file():
        with one_view(folder.state) as connection:
            (schema,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            reached = dict(connection.execute("SELECT id, last_seq FROM partition").fetchall())
        if schema > HEADS["state"]:
            raise SchemaUnknown(
                f"the backup was made by release {manifest.release} with schema {schema}, this release knows schemas "
                f"up to {HEADS['state']}: restore it with that release"
            )
    for path in sorted(folder.snapshots.glob("*/*.snapshot")):
        if not path.stem.isdecimal() or int(path.stem) > reached.get(path.parent.name, 0):
            path.unlink()
