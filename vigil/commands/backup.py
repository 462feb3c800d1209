"""`vigil backup`: copy everything that matters, while Vigil runs."""

import sys
from importlib.metadata import version
from pathlib import Path

import msgspec
from rich.console import Console

from vigil.backing_up.restoring import keys_beside
from vigil.backing_up.taking import BackupMade, take_backup
from vigil.commands.verify import existing_folder
from vigil.verifying.whole import journal_key


def run(data: str | None, target: Path, *, keys: Path | None, leave_keys: bool, as_json: bool) -> int:
    """Make a backup; gives the exit status: 1 where the copy shows flaws."""
    folder = existing_folder(data)
    place = None if leave_keys else keys if keys is not None else keys_beside(target)
    with Console(stderr=True, markup=False).status("copying and verifying"):
        made = take_backup(folder, journal_key(folder), target, place, version("vigil"))
    if as_json:
        _answer(made)
    else:
        _say(made)
    return 1 if made.manifest.flaws else 0


def _answer(made: BackupMade) -> None:
    manifest = made.manifest
    answer = {
        "ok": not manifest.flaws,
        "backup": made.backup,
        "keys": made.keys,
        "made_at": manifest.made_at,
        "files": len(manifest.files),
        "bytes": sum(entry.size for entry in manifest.files),
        "journal_seq": manifest.journal_seq,
        "state_seq": manifest.state_seq,
        "stored_seq": manifest.stored_seq,
        "flaws": manifest.flaws,
        "unjudged": made.unjudged,
    }
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")


def _say(made: BackupMade) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    manifest = made.manifest
    size = sum(entry.size for entry in manifest.files) / 1_000_000
    console.print(f"{made.backup}: {len(manifest.files)} files, {size:.1f} MB, journal to seq {manifest.journal_seq}.")
    if made.keys is None:
        console.print(f"Keys are NOT backed up ({', '.join(manifest.keys)}): without them this backup cannot be used.")
    else:
        console.print(f"{made.keys}: keys and passwords. Keep them apart: who has both can forge the journal.")
    console.print("Not in it: the configuration folder, and what waits in the broker at this moment.")
    if made.unjudged:
        console.print(f"The copy was not verified: {made.unjudged}")
    for flaw in manifest.flaws:
        console.print(f"flaw in the copy, as in the data folder: {flaw}", style="red")
