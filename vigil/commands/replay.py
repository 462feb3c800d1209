"""`vigil replay`: judge a stored journal again and, with --compare, hold the result against what was said then."""

import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
from rich.console import Console

from domain.errors import VigilError
from journal.chain import load_or_create_key
from journal.ports import JournalReader
from journal.sqlite_archive import SqliteArchive
from runtime.engine_identity import engine_identity
from runtime.replay import ReplayReport, compare, replay
from stores.state.opening import open_state_store
from vigil.data_folder import DataFolder
from vigil.settings import Settings


class NothingToReplay(VigilError):
    """The data folder holds no journal."""


def lived_folder(data: str | None) -> DataFolder:
    """The data folder that is meant, which must hold a journal.

    Raises:
        NothingToReplay: it holds none.
    """
    root = Path(data if data is not None else Settings().data)
    if not (root / "journal").is_dir():
        msg = f"{root} holds no journal: give the data folder of a Vigil that has run with --data"
        raise NothingToReplay(msg)
    return DataFolder(root)


def run(data: str | None, *, compare: bool, until: int | None, as_json: bool) -> int:
    """Replay the data folder's journal; gives the exit status: 1 where a comparison found differences."""
    folder = lived_folder(data)
    journal = SqliteArchive(folder.journal, load_or_create_key(folder.journal_key))
    try:
        if compare:
            return _compare(folder, journal, until, as_json=as_json)
        return _replay(journal, until, as_json=as_json)
    finally:
        journal.close()


def _replay(journal: JournalReader, until: int | None, *, as_json: bool) -> int:
    began = time.perf_counter()
    counts: Counter[str] = Counter()
    records, _ = replay(
        journal,
        until if until is not None else journal.last_seq,
        lambda effects: counts.update(effect.type for effect in effects),
    )
    took = time.perf_counter() - began
    if as_json:
        complete = journal.kept_after(0)
        summary = {"records": records, "effects": dict(counts), "complete": complete, "seconds": round(took, 3)}
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    else:
        Console(markup=False).print(f"{records} records judged in {took:.2f} s")
        for kind, count in sorted(counts.items()):
            Console(markup=False).print(f"  {kind}: {count}")
        _say_what_is_gone(Console(soft_wrap=True, markup=False), journal)
    return 0


def _compare(folder: DataFolder, journal: JournalReader, until: int | None, *, as_json: bool) -> int:
    with open_state_store(folder.state) as state:
        committed = state.writer.last_seq()
        report = compare(journal, state.reader, committed if until is None else min(until, committed))
    same_engine = all(identity == engine_identity() for identity in report.identities)
    if as_json:
        sys.stdout.write(
            msgspec.json.encode(
                {
                    "records": report.records,
                    "effects": report.effects,
                    "stored_effects": report.stored_effects,
                    "equal": not report.differences,
                    "complete": journal.kept_after(0),
                    "same_engine": same_engine,
                    "differences": report.differences,
                }
            ).decode()
            + "\n"
        )
    else:
        _say(report, same_engine=same_engine)
        _say_what_is_gone(Console(soft_wrap=True, markup=False), journal)
    return 1 if report.differences else 0


def _say_what_is_gone(console: Console, journal: JournalReader) -> None:
    if not journal.kept_after(0):
        gone = journal.retired()
        console.print(
            f"Retention has taken the journal's readings up to record {gone.readings}, and all else up to record "
            f"{gone.others}: they were not replayed, and what followed from them shows as differences. `vigil "
            "backtest` takes older readings from telemetry.",
            style="yellow",
        )


def _say(report: ReplayReport, *, same_engine: bool) -> None:
    console = Console(markup=False)
    console.print(f"{report.records} records, {report.effects} effects replayed, {report.stored_effects} stored")
    if not report.differences:
        console.print("Equal, byte for byte.")
        return
    if not same_engine:
        console.print("The journal was judged by another engine version: differences are expected and listed.")
    for difference in report.differences:
        stored = "nothing" if difference.stored is None else difference.stored.type
        replayed = "nothing" if difference.replayed is None else difference.replayed.type
        console.print(f"  record {difference.cause}, effect {difference.n}: stored {stored}, replayed {replayed}")
