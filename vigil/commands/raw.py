"""`vigil raw`: foreign messages of the last week as they came, and another chance for those that made no record.

A message that made records is never replayed: its records would count twice. What was replayed once is noted.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from collector.message import MessageDecoder
from collector.raw_copies import RawCopy, SealedKey, read_copies
from domain.directory import Directory
from domain.instant import to_iso
from domain.observations import Quarantined
from domain.readings import Readings
from domain.record import Urgency
from vigil.commands.quarantine import plain, writable_journal
from vigil.commands.verify import existing_folder
from vigil.configuration.loading import load_configuration
from vigil.data_folder import DataFolder
from vigil.settings import read_settings

REPLAYED: Final = "replayed"


def run_list(data: str | None, *, limit: int, as_json: bool) -> int:
    """List the newest copies."""
    copies = list(read_copies(existing_folder(data).raw))[-limit:]
    if as_json:
        shown = [
            {
                "place": place,
                "at": to_iso(each.at),
                "topic": each.topic,
                "made": each.made,
                "payload": plain(each.payload),
            }
            for place, each in copies
        ]
        sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
        return 0
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for _, each in copies:
        console.print(f"{to_iso(each.at)} {plain(each.topic.encode())} ({each.made} records) {plain(each.payload)}")
    return 0


def run_replay(data: str | None, config: str | None, *, as_json: bool) -> int:
    """Decode again what made no record, under the present mapping, while no service runs."""
    settings = read_settings({"data": data, "config": config}).settings
    folder = existing_folder(data)
    loaded = load_configuration(Path(settings.config))
    decoder = MessageDecoder(SealedKey.load_or_create(folder.credential_key), mapping=loaded.foreign)
    directory, fates = Directory(loaded.configuration), Counter[str]()
    journal = writable_journal(folder)
    try:
        with (folder.raw / REPLAYED).open("a", encoding="ascii") as noted:
            for place, copy in _waiting(folder):
                made = decoder.decode_message(
                    copy.topic, copy.payload, retain=copy.retain, received_at=copy.at, directory=directory
                )
                good = [record for record in made if not isinstance(record.body, Quarantined)]
                for record in good:
                    urgency = Urgency.READING if isinstance(record.body, Readings) else Urgency.EVENT
                    journal.append(record, urgency)
                fates["records"] += len(good)
                fates["replayed" if good else "still_nothing"] += 1
                if good:
                    noted.write(f"{place}\n")
                    noted.flush()
    finally:
        journal.close()
    _say(fates, as_json=as_json)
    return 0


def _waiting(folder: DataFolder) -> Iterator[tuple[str, RawCopy]]:
    noted = folder.raw / REPLAYED
    done = set(noted.read_text(encoding="ascii").split()) if noted.exists() else set()
    return ((place, copy) for place, copy in read_copies(folder.raw) if copy.made == 0 and place not in done)


def _say(fates: Counter[str], *, as_json: bool) -> None:
    names = ("replayed", "still_nothing", "records")
    if as_json:
        sys.stdout.write(msgspec.json.encode({name: fates[name] for name in names}).decode() + "\n")
        return
    Console(highlight=False, markup=False).print(
        f"{fates['replayed']} messages gave {fates['records']} records, {fates['still_nothing']} still mean nothing. "
        "`vigil serve` judges the records at its next start."
    )
