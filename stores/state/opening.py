"""Opening the state database and handing out its sides."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from stores.database import Database, open_database, open_for_reading
from stores.dialect import WAL_READER, WAL_WRITER
from stores.state.effect_log import EffectSignal
from stores.state.messages import StoredMessages
from stores.state.outbox import StateOutbox
from stores.state.reader import StateReader
from stores.state.writer import StateWriter


class StateStore:
    """One state database: `writer` (EngineStore), `outbox` (Outbox), `reader` (ReadModels) and `messages` (MessageLog)
    of the real lane.

    `of_lane` gives the same three for a drill; all share the one writing connection and the signal of new effects.
    """

    def __init__(self, database: Database) -> None:
        """Take over a database that has the present schema."""
        self._database = database
        self._signal = EffectSignal()
        self.writer = StateWriter(database, self._signal)
        self.outbox = StateOutbox(database)
        self.reader = StateReader(database, self._signal)
        self.messages = StoredMessages(database)
        self._signal.announce(self.reader.last_position())

    def of_lane(self, lane: str) -> tuple[StateWriter, StateOutbox, StateReader]:
        """Writer, outbox and reader of another lane; its seq and epoch are its own."""
        return (
            StateWriter(self._database, self._signal, lane),
            StateOutbox(self._database, lane),
            StateReader(self._database, self._signal, lane),
        )

    def close(self) -> None:
        """Let go of the files. What comes later is refused as unavailable."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def open_state_reader(path: Path) -> Iterator[StateReader]:
    """Read a state database that another process may be writing; nothing is made, migrated or changed.

    Raises:
        SchemaUnknown: another release wrote it.
        StoreUnavailable: it is missing or cannot be read.
    """
    with open_for_reading(path, "state", WAL_READER) as database:
        yield StateReader(database, EffectSignal())


def open_state_store(path: Path) -> StateStore:
    """Open the state database, made or brought to this release's schema as needed.

    Raises:
        SchemaUnknown: a newer release wrote it.
        StoreUnavailable: the file cannot be used.
    """
    return StateStore(open_database(path, "state", WAL_WRITER, WAL_READER))
