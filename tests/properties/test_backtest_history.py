"""A backtest finds the same after the journal has let its readings go, over random days (`engine_world`)."""

from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.effects import AlarmChanged, Effect
from domain.identity import MessageIdentity
from domain.instant import DAY
from domain.readings import Readings
from domain.record import Record
from rules.engine import Engine
from runtime.backtest import BacktestReport, Comparison, Span, backtest
from stores.historian import ParquetHistorian
from stores.historian_memory import MemoryHistorian
from stores.historian_reader import ParquetHistoryReader
from stores.ports import ReadingColumns, ReadingHistory
from tests.properties.engine_world import CONFIGURATIONS, START, Step, day_from, days, journal
from tests.runtime.kept_journal import KeptJournal, ToldEffects

EVER = Span(start=0, end=2**62)


def densely(records: Sequence[Record]) -> list[Record]:
    """Numbered as a journal of one machine does; readings under a number that was there before are the same again.

    Were they others, two devices would speak as one. That is known from what came again alone, which leaves no reading.
    """
    first: dict[MessageIdentity | None, Record] = {}
    numbered = []
    for seq, record in enumerate(records, start=1):
        before = first.setdefault(record.identity, record)
        comes_again = isinstance(record.body, Readings) and record.identity is not None
        said = replace(record, body=before.body, device_time=before.device_time) if comes_again else record
        numbered.append(replace(said, seq=seq))
    return numbered


def lived(records: Sequence[Record], cuts: Sequence[int]) -> tuple[list[Effect], list[ReadingColumns]]:
    """What was said then, and what the loop handed on to telemetry, slice by slice."""
    engine = Engine()
    effects: list[Effect] = []
    told: list[ReadingColumns] = []
    for begin, end in pairwise([0, *cuts, len(records)]):
        outcome = engine.handle(records[begin:end])
        effects += outcome.effects
        readings = outcome.readings
        if readings is not None:
            columns = {name: getattr(readings, name) for name in readings.__struct_fields__}
            first = told[-1].seq_last + 1 if told else 1
            told.append(ReadingColumns(seq_first=first, seq_last=records[end - 1].seq, **columns))
    return effects, told


def tried(kept: KeptJournal, telemetry: ReadingHistory, effects: Sequence[Effect], trial: int) -> BacktestReport:
    until = kept.last_seq
    return backtest(
        kept, telemetry, ToldEffects(effects), CONFIGURATIONS[trial], until, EVER, progress=lambda seq: None
    )


def beside(report: BacktestReport, left_out: Sequence[str]) -> list[Comparison]:
    return [each for each in report.comparisons if each.rule not in left_out]


def require_the_same(
    records: Sequence[Record], effects: Sequence[Effect], telemetry: ReadingHistory, seam: int
) -> None:
    for trial in range(len(CONFIGURATIONS)):
        before = tried(KeptJournal(records), MemoryHistorian(), effects, trial)
        after = tried(KeptJournal(records, readings=seam), telemetry, effects, trial)
        gone = sum(isinstance(record.body, Readings) for record in records if record.seq <= seam)
        assert (after.is_complete, after.history.gaps, after.history.guessed) == (True, [], 0)
        assert after.history.stored + after.history.left_nothing == gone
        assert before.records - after.records == after.history.left_nothing
        assert beside(before, after.left_out) == after.comparisons
        assert (before.history.stored, before.left_out) == (0, ())


@settings(max_examples=16, deadline=None)
@given(days, st.data())
def test_a_backtest_finds_the_same_after_readings_have_left_the_journal(drawn: list[Step], data: st.DataObject) -> None:
    records = densely(journal(drawn))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(records) - 1), max_size=6)))
    effects, told = lived(records, cuts)
    telemetry = MemoryHistorian()
    for part in told:
        telemetry.add(part)
    # So long as telemetry reaches: what is younger is in the journal, as it is in life.
    seam = data.draw(st.integers(0, told[-1].seq_last if told else 0))
    require_the_same(records, effects, telemetry, seam)


def never_faulty(fault: Exception) -> None:
    raise AssertionError(fault)


@pytest.mark.parametrize("is_merged", [False, True])
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_it_finds_the_same_in_files(
    tmp_path_factory: pytest.TempPathFactory, seed: int, data: st.DataObject, *, is_merged: bool
) -> None:
    records = densely(journal(day_from(Random(seed), 120)))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(records) - 1), max_size=6)))
    effects, told = lived(records, cuts)
    folder: Path = tmp_path_factory.mktemp("telemetry")
    with closing(ParquetHistorian(folder, clock=lambda: START, on_fault=never_faulty)) as writer:
        for part in told:
            writer.add(part)
            writer.flush()
        if is_merged:
            writer.compact(START + 9 * DAY)
    with closing(ParquetHistoryReader(folder, on_fault=never_faulty)) as telemetry:
        require_the_same(records, effects, telemetry, data.draw(st.integers(1, told[-1].seq_last)))


def test_the_days_have_what_the_law_is_about() -> None:
    """Alarms by readings that are gone from the journal, messages that came again, and trials that differ."""
    records = densely(journal(day_from(Random(7), 150)))
    effects, told = lived(records, [40, 90])
    telemetry = MemoryHistorian()
    for part in told:
        telemetry.add(part)
    seam = told[-1].seq_last
    by_readings = [
        each.cause for each in effects if isinstance(each.body, AlarmChanged) and each.body.alarm.rule == "no-flow"
    ]
    assert sum(cause <= seam for cause in by_readings) > 5
    after = tried(KeptJournal(records, readings=seam), telemetry, effects, 1)
    assert after.history.left_nothing > 0
    assert len({each.verdict for each in after.comparisons}) > 2
    nothing = tried(KeptJournal(records, readings=seam), MemoryHistorian(), effects, 1)
    assert beside(nothing, nothing.left_out) != beside(after, nothing.left_out)
    assert not nothing.is_complete
