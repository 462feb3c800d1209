"""The list of what belongs to a backup, with sizes and checksums, sealed with the journal's key."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from domain.errors import VigilError
from journal.chain import Head
from journal.durable_files import replace_durably

MANIFEST: Final = "manifest.json"
DATA: Final = "data"
FORMAT: Final = 1

_READ_BYTES: Final = 1 << 20
_SEAL: Final = b"vigil backup 1 manifest\0"


class BackupDamaged(VigilError):
    """A backup that is not as it was made, or none at all. Nothing was restored from it."""


class FileEntry(Struct, frozen=True, kw_only=True):
    """One file by its path inside the data folder, with / between its parts; `sha256` in hexadecimal digits."""

    path: str
    size: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds and how far its parts reach.

    `made_at` is RFC 3339. `state_seq` and `stored_seq` are never beyond `journal_seq`: what the journal has beyond them
    is judged after a restore. `heads` are where the journal's segments ended: kept elsewhere, they witness for them.
    `keys` are the names of the files that lie apart. `flaws` were found in the copy when it was made.
    """

    release: str
    made_at: str
    journal_seq: int
    state_seq: int
    stored_seq: int
    heads: Sequence[Head]
    keys: Sequence[str]
    flaws: Sequence[str]
    files: Sequence[FileEntry]
    seal: str = ""
    format: int = FORMAT


def entry_of(root: Path, path: Path) -> FileEntry:
    """Measure one file below `root`."""
    return FileEntry(path=path.relative_to(root).as_posix(), size=path.stat().st_size, sha256=checksum(path))


def checksum(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def files_below(root: Path) -> list[Path]:
    """Every file below a folder, in the order of their paths."""
    return sorted(path for path in root.rglob("*") if not path.is_dir())


def write_manifest(backup: Path, manifest: Manifest, key: bytes) -> None:
    """Seal and write it, durably."""
    sealed = msgspec.structs.replace(manifest, seal=_seal(manifest, key))
    replace_durably(backup / MANIFEST, msgspec.json.format(msgspec.json.encode(sealed), indent=1))


def read_manifest(backup: Path) -> Manifest:
    """Read a backup's manifest.

    Raises:
        BackupDamaged: it is missing, unreadable, or of a newer format.
    """
    path = backup / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        msg = (
            f"{backup} is no backup, or an unfinished one: {MANIFEST} cannot be read ({error.strerror}): "
            "name a folder that `vigil backup` has written"
        )
        raise BackupDamaged(msg) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupDamaged(f"{path} is damaged ({error}): use another backup") from error
    if manifest.format != FORMAT:
        msg = f"{path} has format {manifest.format}, this release reads {FORMAT}: restore with the release that made it"
        raise BackupDamaged(msg)
    return manifest


def require_intact(backup: Path, manifest: Manifest, key: bytes) -> None:
    """Hold every file against the manifest, and the manifest against its seal.

    Raises:
        BackupDamaged: naming the first few that do not fit.
    """
    if not hmac.compare_digest(manifest.seal, _seal(manifest, key)):
        raise BackupDamaged(
            f"{backup / MANIFEST} does not bear this key's seal: give the keys that belong to this backup, or use "
            "another backup if it was changed"
        )
    complaints = list(_complaints(backup / DATA, manifest))
    if complaints:
        more = f" and {len(complaints) - 5} more" if len(complaints) > 5 else ""  # noqa: PLR2004 - enough to know
        raise BackupDamaged(f"{backup} is damaged: {'; '.join(complaints[:5])}{more}. Use another backup")


def _complaints(data: Path, manifest: Manifest) -> Iterator[str]:
    listed = {entry.path: entry for entry in manifest.files}
    found = {path.relative_to(data).as_posix(): path for path in files_below(data)}
    for name in sorted(listed.keys() - found.keys()):
        yield f"{name} is missing"
    for name in sorted(found.keys() - listed.keys()):
        yield f"{name} does not belong to it"
    for name in sorted(listed.keys() & found.keys()):
        if entry_of(data, found[name]) != listed[name]:
            yield f"{name} is not what was copied"


def _seal(manifest: Manifest, key: bytes) -> str:
    unsealed = msgspec.structs.replace(manifest, seal="")
    return hmac.digest(key, _SEAL + msgspec.json.encode(unsealed, order="deterministic"), "sha256").hex()
