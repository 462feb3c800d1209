"""`vigil restore`: bring a backup back into an empty data folder."""

import sys
from pathlib import Path

import msgspec
from rich.console import Console

from vigil.backing_up.restoring import Restored, keys_beside, restore_backup
from vigil.settings import read_settings


def run(backup: Path, data: str | None, *, keys: Path | None, as_json: bool) -> int:
    """Restore; gives the exit status: 1 where what was restored shows flaws."""
    root = Path(read_settings({"data": data}).settings.data)
    with Console(stderr=True, markup=False).status("checking, copying and verifying"):
        restored = restore_backup(backup, keys if keys is not None else keys_beside(backup), root)
    flaws = [] if restored.verdict is None else restored.verdict.flaws
    if as_json:
        answer = {
            "ok": not flaws,
            "data": str(root),
            "made_at": restored.manifest.made_at,
            "journal_seq": restored.manifest.journal_seq,
            "state_seq": restored.manifest.state_seq,
            "stored_seq": restored.manifest.stored_seq,
            "flaws": flaws,
            "unjudged": restored.unjudged,
        }
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    else:
        _say(root, restored)
    return 1 if flaws else 0


def _say(root: Path, restored: Restored) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    manifest = restored.manifest
    console.print(f"{root} is as it was at {manifest.made_at}, with the journal to seq {manifest.journal_seq}.")
    console.print(f"`vigil serve --data {root}` goes on from there and judges first what had not been judged.")
    console.print("Messages that had gone out since then may go out again, under the same ids.")
    if restored.verdict is None:
        console.print(f"It was not verified: {restored.unjudged}")
        return
    for flaw in restored.verdict.flaws:
        console.print(f"flaw: {flaw}", style="red")
