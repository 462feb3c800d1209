"""A journal as a list of records, from which retention takes readings, and a log as a list of effects."""

from collections.abc import Sequence

from domain.effects import Effect
from domain.readings import Readings
from domain.record import Record
from journal.ports import Retired
from stores.ports import StoredEffect


class KeptJournal:
    """Implements `journal.ports.JournalReader`. Readings up to the seq `readings` are gone, others up to `others`."""

    def __init__(self, records: Sequence[Record], *, readings: int = 0, others: int = 0) -> None:
        self.records = list(records)
        self._retired = Retired(readings=readings, others=others)

    @property
    def last_seq(self) -> int:
        return self.records[-1].seq if self.records else 0

    def retire(self, *, readings: int, others: int = 0) -> None:
        self._retired = Retired(readings=readings, others=others)

    def read(self, after: int, limit: int) -> Sequence[Record]:
        return [record for record in self.records if record.seq > after and self.keeps(record)][:limit]

    def record(self, seq: int) -> Record | None:
        return next((record for record in self.read(seq - 1, 1) if record.seq == seq), None)

    def kept_after(self, seq: int) -> bool:
        return max(self._retired.readings, self._retired.others) <= seq

    def retired(self) -> Retired:
        return self._retired

    def wait(self, after: int, timeout: float) -> bool:
        return self.last_seq > after

    def keeps(self, record: Record) -> bool:
        gone = self._retired.readings if isinstance(record.body, Readings) else self._retired.others
        return record.seq > gone


class ToldEffects:
    """Implements `stores.ports.EffectLog` for what was said before."""

    def __init__(self, effects: Sequence[Effect]) -> None:
        self._stored = [
            StoredEffect(position=place, committed_at=0, effect=effect) for place, effect in enumerate(effects, start=1)
        ]

    def effects_after(self, position: int, limit: int) -> Sequence[StoredEffect]:
        return self._stored[position : position + limit]

    def last_position(self) -> int:
        return len(self._stored)

    def wait_for_effects(self, position: int, timeout: float) -> bool:
        return self.last_position() > position
