"""The stream of effects, to read and to wait on."""

import threading
import time
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Select, bindparam, select

from domain.effects import Effect
from stores.database import Database
from stores.ports import StoredEffect
from stores.schema import effect, effect_stream
from stores.state.paging import AnyRow

POLL_EVERY: Final = 0.25
"""Seconds between looks at the database while waiting: for what another process commits, which no signal tells."""

_LAST_POSITION: Final = select(effect_stream.c.last_position)
_AFTER: Final = (
    select(effect.c.position, effect.c.committed_at, effect.c.body)
    .where(effect.c.position > bindparam("position"))
    .order_by(effect.c.position)
    .limit(bindparam("limit"))
)
_decode = msgspec.msgpack.Decoder(Effect).decode


class EffectSignal:
    """The newest position this process knows of, and a way to wait for a newer one. Shared by writers and readers."""

    def __init__(self) -> None:
        """Know of nothing yet."""
        self._changed = threading.Condition()
        self._newest = 0

    @property
    def newest(self) -> int:
        return self._newest

    def announce(self, position: int) -> None:
        """Effects up to this position can be read."""
        with self._changed:
            if position > self._newest:
                self._newest = position
                self._changed.notify_all()

    def wait(self, position: int, timeout: float) -> bool:
        """Wait until an effect after `position` is announced; False after `timeout` seconds without one."""
        with self._changed:
            return self._changed.wait_for(lambda: self._newest > position, timeout)


class StoredEffects:
    """`stores.ports.EffectLog` over the effect table; all lanes, as each effect names its own."""

    def __init__(self, database: Database, signal: EffectSignal) -> None:
        """Read from `database`; `signal` is the one its writers announce to."""
        self._database = database
        self._signal = signal

    def effects_after(self, position: int, limit: int) -> Sequence[StoredEffect]:
        with self._database.reading() as connection:
            rows = connection.execute(_AFTER, {"position": position, "limit": limit}).all()
        return [stored_effect(row) for row in rows]

    def last_position(self) -> int:
        with self._database.reading() as connection:
            position: int = connection.execute(_LAST_POSITION).scalar_one()
        return position

    def wait_for_effects(self, position: int, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while self._signal.newest <= position:
            self._signal.announce(self.last_position())
            left = deadline - time.monotonic()
            if left <= 0:
                return self._signal.newest > position
            self._signal.wait(position, min(left, POLL_EVERY))
        return True


def effect_columns() -> Select[int, int, bytes]:
    """A query for what `stored_effect` reads."""
    return select(effect.c.position, effect.c.committed_at, effect.c.body)


def stored_effect(row: AnyRow) -> StoredEffect:
    return StoredEffect(position=row.position, committed_at=row.committed_at, effect=_decode(row.body))
