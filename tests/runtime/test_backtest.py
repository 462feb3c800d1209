"""Other rules over the same journal: what they would have raised, against what was raised."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.configuration import RuleSpec
from domain.effects import AlarmChange
from domain.instant import MINUTE, SECOND
from domain.observations import AccessKind
from domain.reading_envelopes import NO_ENVELOPES
from domain.readings import readings_from
from domain.record import ConfigurationChanged
from runtime.backtest import BacktestReport, Raising, Span, Verdict, backtest, paired
from stores.historian_memory import MemoryHistorian
from stores.ports import ReadingHistory
from tests.brokers import wait_until
from tests.rules.estate import FORCED, HELD, NO_FLOW, a_rule, configured
from tests.runtime.bench_of_parts import Workbench
from tests.runtime.kept_journal import KeptJournal
from tests.samples import NOW

EVER = Span(start=0, end=2**62)
RULES = (FORCED, replace(HELD, parameters={"held_seconds": 60.0}), NO_FLOW)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Three minutes of low flow, an open door for as long, and five minutes in which Vigil does not run."""
    bench = Workbench(tmp_path_factory.mktemp("lived"), configured(*RULES))
    bench.start()
    bench.door(AccessKind.GRANTED)
    bench.door(AccessKind.OPENED)
    for number in range(10):
        bench.put(readings_from(["flow"], [bench.clock.at], [5.0 if number < 9 else 30.0], [0]), source="gateway")
        bench.settle()
        bench.clock.race(20.0)
        bench.loop_came_round()
    bench.door(AccessKind.CLOSED)
    bench.settle()
    bench.clock.race(60.0)
    bench.loop_came_round()
    bench.door(AccessKind.OPENED, door="server")
    bench.settle()
    bench.loop.stop()
    bench.clock.race(300.0)
    bench.loop = bench.new_loop()
    bench.start()
    bench.door(AccessKind.CLOSED, door="server")
    bench.settle()
    yield bench
    bench.close()


def tried(bench: Workbench, *rules: RuleSpec, span: Span = EVER) -> BacktestReport:
    return backtest(
        bench.journal,
        bench.historian,
        bench.state.reader,
        configured(*rules),
        bench.loop.seq,
        span,
        progress=lambda seq: None,
    )


def verdicts(report: BacktestReport) -> list[tuple[str, str, Verdict]]:
    return [(each.rule, each.subject, each.verdict) for each in report.comparisons]


def test_the_same_rules_find_the_same(lived: Workbench) -> None:
    report = tried(lived, *RULES)
    assert {each[:2] for each in verdicts(report)} >= {("no-flow", "flow"), ("held", "front"), ("forced", "server")}
    assert {each.verdict for each in report.comparisons} == {Verdict.SAME}
    assert [each.was for each in report.comparisons] == [each.would for each in report.comparisons]
    assert report.is_complete
    assert report.records == lived.loop.seq


@pytest.mark.parametrize(
    ("low", "delay", "verdict", "seconds"),
    [(20.0, 60.0, Verdict.LATER, 30), (20.0, 10.0, Verdict.EARLIER, -20), (1.0, 30.0, Verdict.MISSED, None)],
)
def test_a_changed_limit(lived: Workbench, low: float, delay: float, verdict: Verdict, seconds: int | None) -> None:
    other = replace(NO_FLOW, parameters={**NO_FLOW.parameters, "low": low, "on_delay_seconds": delay})
    (found,) = [each for each in tried(lived, FORCED, RULES[1], other).comparisons if each.rule == "no-flow"]
    assert found.verdict is verdict
    assert found.was is not None
    assert found.was.has_order
    if seconds is not None:
        assert found.would is not None
        assert found.would.raised_at - found.was.raised_at == seconds * SECOND
        assert found.would.cleared_at == found.was.cleared_at


def test_rules_that_are_new_and_rules_that_are_gone(lived: Workbench) -> None:
    dry = a_rule("dry", "limit", subjects=("flow",), parameters={"low": 10.0})
    report = tried(lived, FORCED, RULES[1], dry)
    assert ("dry", "flow", Verdict.RAISED) in verdicts(report)
    assert ("no-flow", "flow", Verdict.MISSED) in verdicts(report)


def opened(folder: Path) -> Workbench:
    """A live engine without the rule for doors held open, and a door that is opened."""
    bench = Workbench(folder, configured(FORCED))
    bench.start()
    bench.door(AccessKind.GRANTED)
    bench.door(AccessKind.OPENED)
    bench.settle()
    return bench


def test_a_deadline_at_which_nothing_ticked_is_made_up_for(tmp_path: Path) -> None:
    bench = opened(tmp_path)
    bench.clock.race(300.0)
    bench.door(AccessKind.GRANTED, door="server")
    bench.settle()
    report = tried(bench, FORCED, RULES[1])
    bench.close()
    assert "tick" not in bench.bodies()
    (found,) = report.comparisons
    assert (found.rule, found.verdict) == ("held", Verdict.RAISED)
    assert found.would is not None
    assert (found.would.raised_at, found.would.cleared_at) == (NOW + MINUTE, None)


STALE = a_rule("gone", "stale", subjects=("flow",), parameters={"silent_seconds": 90.0})


def wait_for(bench: Workbench, *changes: AlarmChange) -> None:
    """Wait until no more and no less was said of the silent point."""
    told = [(change, "flow") for change in changes]
    wait_until(lambda: [each for each in bench.alarm_changes() if each[1] == "flow"] == told, f"{changes}")
    bench.settle()


def backfilled(bench: Workbench, count: int) -> None:
    """A gateway that was cut off sends what it has kept, a reading a minute; nothing ticks before all is judged."""
    begun = bench.clock.at - count * MINUTE
    for number in range(count):
        made = begun + number * MINUTE
        bench.put(readings_from(["flow"], [made], [30.0], [0]), at=made, source="gateway")
        bench.clock.at += 300_000
    bench.settle()


def test_readings_that_come_late_together_set_no_deadlines_among_them(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, configured(STALE))
    bench.start()
    bench.clock.race(40 * 60.0)
    wait_for(bench, AlarmChange.RAISED)
    backfilled(bench, 40)
    bench.clock.race(120.0)
    wait_for(bench, AlarmChange.RAISED, AlarmChange.CLEARED, AlarmChange.RAISED)
    found = [each for each in tried(bench, STALE).comparisons if each.rule == "gone"]
    bench.close()
    assert [each.verdict for each in found] == [Verdict.SAME] * 2


def test_readings_that_keep_coming_late_are_no_backlog_for_ever(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, configured(NO_FLOW))
    bench.start()
    bench.clock.race(240 * 60.0)
    bench.loop_came_round()
    backfilled(bench, 240)
    report = tried(bench, STALE)
    bench.close()
    assert verdicts(report).count(("gone", "flow", Verdict.RAISED)) > 1, "before they come, and after a minute of them"


def test_no_deadline_fires_while_nobody_watched(tmp_path: Path) -> None:
    bench = opened(tmp_path)
    bench.loop.stop()
    bench.clock.race(300.0)
    bench.loop = bench.new_loop()
    bench.start()
    report = tried(bench, FORCED, RULES[1])
    bench.close()
    assert bench.bodies()[-2:] == ["engine_started", "monitor_gap"]
    assert report.comparisons == []


def test_only_what_was_raised_within_the_span_is_compared(lived: Workbench) -> None:
    whole = tried(lived, *RULES)
    raised = {(each.rule, each.subject): each.was.raised_at for each in whole.comparisons if each.was is not None}
    end = raised["held", "front"]
    part = tried(lived, *RULES, span=Span(start=0, end=end))
    assert part.records < whole.records
    assert {each[:2] for each in verdicts(part)} == {pair for pair, at in raised.items() if at < end}
    assert {each.verdict for each in part.comparisons} == {Verdict.SAME}
    late = tried(lived, *RULES, span=Span(start=end + 1, end=EVER.end))
    assert {each[:2] for each in verdicts(late)} == {pair for pair, at in raised.items() if at > end}


def after_retention(bench: Workbench, *, readings: int = 0, others: int = 0) -> KeptJournal:
    return KeptJournal(bench.journal.read(0, 100_000), readings=readings, others=others)


def tried_on(journal: KeptJournal, telemetry: ReadingHistory, bench: Workbench, *rules: RuleSpec) -> BacktestReport:
    return backtest(
        journal, telemetry, bench.state.reader, configured(*rules), bench.loop.seq, EVER, progress=lambda seq: None
    )


def test_readings_that_the_journal_let_go_come_from_telemetry(lived: Workbench) -> None:
    before = tried(lived, *RULES)
    after = tried_on(after_retention(lived, readings=lived.loop.seq), lived.historian, lived, *RULES)
    assert after.comparisons == before.comparisons
    assert after.records == before.records
    assert (after.is_complete, after.history.stored, after.history.gaps) == (True, 10, [])
    assert after.left_out == ("vigil-identity-conflict", "vigil-parked-record")


def test_readings_that_are_nowhere_are_told_and_missed(lived: Workbench) -> None:
    report = tried_on(after_retention(lived, readings=lived.loop.seq), MemoryHistorian(), lived, *RULES)
    assert ("no-flow", "flow", Verdict.MISSED) in verdicts(report)
    assert ("held", "front", Verdict.SAME) in verdicts(report)
    assert not report.is_complete
    (gap,) = report.history.gaps
    assert gap.records == 10
    assert NOW <= gap.start < gap.end
    assert "vigil-device-silent" in report.left_out


def test_readings_without_envelopes_are_judged_by_what_is_configured(lived: Workbench) -> None:
    bare = MemoryHistorian()
    for part in lived.historian.readings(0, lived.loop.seq):
        bare.add(replace(part, envelopes=NO_ENVELOPES))
    report = tried_on(after_retention(lived, readings=lived.loop.seq), bare, lived, *RULES)
    assert report.history.guessed == report.history.stored == 10
    assert {each.verdict for each in report.comparisons} == {Verdict.SAME}
    assert ("no-flow", "flow", Verdict.SAME) in verdicts(report)
    assert "vigil-missing-messages" in report.left_out
    assert report.is_complete


def test_the_rules_on_trial_hold_although_no_configuration_is_kept(lived: Workbench) -> None:
    first = next(each.seq for each in lived.journal.read(0, 100) if isinstance(each.body, ConfigurationChanged))
    report = tried_on(after_retention(lived, others=first), lived.historian, lived, *RULES)
    assert ("held", "front", Verdict.SAME) in verdicts(report)
    assert ("no-flow", "flow", Verdict.SAME) in verdicts(report)
    assert not report.is_complete


def a_raising(raised: int, cleared: int | None) -> Raising:
    return Raising(raised_at=raised, cleared_at=cleared, has_order=False)


def test_occurrences_that_share_a_moment_belong_together() -> None:
    was = [a_raising(1, 3), a_raising(5, 6), a_raising(10, None)]
    would = [a_raising(2, 4), a_raising(7, 8), a_raising(9, 12), a_raising(13, None)]
    shown = [
        (None if one is None else one.raised_at, None if other is None else other.raised_at)
        for one, other in paired(was, would)
    ]
    assert shown == [(1, 2), (5, None), (None, 7), (10, 9), (None, 13)]
