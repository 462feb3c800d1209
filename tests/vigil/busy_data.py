"""A data folder in full use by a process that will be killed. Run as `python -m tests.vigil.busy_data FOLDER`.

Readings and door events come as fast as they are stored, from several threads, on a clock that runs ahead so that days
change and snapshots are taken. Each hundred records stored are told on stdout.
"""

import sys
import threading
from itertools import count
from pathlib import Path

from domain.instant import HOUR
from domain.observations import AccessEvent, AccessKind
from domain.readings import readings_from
from domain.record import Body, Record
from tests.vigil.lived_data import LivedData, urgency_of

OUTSTANDING = 50


class Feeder:
    """Keeps some records on their way into the journal."""

    def __init__(self, data: LivedData) -> None:
        self._data = data
        self._room = threading.Semaphore(OUTSTANDING)

    def run(self, door: str) -> None:
        for number in count():
            kind = AccessKind.OPENED if number % 2 else AccessKind.CLOSED
            self._put(AccessEvent(site="tower", door=door, kind=kind), "panel")
            at = self._data.clock.at
            self._put(readings_from(["flow", "heat"], [at, at], [number % 40, 20.0], [0, 0]), "gateway")

    def _put(self, body: Body, source: str) -> None:
        at = self._data.clock.at
        self._room.acquire()
        record = Record(seq=0, body=body, event_time=at, received_at=at, source=source, site="tower")
        self._data.journal.submit(record, urgency_of(record), self._stored)

    def _stored(self, seq: int | None, error: Exception | None) -> None:
        self._room.release()
        if error is not None:
            sys.exit(f"not stored: {error}")
        if seq is not None and seq % 100 == 0:
            self._data.clock.race(1.0)
            print(seq, flush=True)  # noqa: T201 - the parent waits for it
        if seq is not None and seq % 5000 == 0:
            self._data.clock.at += HOUR


def main(root: Path) -> None:
    with LivedData(root) as data:
        feeder = Feeder(data)
        for door in ("front", "server"):
            threading.Thread(target=feeder.run, args=(door,), daemon=True).start()
        threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
