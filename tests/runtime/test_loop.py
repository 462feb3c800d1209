"""The loop: judged once, committed together with its seq, timed by records, and continued after a stop."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from domain.commands import AcknowledgeAlarm
from domain.effects import AlarmChange
from domain.instant import MINUTE, SECOND
from domain.observations import AccessKind
from domain.readings import Readings, readings_from
from domain.record import BacklogDrained, ConfigurationChanged, MonitorGap, Record, Urgency
from journal.ports import JournalUnavailable
from runtime.loop import LoopState
from stores.ports import AlarmFilter, Commit, Page, PartitionLost, StoreUnavailable
from tests.brokers import wait_until
from tests.rules.estate import NO_FLOW, configured
from tests.runtime.bench_of_parts import Workbench
from tests.samples import NOW


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    made = Workbench(tmp_path)
    yield made
    made.close()


def test_a_first_start_records_the_engine_and_the_configuration_and_no_gap(bench: Workbench) -> None:
    bench.start()
    assert bench.bodies() == ["engine_started", "configuration_changed"]
    assert bench.state.writer.last_seq() == bench.journal.last_seq == bench.loop.seq


def test_a_forced_door_becomes_an_alarm_in_the_same_commit_as_its_message_out(bench: Workbench) -> None:
    bench.start()
    bench.door(AccessKind.OPENED)
    bench.settle()
    assert bench.alarm_changes() == [(AlarmChange.RAISED, "front")]
    assert bench.state.outbox.counts()["waiting"] == 1
    assert bench.told >= 1


def test_the_clock_fires_a_deadline_through_a_tick_record(bench: Workbench) -> None:
    bench.start()
    bench.door(AccessKind.EXIT_REQUEST)
    bench.door(AccessKind.OPENED)
    bench.settle()
    assert bench.alarm_changes() == []
    bench.clock.race(125.0)
    wait_until(lambda: bench.alarm_changes() != [], "the door to be held")
    assert bench.alarm_changes() == [(AlarmChange.RAISED, "front")]
    raised = next(effect for effect in bench.effects() if effect.type == "alarm_changed")
    assert raised.at == NOW + 120 * SECOND, "stamped with the deadline, not with the tick"
    cause = bench.journal.record(raised.cause)
    assert cause is not None
    assert cause.type == "tick"


def test_a_restart_continues_without_saying_anything_twice(bench: Workbench) -> None:
    bench.start()
    bench.door(AccessKind.OPENED)
    bench.settle()
    before = bench.effects()
    bench.clock.move(3.0)
    bench.restart()
    assert list(bench.effects()[: len(before)]) == list(before)
    assert [change for change, _ in bench.alarm_changes()] == [AlarmChange.RAISED]
    assert bench.bodies()[-2:] == ["engine_started", "monitor_gap"]
    bench.door(AccessKind.CLOSED)
    bench.settle()
    assert [change for change, _ in bench.alarm_changes()] == [AlarmChange.RAISED, AlarmChange.CLEARED]


def test_records_stored_while_no_engine_ran_are_judged_after_the_start(bench: Workbench) -> None:
    bench.start()
    bench.loop.stop()
    bench.door(AccessKind.OPENED)
    bench.loop = bench.new_loop()
    bench.clock.move(1.0)
    bench.start()
    assert bench.alarm_changes() == [(AlarmChange.RAISED, "front")]


def test_absence_in_a_gap_is_judged_only_after_the_backlog(bench: Workbench) -> None:
    """The door was closed while Vigil was down: the close waits in the broker, and no held alarm may come before it."""
    bench.start()
    bench.door(AccessKind.EXIT_REQUEST)
    bench.door(AccessKind.OPENED)
    bench.settle()
    bench.loop.stop()
    bench.clock.move(600.0)
    bench.loop = bench.new_loop()
    bench.start()
    bench.clock.move(1.0)
    bench.loop_came_round()
    assert bench.alarm_changes() == []
    bench.door(AccessKind.CLOSED, at=NOW + 30 * SECOND)
    bench.quiet = 10.0
    bench.clock.move(4.0)
    wait_until(lambda: "backlog_drained" in bench.bodies(), "the backlog to be drained")
    bench.settle()
    assert bench.alarm_changes() == []


def test_a_door_that_stayed_open_through_the_gap_is_raised_once_the_backlog_is_read(bench: Workbench) -> None:
    bench.start()
    bench.door(AccessKind.EXIT_REQUEST)
    bench.door(AccessKind.OPENED)
    bench.settle()
    bench.loop.stop()
    bench.clock.move(600.0)
    bench.loop = bench.new_loop()
    bench.start()
    bench.quiet = 10.0
    bench.clock.move(4.0)
    wait_until(lambda: bench.alarm_changes() != [], "the held door")
    raised = next(effect for effect in bench.effects() if effect.type == "alarm_changed")
    assert raised.at == NOW + 120 * SECOND


def test_a_reported_gap_is_recorded_and_holds(bench: Workbench) -> None:
    bench.start()
    bench.loop.report_gap(NOW, NOW + 5 * SECOND, "the link was lost")
    bench.clock.move(1.0)
    wait_until(lambda: "monitor_gap" in bench.bodies(), "the gap")
    wait_until(lambda: bench.loop.gaps == 1, "the gap to be counted")


def test_a_command_is_answered_once_however_often_it_comes(bench: Workbench) -> None:
    bench.start()
    bench.door(AccessKind.OPENED)
    bench.settle()
    (alarm,), _ = bench.state.reader.alarms(AlarmFilter(), Page())
    for _ in range(2):
        command = AcknowledgeAlarm(id="cmd-1", actor="op-1", alarm=alarm.id)
        at = bench.clock.at
        bench.journal.append(
            Record(seq=0, body=command, event_time=at, received_at=at, source="operator:op-1"), Urgency.COMMAND
        )
    bench.settle()
    acknowledged = [change for change, _ in bench.alarm_changes() if change is AlarmChange.ACKNOWLEDGED]
    assert len(acknowledged) == 1
    outcome = bench.state.reader.outcome("cmd-1")
    assert outcome is not None
    assert outcome.accepted


def test_readings_reach_the_historian_and_a_snapshot_waits_for_them(bench: Workbench) -> None:
    bench.start()
    bench.put(readings_from(["flow"], [NOW], [60.0], [0]), source="gateway", seq=1)
    bench.settle()
    assert bench.historian.latest(["flow"])["flow"].value == 60.0
    bench.loop.stop()
    snapshot = bench.snapshots.newest("real", bench.loop.seq)
    assert snapshot is not None
    assert snapshot.seq == bench.loop.seq <= bench.historian.stored_seq()


def test_the_historian_knows_each_reading_record_as_the_journal_does(bench: Workbench) -> None:
    bench.start()
    for number in range(3):
        at = NOW - number * SECOND
        bench.put(readings_from(["flow", "old"], [at, at], [1.0, 2.0], [0, 0]), at=at, source="gateway", seq=number + 1)
    bench.settle()
    records = [record for record in bench.journal.read(0, 100) if isinstance(record.body, Readings)]
    envelopes = [part.envelopes for part in bench.historian.readings(0, bench.loop.seq)]
    bodies = [record.body for record in records if isinstance(record.body, Readings)]
    made = [each.record(place, bodies[place]) for each in envelopes for place in range(len(each))]
    assert made == records


def test_after_a_restart_without_snapshots_the_historian_has_each_reading_once(bench: Workbench) -> None:
    bench.start()
    for number in range(5):
        bench.put(readings_from(["flow"], [NOW + number], [float(number)], [0]), source="gateway", seq=number + 1)
    bench.settle()
    bench.loop.stop()
    for path in bench.folder.rglob("*.snapshot"):
        path.unlink()
    bench.clock.move(1.0)
    bench.loop = bench.new_loop()
    bench.start()
    series = bench.historian.series("flow", NOW, NOW + MINUTE, 100)
    assert series.mean.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_store_that_refuses_for_a_while_delays_and_loses_nothing(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.start()
    commit = bench.state.writer.commit
    refusals = iter([True, True, False])

    def refusing(what: Commit) -> int:
        if next(refusals, False):
            raise StoreUnavailable("the disk is full")
        return commit(what)

    monkeypatch.setattr(bench.state.writer, "commit", refusing)
    bench.door(AccessKind.OPENED)
    bench.settle()
    assert bench.alarm_changes() == [(AlarmChange.RAISED, "front")]
    assert bench.faults == [("state store", "the disk is full")] * 2


def test_an_engine_whose_partition_was_taken_stops_and_says_so(bench: Workbench) -> None:
    bench.start()
    bench.state.writer.claim()
    bench.door(AccessKind.OPENED)
    wait_until(lambda: bench.loop.state is LoopState.FAILED, "the loop to stop")
    assert PartitionLost.__name__ in bench.faults[-1][1]
    assert bench.alarm_changes() == []


def test_a_changed_configuration_takes_effect_and_the_same_one_is_not_recorded_again(bench: Workbench) -> None:
    bench.start()
    assert bench.loop.configure(bench.configuration) is None
    changed = configured(msgspec.structs.replace(NO_FLOW, parameters={"low": 10.0}))
    seq = bench.loop.configure(changed)
    bench.settle()
    assert seq is not None
    assert bench.bodies().count("configuration_changed") == 2
    assert bench.loop.configure(changed) is None


def test_a_loop_that_stood_still_records_that_nobody_watched(bench: Workbench) -> None:
    bench.start()
    bench.loop_came_round()
    bench.clock.move(30.0)
    wait_until(lambda: "monitor_gap" in bench.bodies(), "the gap")


def refuse_once(bench: Workbench, monkeypatch: pytest.MonkeyPatch, kind: type[object]) -> None:
    """Let the journal refuse the next record of a kind, as a full disk would."""
    append = bench.journal.append
    refusals = [JournalUnavailable("disk full")]

    def refusing(record: Record, urgency: Urgency = Urgency.COMMAND, timeout: float = 10.0) -> int:
        if isinstance(record.body, kind) and refusals:
            raise refusals.pop()
        return append(record, urgency, timeout)

    monkeypatch.setattr(bench.journal, "append", refusing)


def test_the_end_of_a_backlog_that_could_not_be_recorded_is_recorded_later(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise absence would be held for good, in silence."""
    bench.start()
    bench.loop.stop()
    bench.clock.move(10.0)
    bench.loop = bench.new_loop()
    bench.start()
    refuse_once(bench, monkeypatch, BacklogDrained)
    bench.quiet = 10.0
    bench.clock.move(4.0)
    wait_until(lambda: "backlog_drained" in bench.bodies(), "the end of the backlog")
    assert ("engine clock", "disk full") in bench.faults


def test_a_gap_that_could_not_be_recorded_is_recorded_later(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.start()
    refuse_once(bench, monkeypatch, MonitorGap)
    bench.loop.report_gap(NOW - MINUTE, NOW, "the link was lost")
    wait_until(lambda: "monitor_gap" in bench.bodies(), "the gap")


def test_a_journal_that_cannot_be_read_for_a_moment_does_not_end_the_engine(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.start()
    read = bench.journal.read
    refusals = [JournalUnavailable("I/O error")] * 2

    def refusing(after: int, limit: int) -> Sequence[Record]:
        if refusals:
            raise refusals.pop()
        return read(after, limit)

    monkeypatch.setattr(bench.journal, "read", refusing)
    bench.door(AccessKind.OPENED)
    wait_until(lambda: not refusals, "the reads to be refused")
    bench.settle()
    assert bench.alarm_changes() == [(AlarmChange.RAISED, "front")]
    assert bench.loop.state is LoopState.RUNNING


def test_a_suspended_machine_finds_nothing_absent_before_the_backlog_is_read(bench: Workbench) -> None:
    bench.jumps_are_gaps = True
    bench.loop = bench.new_loop()
    bench.start()
    bench.door(AccessKind.EXIT_REQUEST)
    bench.door(AccessKind.OPENED)
    bench.settle()
    bench.clock.race(3600.0)
    wait_until(lambda: "monitor_gap" in bench.bodies(), "the gap")
    bench.settle()
    assert bench.alarm_changes() == []


def test_nothing_is_found_absent_while_the_broker_is_away(bench: Workbench) -> None:
    bench.start()
    bench.door(AccessKind.EXIT_REQUEST)
    bench.door(AccessKind.OPENED)
    bench.settle()
    bench.loop_came_round()
    bench.listening = False
    bench.clock.move(6.0)
    wait_until(lambda: "monitor_gap" in bench.bodies(), "the gap")
    for _ in range(3):
        bench.clock.race(600.0)
        bench.loop_came_round()
    assert bench.alarm_changes() == []
    bench.listening = True
    bench.quiet = 60.0
    bench.clock.move(1.0)
    bench.loop_came_round()
    bench.clock.move(4.0)
    wait_until(lambda: bench.alarm_changes() != [], "the held door, once it is known that no close waits")


def test_a_clock_that_is_set_back_is_told_once(bench: Workbench) -> None:
    bench.start()
    bench.clock.move(12.0)
    wait_until(lambda: "tick" in bench.bodies(), "a tick")
    bench.clock.at -= 90 * SECOND
    wait_until(lambda: bench.faults != [], "the fault")
    bench.clock.seconds += 1.0
    bench.loop_came_round()
    told = [what for where, what in bench.faults if where == "clock"]
    assert len(told) == 1
    assert "it went back by" in told[0]


def test_the_configuration_of_this_start_holds_even_where_another_was_stored_and_not_judged(bench: Workbench) -> None:
    bench.start()
    bench.loop.stop()
    other = configured(NO_FLOW)
    at = bench.clock.at
    body = ConfigurationChanged(configuration=other, digest=other.digest())
    bench.journal.append(Record(seq=0, body=body, event_time=at, received_at=at, source="vigil"))
    bench.clock.move(1.0)
    bench.loop = bench.new_loop()
    bench.start()
    (*_, newest) = [record.body for record in bench.journal.read(0, 100) if record.type == "configuration_changed"]
    assert isinstance(newest, ConfigurationChanged)
    assert newest.digest == bench.configuration.digest()
