"""The state database: whole, every row readable, effects without a gap, and read models that are their fold."""

import hashlib
import sqlite3
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Table

from domain.alarm import Alarm, Occurrence
from domain.effects import CommandOutcome, DeviceChanged, DoorChanged, Effect, QuarantineAdded
from domain.identity import derive_id
from domain.incident import Flood, Incident
from domain.mode import Mode
from domain.notification import AlarmNotification
from domain.operator_log import LogEntry
from domain.patrol_proposal import PatrolProposal
from domain.tour_run import TourRun
from domain.undecided import Undecided
from domain.work_order import WorkOrder
from stores import schema
from stores.migrating import HEADS, SchemaUnknown
from stores.state import projection
from vigil.verifying.databases import one_view, structural_flaws
from vigil.verifying.flaw import RESTORE, Flaw, readable

THING: Final = "state"

TYPES: Final[Mapping[Table, type[Struct]]] = {
    schema.alarm: Alarm,
    schema.occurrence: Occurrence,
    schema.incident: Incident,
    schema.flood: Flood,
    schema.log_entry: LogEntry,
    schema.mode: Mode,
    schema.work_order: WorkOrder,
    schema.tour_run: TourRun,
    schema.patrol_proposal: PatrolProposal,
    schema.undecided: Undecided,
    schema.door: DoorChanged,
    schema.device: DeviceChanged,
    schema.quarantine: QuarantineAdded,
    schema.command_outcome: CommandOutcome,
    schema.notification: AlarmNotification,
}
"""What the body of each read model holds."""

_BATCH: Final = 1000
_SHOWN: Final = 20
_encode = msgspec.msgpack.Encoder().encode
_effect = msgspec.msgpack.Decoder(Effect).decode
_Key = tuple[str, tuple[object, ...]]


class StateFindings(Struct, frozen=True, kw_only=True):
    """What was found: flaws, up to which seq each lane is judged, and the causes of its effects, ascending."""

    flaws: list[Flaw]
    last_seq: Mapping[str, int]
    causes: "array[int]"
    effects: int


def check_state(path: Path) -> StateFindings:
    """Look at one view of the whole database.

    Raises:
        SchemaUnknown: another release wrote it, so its rows cannot be judged.
    """
    check = _StateCheck(path)
    try:
        with one_view(path) as connection:
            check.flaws += structural_flaws(connection, THING, path)
            if not check.flaws:
                _require_schema(connection, path)
                check.look(connection)
    except sqlite3.Error as error:
        check.note(path.name, readable(error))
    shown = check.flaws[:_SHOWN]
    if len(check.flaws) > len(shown):
        more = f"{len(check.flaws) - len(shown)} more flaws like these"
        shown.append(Flaw(thing=THING, place=path.name, what=more, remedy=RESTORE))
    causes = array("q", sorted(check.causes))
    return StateFindings(flaws=shown, last_seq=check.last_seq, causes=causes, effects=check.effects)


def _require_schema(connection: sqlite3.Connection, path: Path) -> None:
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        found = None
    if found != (HEADS["state"],):
        raise SchemaUnknown(
            f"{path.name} has schema {found[0] if found else 'none'}, this release judges schema {HEADS['state']}: "
            "start `vigil serve` once, which brings an older one up to date, or use the release that wrote it"
        )


class _StateCheck:
    def __init__(self, path: Path) -> None:
        self.flaws: list[Flaw] = []
        self.last_seq: dict[str, int] = {}
        self.causes: set[int] = set()
        self.effects = 0
        self._path = path
        self._folded: dict[_Key, bytes] = {}
        self._newest: dict[str, tuple[int, int]] = {}

    def note(self, place: str, what: str) -> None:
        self.flaws.append(Flaw(thing=THING, place=place, what=what, remedy=RESTORE))

    def look(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        self.last_seq = {row["id"]: row["last_seq"] for row in connection.execute("SELECT id, last_seq FROM partition")}
        self._look_at_effects(connection)
        for table in projection.READ_MODELS:
            self._look_at_model(connection, table)
        for name, place in self._folded:
            self.note(f"{name} {_shown(place)}", "is missing: the effects tell of it")

    def _look_at_effects(self, connection: sqlite3.Connection) -> None:
        """Positions are given without a gap, so one that is missing was deleted."""
        expected = 1
        batch: list[Effect] = []
        for row in connection.execute("SELECT * FROM effect ORDER BY position"):
            if row["position"] != expected:
                self.note("effect", f"positions {expected} to {row['position'] - 1} are missing")
            expected = row["position"] + 1
            effect = self._effect_of(row)
            if effect is not None:
                batch.append(effect)
            if len(batch) >= _BATCH:
                self._fold(batch)
                batch = []
        self._fold(batch)
        self.effects = expected - 1
        (last,) = connection.execute("SELECT last_position FROM effect_stream").fetchone() or (0,)
        if last != self.effects:
            self.note("effect", f"ends at position {self.effects}; position {last} was given last")

    def _effect_of(self, row: sqlite3.Row) -> Effect | None:
        place = f"effect at position {row['position']}"
        try:
            effect = _effect(row["body"])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            self.note(place, f"cannot be read: {readable(error)}")
            return None
        (said,) = projection.effect_rows([effect], row["committed_at"])
        for name in set(said) - {"position", "version", "body"}:
            if said[name] != row[name]:
                self.note(place, f"column {name} says {row[name]!r}, its body {said[name]!r}")
        if effect.id != derive_id("effect", effect.lane, effect.cause, effect.n):
            self.note(place, f"its id {effect.id} does not follow from its cause {effect.cause} and place {effect.n}")
        self._look_at_order(effect, place)
        self.causes.add(effect.cause)
        return effect

    def _look_at_order(self, effect: Effect, place: str) -> None:
        """Causes never go back, and the effects of one are numbered from 0."""
        cause, number = self._newest.get(effect.lane, (0, -1))
        expected = number + 1 if effect.cause == cause else 0
        if effect.cause < cause or effect.n != expected:
            self.note(place, f"effect {effect.n} of record {effect.cause} follows upon effect {number} of {cause}")
        if effect.cause > self.last_seq.get(effect.lane, 0):
            self.note(place, f"its cause {effect.cause} is beyond what lane {effect.lane} has judged")
        self._newest[effect.lane] = (effect.cause, effect.n)

    def _fold(self, effects: list[Effect]) -> None:
        for table, rows in projection.model_rows(effects):
            for row in rows:
                self._folded[_key(table, row)] = _digest(table, row)

    def _look_at_model(self, connection: sqlite3.Connection, table: Table) -> None:
        decoder = msgspec.msgpack.Decoder(TYPES[table])
        for stored in _rows_of(connection, table):
            key = _key(table, stored)
            place = f"{table.name} {_shown(key[1])}"
            try:
                # What an older release wrote lacks newer fields: compared as this release would write it.
                row = stored | {"body": _encode(decoder.decode(stored["body"]))}
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                self.note(place, f"cannot be read: {readable(error)}")
                self._folded.pop(key, None)
                continue
            expected = self._folded.pop(key, None)
            if expected is None:
                self.note(place, "stands there and no effect tells of it")
            elif expected != _digest(table, row):
                self.note(place, "is not what its effects say")


def _rows_of(connection: sqlite3.Connection, table: Table) -> Iterator[dict[str, Any]]:
    # The name is one of our own tables'.
    for row in connection.execute(f'SELECT * FROM "{table.name}"'):  # noqa: S608
        yield dict(row)


def _key(table: Table, row: Mapping[str, Any]) -> _Key:
    return table.name, tuple(row[column.name] for column in table.primary_key)


def _digest(table: Table, row: Mapping[str, Any]) -> bytes:
    """A row in 16 bytes: there may be millions."""
    values = [row[column.name] for column in table.columns]
    plain = [int(value) if isinstance(value, bool) else value for value in values]
    return hashlib.blake2b(_encode(plain), digest_size=16).digest()


def _shown(key: tuple[object, ...]) -> str:
    return "/".join(map(str, key))
