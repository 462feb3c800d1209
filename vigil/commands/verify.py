"""`vigil verify`: is everything in the data folder as it was written."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from domain.errors import VigilError
from journal.chain import Head
from vigil.backing_up.manifest import MANIFEST, read_manifest
from vigil.data_folder import DataFolder
from vigil.settings import read_settings
from vigil.verifying.whole import NothingToVerify, Verdict, differences_from_journal, journal_key, verify_data


class NoWitnesses(VigilError):
    """The file that was named holds no heads."""


def run(data: str | None, *, heads: Path | None, replay: bool, as_json: bool) -> int:
    """Verify, with `replay` also the effects against the journal; gives the exit status: 1 where there are flaws."""
    folder = existing_folder(data)
    witnesses = read_heads(heads if heads is not None else folder.heads, required=heads is not None)
    console = Console(stderr=True, markup=False)
    key = journal_key(folder)
    with console.status("verifying") as status:
        verdict = verify_data(folder, key, witnesses, lambda part: status.update(f"verifying {part}"))
        if replay and not verdict.flaws:
            status.update("judging the journal again")
            verdict = msgspec.structs.replace(verdict, flaws=differences_from_journal(folder, key, verdict.state_seq))
    if as_json:
        answer = msgspec.to_builtins(verdict) | {"ok": not verdict.flaws, "witnesses": len(witnesses)}
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    else:
        _say(verdict, len(witnesses))
    return 1 if verdict.flaws else 0


def existing_folder(data: str | None) -> DataFolder:
    """The data folder that the settings name; never makes one.

    Raises:
        NothingToVerify: there is none.
    """
    root = Path(read_settings({"data": data}).settings.data)
    if not (root / "journal").is_dir():
        raise NothingToVerify(f"{root} holds no journal: name the data folder of a Vigil that has run with --data")
    return DataFolder(root)


def read_heads(path: Path, *, required: bool) -> Sequence[Head]:
    """Where segments ended when somebody looked: from a heads file, or a backup's manifest.

    Raises:
        NoWitnesses: the file cannot be read.
        BackupDamaged: the manifest cannot.
    """
    if path.is_dir() or path.name == MANIFEST:
        return read_manifest(path if path.is_dir() else path.parent).heads
    if not required and not path.exists():
        return ()
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Head])
    except (OSError, msgspec.MsgspecError) as error:
        raise NoWitnesses(f"{path} holds no heads ({error}): name a backup, its manifest, or a heads file") from error


def _say(verdict: Verdict, witnesses: int) -> None:
    console = Console(highlight=False, markup=False)
    for flaw in verdict.flaws:
        console.print(f"{flaw.thing}, {flaw.place}: {flaw.what}", style="red", soft_wrap=True)
        console.print(f"    Remedy: {flaw.remedy}", soft_wrap=True)
    looked_at = f"{verdict.records} records, {verdict.effects} effects, {verdict.segments} telemetry segments"
    reach = f"journal to seq {verdict.journal_seq}, state to {verdict.state_seq}, telemetry to {verdict.stored_seq}"
    console.print(f"{looked_at}; {reach}; {witnesses} witnesses.", soft_wrap=True)
    console.print("All is as it was written." if not verdict.flaws else f"{len(verdict.flaws)} problems.")
