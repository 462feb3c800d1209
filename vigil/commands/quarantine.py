"""`vigil quarantine`: what was not believed or could not be judged, what exactly it was, and another chance for it."""

import base64
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Column, Table

from collector.credentials import CredentialKey
from collector.message import MessageDecoder
from domain.directory import Directory
from domain.effects import PARKED_REASONS
from domain.errors import VigilError
from domain.instant import SECOND, to_iso
from domain.observations import Quarantined
from domain.record import Record
from journal.ports import JournalUnavailable
from journal.sqlite_archive import SqliteArchive
from journal.sqlite_journal import SqliteJournal
from runtime.clock import wall_clock
from stores.ports import Page, StoredQuarantine
from stores.state.opening import open_state_reader
from stores.state.reader import StateReader
from vigil.commands.verify import existing_folder
from vigil.configuration.loading import load_configuration
from vigil.data_folder import DataFolder
from vigil.quarantine_replay import Fate, Replayed, obstacle, replay_quarantined
from vigil.settings import read_settings
from vigil.verifying.whole import journal_key

_PAGE: Final = 500


class NothingQuarantined(VigilError):
    """There is no such entry."""


class ServiceRuns(VigilError):
    """A replay appends to the journal, which has one writer."""


def run_list(data: str | None, *, reason: str | None, limit: int, as_json: bool) -> int:
    """List quarantined messages, newest first."""
    with open_state_reader(existing_folder(data).state) as reader:
        entries = list(_entries(reader, reason, limit))
    if as_json:
        _write([msgspec.to_builtins(entry.entry) | {"seq": entry.seq, "at": to_iso(entry.at)} for entry in entries])
        return 0
    if not entries:
        Console(markup=False).print(
            "Nothing is in quarantine." if reason is None else f"Nothing is in quarantine as '{reason}'."
        )
        return 0
    table = Table("seq", Column("received", no_wrap=True), "reason", "from", "detail")
    for entry in entries:
        what = entry.entry
        sender = what.device or plain(what.topic.encode())
        received = to_iso(entry.at // SECOND * SECOND)
        table.add_row(str(entry.seq), received, what.reason, sender, plain(what.detail.encode()))
    Console(markup=False).print(table)
    return 0


def run_show(data: str | None, seq: int, *, as_json: bool) -> int:
    """Show one record: why it is there, and its bytes or its content."""
    folder = existing_folder(data)
    archive = SqliteArchive(folder.journal, journal_key(folder))
    try:
        record = archive.record(seq)
    finally:
        archive.close()
    if record is None:
        raise NothingQuarantined(f"the journal in {folder.root} has no record {seq}, or its retention is over")
    with open_state_reader(folder.state) as reader:
        entry = next((entry for entry in _entries(reader, None, None) if entry.seq == seq), None)
    if entry is None and not isinstance(record.body, Quarantined):
        raise NothingQuarantined(f"record {seq} ({record.type}) was not quarantined: see `vigil quarantine list`")
    shown = _shown(record, entry)
    if as_json:
        _write(shown)
        return 0
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for name, value in shown.items():
        console.print(f"{name:15} {value}")
    return 0


def run_replay(data: str | None, config: str | None, seqs: Sequence[int], *, reason: str | None, as_json: bool) -> int:
    """Replay entries while no service runs; gives the exit status: 1 where some could not be replayed."""
    settings = read_settings({"data": data, "config": config}).settings
    folder = existing_folder(data)
    loaded = load_configuration(Path(settings.config))
    directory = Directory(loaded.configuration)
    with open_state_reader(folder.state) as reader:
        entries = list(_entries(reader, None, None))
    parked = {entry.seq for entry in entries if entry.entry.reason in PARKED_REASONS}
    wanted = set(seqs) | {entry.seq for entry in entries if reason is not None and entry.entry.reason == reason}
    if not wanted:
        raise NothingQuarantined(f"nothing is quarantined for the reason '{reason}': see `vigil quarantine list`")
    decoder = MessageDecoder(CredentialKey.load_or_create(folder.credential_key), mapping=loaded.foreign)
    with ExitStack() as stack:
        journal = writable_journal(folder)
        stack.callback(journal.close)
        replayed = replay_quarantined(journal, decoder, directory, wanted, parked)
    if as_json:
        _write(replayed)
    else:
        _say(replayed)
    return 0 if all(each.fate in {Fate.REPLAYED, Fate.ALREADY} for each in replayed) else 1


def writable_journal(folder: DataFolder) -> SqliteJournal:
    """Open the journal to append to it, which only one may do.

    Raises:
        ServiceRuns: a service has it.
    """
    try:
        return SqliteJournal(folder.journal, journal_key(folder), wall_clock)
    except JournalUnavailable as error:
        raise ServiceRuns(
            f"{error}. A replay appends to the journal: stop `vigil serve` on {folder.root}, replay, and start it again"
        ) from error


def _entries(reader: StateReader, reason: str | None, limit: int | None) -> Iterator[StoredQuarantine]:
    """Entries newest first, `limit` at most."""
    cursor: str | None = None
    left = limit
    while left is None or left > 0:
        page = Page(limit=_PAGE if left is None else min(left, _PAGE), cursor=cursor)
        entries, cursor = reader.quarantine(reason, page)
        yield from entries
        left = None if left is None else left - len(entries)
        if cursor is None:
            return


def _shown(record: Record, entry: StoredQuarantine | None) -> dict[str, Any]:
    body = record.body
    shown = {"seq": record.seq, "received_at": to_iso(record.received_at), "source": record.source, "lane": record.lane}
    if not isinstance(body, Quarantined):
        content = msgspec.json.encode(body)
        why = {} if entry is None else {"reason": entry.entry.reason, "detail": entry.entry.detail}
        return shown | why | {"type": record.type, "body": content.decode()}
    return shown | {
        "reason": body.reason,
        "detail": plain(body.detail.encode()),
        "topic": plain(body.topic.encode()),
        "size": body.size,
        "replay": obstacle(body) or "possible",
        "payload_base64": base64.b64encode(body.payload).decode(),
        "payload_text": plain(body.payload),
    }


def plain(text: bytes) -> str:
    """Bytes from outside as text that does nothing to a terminal."""
    characters = text.decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in characters
    )


def _say(replayed: Sequence[Replayed]) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for each in replayed:
        console.print(f"{each.seq}: {each.fate.replace('_', ' ')}: {plain(each.detail.encode())}")
    appended = sum(len(each.records) for each in replayed)
    if appended:
        console.print(f"{appended} records appended; `vigil serve` judges them at its next start.")
    else:
        console.print("Nothing was appended.")


def _write(answer: object) -> None:
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
